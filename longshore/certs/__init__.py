"""Certificates: asked for, looked at, renewed and checked, by cert-manager in the environment's cluster."""
