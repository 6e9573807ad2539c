"""AWS on a laptop: real programs on 127.0.0.1 that play an environment."""
