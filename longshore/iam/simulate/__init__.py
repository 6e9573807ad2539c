"""May an identity do something? Asked of IAM's policy simulator, never by trying."""
