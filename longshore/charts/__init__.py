"""Helm charts: which ones are pinned, with which values, and a release as a step."""
