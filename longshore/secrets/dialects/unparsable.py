"""The error of the ports of parsers."""

from __future__ import annotations


class Unparsable(ValueError):
    """The parser would end with an error; the message names the line's number and never its text."""
