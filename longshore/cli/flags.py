"""From a task's signature to its flags, and from the text of a flag to its value.

Every flag reaches us as text (or a switch): Invoke's own conversion ends in a traceback for `--to abc` (facts: invoke).
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from invoke.parser.argument import Argument

from longshore.errors import UsageError, nearest

WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
"""Not all that int() takes: 1_0 is a typing error."""


@dataclass(frozen=True)
class Flag:
    """One flag of a task. `kind` is str, int, bool or list; `choices` are the allowed values of a text."""

    name: str
    kind: type
    help: str
    default: Any = None
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def dashed(self) -> str:
        return "--" + self._dashed

    @property
    def _dashed(self) -> str:
        # `with_` is --with: a parameter can't be named like a word of the language.
        return self.name.strip("_").replace("_", "-")

    def argument(self) -> Argument:
        """The same for Invoke's parser."""
        shown = self.help + (f" ({', '.join(self.choices)})" if self.choices else "")
        kind = self.kind if self.kind in (bool, list) else str
        default = self.default if self.kind is bool else None
        dashed = self._dashed
        # An attribute name that is the name itself would be an alias of itself: Invoke recurses.
        attribute = self.name if self.name != dashed else None
        return Argument(names=(dashed,), kind=kind, default=default, help=shown, attr_name=attribute)

    def value(self, text: Any, task: str) -> Any:
        """What the task gets.

        Raises UsageError naming the flag, what is allowed, and the nearest.
        """
        if self.kind is bool:
            return bool(text)
        if text is None or text == []:
            if self.required:
                raise UsageError(
                    f"{self.dashed} is missing",
                    on=task,
                    why=self.help + (f": one of {', '.join(self.choices)}" if self.choices else ""),
                    do=f"inv {task} --help",
                )
            return self.default
        for word in [text] if isinstance(text, str) else text if self.kind is list else []:
            # Invoke gives `--file --plan` the next flag as its value: what was to be a plan would act.
            if word.startswith("--"):
                raise UsageError(f"{self.dashed} has no value", on=task, why=f"{word} follows it, which is a flag")
        if self.choices and text not in self.choices:
            raise UsageError(
                f"{self.dashed} can't be {text!r}{nearest(text, self.choices)}",
                on=task,
                why=f"it is one of {', '.join(self.choices)}",
            )
        if self.kind is int:
            if not WHOLE.fullmatch(str(text)):
                raise UsageError(f"{self.dashed} can't be {text!r}", on=task, why="it is a whole number")
            return int(text)
        return text


def flags_of(body: Callable[..., Any]) -> tuple[Flag, ...]:
    """The flags that a task's signature says: `name: Annotated[TYPE, "help"] = default`; no default means that it is required.

    TYPE is str, int, bool, list[str], Literal of texts, or one of them with `| None`.
    """
    hints = typing.get_type_hints(body, include_extras=True)
    parameters = list(inspect.signature(body).parameters.values())[1:]
    return tuple(_flag(parameter, hints[parameter.name]) for parameter in parameters)


def _flag(parameter: inspect.Parameter, hint: Any) -> Flag:
    help_text = ""
    if typing.get_origin(hint) is typing.Annotated:
        hint, help_text = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    choices: tuple[str, ...] = ()
    if typing.get_origin(hint) is Literal:
        choices, hint = typing.get_args(hint), str
    if typing.get_origin(hint) is list:
        hint = list
    required = parameter.default is inspect.Parameter.empty
    default = None if required else parameter.default
    return Flag(parameter.name, hint, help_text, default, required, choices)


ENV = Flag("env", str, "the environment (else LONGSHORE_ENV, else DEFAULT_ENV of env/base.env)")
PROFILE = Flag("profile", str, "the AWS profile that acts (beats AWS_PROFILE, which beats the env file)")
JSON = Flag("json", bool, "answer as JSON", default=False)
PLAN = Flag("plan", bool, "show what would be done, and do nothing", default=False)
EXIT_CODE = Flag("exit_code", bool, "with --plan: exit 4 when there is something to do", default=False)
OUT = Flag("out", str, "with --plan: keep the plan in this file, for --plan-file", default="")
PLAN_FILE = Flag(
    "plan_file",
    str,
    "run the plan that is kept in this file, or refuse it where something has changed since",
    default="",
)
CONFIRM = Flag("confirm", str, "the environment's name, where it would be asked for")
WAIT = Flag("wait", int, "seconds to wait for another run on the same subject (default: 60)", default=60)


def values(flags: Sequence[Flag], given: Mapping[str, Any], task: str) -> dict[str, Any]:
    """Every flag's value, checked."""
    return {flag.name: flag.value(given.get(flag.name), task) for flag in flags}
