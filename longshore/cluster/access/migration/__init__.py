"""From aws-auth to access entries, one principal after the other."""
