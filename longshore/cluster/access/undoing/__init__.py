"""Going back to a snapshot of who had access."""
