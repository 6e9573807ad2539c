"""Environments: layers of env files, read into one frozen, typed object that knows where each value is from."""
