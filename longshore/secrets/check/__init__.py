"""Where values of the secret must not be: git, image builds, environments of another kind."""
