"""The migration files: their numbers, their faults, the next pair."""
