"""The sandbox's Kubernetes: real control planes, one for each EKS cluster; their nodes and pods are kwok's, and run nothing."""
