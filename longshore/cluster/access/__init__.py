"""Who gets into a cluster, by which path (aws-auth, access entries), and how that is changed without anybody being locked out."""
