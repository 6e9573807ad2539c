"""Objects of a cluster, whosever they are: how they are marked, compared, locked, and watched until their pods are ready."""
