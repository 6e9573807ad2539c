"""ingress.check: the chain from a host's name to its pods, link by link; the first one that is broken is what to mend."""
