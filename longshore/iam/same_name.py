"""To IAM, names that differ by letter case only are one: a user Ana can't be made beside a user ana.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (name requirements)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from longshore.errors import LongshoreError, UsageError


def refuse_other_case(kind: str, name: str, known: Callable[[], Iterable[str]], do: Callable[[str], str]) -> None:
    """Raise UsageError where one of the `known` has the name in other letter case; `do` makes the next command from that one.

    Who may not list them goes on: IAM answers then.
    """
    try:
        other = next((one for one in known() if one != name and one.lower() == name.lower()), "")
    except LongshoreError:
        return
    if other:
        raise UsageError(
            f"there is a {kind} {other}, nothing was touched",
            why=f"IAM makes no {name} beside it: letter case alone tells no two names apart",
            do=do(other),
        )
