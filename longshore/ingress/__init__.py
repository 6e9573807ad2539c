"""The way in from outside: a controller, rules of hosts and paths, and a check of the whole chain from the name to the pods."""
