"""Whether several profiles have the access to a cluster that they should have, each asked as itself."""
