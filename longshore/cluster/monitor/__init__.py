"""What goes on in a cluster now: nodes, pods by namespace and state, events."""
