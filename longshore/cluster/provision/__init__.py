"""The cluster of an environment and its nodes: made, counted, removed."""
