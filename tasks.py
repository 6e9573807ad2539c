import sys

sys.modules.pop("tasks", None)  # Invoke calls this file `tasks` too: make room for the package of that name.
from tasks.project import ns  # noqa: E402, F401
