"""EKS: clusters whose control planes really run, and who gets into them."""
