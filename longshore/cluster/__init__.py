"""Kubernetes clusters on EKS: who gets in, what runs, what is there."""
