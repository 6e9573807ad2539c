"""How IAM is called: page by page, once where that matters, and with errors in words for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import THROTTLED, code_of, translated

if TYPE_CHECKING:
    from longshore.aws.session import Session

ABSENT = "NoSuchEntity"
THERE_ALREADY = "EntityAlreadyExists"

PAUSES = (0.5, 1, 2, 4)
"""Seconds between two attempts of what AWS has refused since it was asked too often."""

NEXT: Mapping[str, tuple[str, ...]] = {
    "LimitExceeded": ("ask AWS for more (Service Quotas, IAM), or remove what nobody needs",),
    "DeleteConflict": ("run it again: somebody gave it something meanwhile",),
    "ConcurrentModification": ("run it again: somebody else changes it at the same time",),
    "EntityTemporarilyUnmodifiable": ("wait a minute and run it again: it was changed a moment ago",),
}
"""What to do about IAM's own error codes."""


class Calls:
    """IAM as one identity."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def client(self) -> Any:
        return self.session.client("iam")

    @property
    def partition(self) -> str:
        """aws, aws-cn or aws-us-gov: of the session's region."""
        return str(self.session.core.get_partition_for_region(self.session.region)) if self.session.region else "aws"

    @contextmanager
    def calling(self, doing: str, on: str, *, acting: bool = False, fine: str = "") -> Iterator[None]:
        """`translated`, with the next command for IAM's own codes. An answer with the code `fine` only ends the block."""
        from botocore.exceptions import ClientError

        with translated(self.session, doing=doing, on=on, acting=acting, advice=NEXT):
            try:
                yield
            except ClientError as error:
                if not fine or code_of(error) != fine:
                    raise

    def pages(self, operation: str, key: str, **parameters: Any) -> Iterator[Any]:
        """The members of every page of a listing: IAM gives at most 100 at once."""
        page: dict[str, Any] = {"IsTruncated": True}
        while page.get("IsTruncated"):
            onward = {"Marker": page["Marker"]} if "Marker" in page else {}
            page = getattr(self.client, operation)(**parameters, **onward)
            yield from page[key]

    def ask_once(self, operation: str, **parameters: Any) -> Any:
        """Again only where AWS said that it did nothing, since it was asked too often."""
        from botocore.config import Config
        from botocore.exceptions import ClientError

        from longshore.process import signals

        once = self.session.core.create_client("iam", config=Config(retries={"total_max_attempts": 1}))
        for pause in PAUSES:
            try:
                return getattr(once, operation)(**parameters)
            except ClientError as error:
                if code_of(error) not in THROTTLED:
                    raise
            signals.sleep(pause)
        return getattr(once, operation)(**parameters)
