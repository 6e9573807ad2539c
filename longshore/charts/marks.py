"""Labels of a release's own record, by which it is known again."""

RUN = "longshore/run"
"""The run that made this revision."""
CHART = "longshore/chart"
"""Which chart, and which content of it."""
