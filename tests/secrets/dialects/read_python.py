"""What a version of python-dotenv reads: the one that PYTHONPATH names.

    python read_python.py < paths

For each path a JSON line: the values without interpolation, those with it, and whether each line was an assignment.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

from dotenv.main import DotEnv
from dotenv.parser import parse_stream

logging.disable()
for path in sys.stdin.read().split("\n"):
    plain, interpolated = (
        dict(DotEnv(path, encoding="utf-8", interpolate=how, override=how).dict()) for how in (False, True)
    )
    with Path(path).open(encoding="utf-8") as stream:
        bindings = list(parse_stream(stream))
    whole = not any(binding.error or (binding.key is not None and binding.value is None) for binding in bindings)
    print(json.dumps([plain, interpolated, whole]))
