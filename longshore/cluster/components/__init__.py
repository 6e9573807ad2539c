"""The parts of a cluster: how each is where that can be seen, and its version."""
