"""What the sandbox's AWS is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class CloudSettings:
    """The account and region that are played.

    `faults` is the token that a test sends as `X-Sandbox-Token` to switch faults on and to read the list of calls; None: no such endpoint.
    `webhooks` is the token by which the clusters' API servers are known when they ask who somebody is; empty: they aren't answered.
    """

    account_id: str
    region: str
    faults: str | None = field(default=None, repr=False)
    webhooks: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if len(self.account_id) != 12 or not self.account_id.isdigit():
            raise ValueError(f"an AWS account id has twelve digits: {self.account_id!r}")
        if self.faults == "":
            raise ValueError("an empty token would let everyone switch faults on")
