"""The ConfigMap aws-auth: which IAM users and roles the API server lets in, as whom. Read, judged and changed as text; no I/O."""
