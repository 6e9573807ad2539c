"""Who has what in a cluster, and what is wrong with it."""
