"""What systemd itself reads from an EnvironmentFile=: load_env_file of its shared library, which is what the service manager calls.

    python read_systemd.py LIBRARY < paths

For each path a JSON line: the list of `NAME=value`, or null where it fails. A program of its own: a library that is no public interface may end it.
"""

from __future__ import annotations

import ctypes
import json
import sys

Strings = ctypes.POINTER(ctypes.c_char_p)


def main() -> None:
    load = ctypes.CDLL(sys.argv[1]).load_env_file
    load.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(Strings)]
    load.restype = ctypes.c_int
    for path in sys.stdin.read().split("\n"):
        found = Strings()
        failed = load(None, path.encode(), ctypes.byref(found)) < 0
        print(json.dumps(None if failed else list(strings(found))))


def strings(found: ctypes._Pointer[ctypes.c_char_p]) -> list[str]:
    values: list[str] = []
    while found and (value := found[len(values)]) is not None:
        values.append(value.decode())
    return values


main()
