"""Why a version is dirty, what is left of its file, and how to mend it."""
