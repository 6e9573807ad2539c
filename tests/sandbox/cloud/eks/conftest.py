"""What the tests of EKS share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Refused = tuple[str, int, str]


@pytest.fixture
def refusal() -> Callable[..., Refused]:
    """Calls something that must be refused, and gives code, HTTP status and text of the refusal."""

    def of(call: Any, **parameters: Any) -> Refused:
        with pytest.raises(ClientError) as caught:
            call(**parameters)
        error = caught.value.response["Error"]
        return error["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"], error["Message"]

    return of
