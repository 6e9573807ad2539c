"""YAML as Kubernetes' programs read it, and changed as text: what isn't wished otherwise stays byte for byte."""
