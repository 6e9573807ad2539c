"""Letting a principal of IAM into a cluster, and taking its access away."""
