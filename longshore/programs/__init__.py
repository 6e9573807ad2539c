"""A class per external program: typed calls in, argv out, answers parsed."""
