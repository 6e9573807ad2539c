"""The RDS instance of an environment: made, snapshotted, removed."""
