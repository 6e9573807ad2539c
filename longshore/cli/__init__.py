"""The only room that knows Invoke: what a task file needs is here.

Importing it must stay cheap: every `inv --list` does.
"""

from __future__ import annotations

import sys

# Invoke switches bytecode off for tasks files, which would compile every module of ours anew at each start.
sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)

from longshore.cli.invocation import Invocation  # noqa: E402  # after the line above, which it is for
from longshore.cli.task import changes, destroys, namespace, reads  # noqa: E402

__all__ = ["Invocation", "changes", "destroys", "namespace", "reads"]
