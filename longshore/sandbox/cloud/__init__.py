"""AWS on a laptop: moto with a layer in front that authenticates, decides and fails as AWS does, and RDS instances that answer."""
