"""What is said where who acts may not make the repository."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber

from longshore.aws.session import Choice, open_profile
from longshore.errors import Failed
from longshore.images.ecr import Ecr
from longshore.images.repository import MakeRepository
from longshore.steps.looking import Looking
from longshore.steps.report import Silent
from tests.cluster.provision.conftest import ENVIRONMENT


@pytest.mark.parametrize(
    ("code", "status", "advised"), [("AccessDeniedException", 400, True), ("InvalidParameterException", 400, False)]
)
def test_who_may_not_is_told_who_may(monkeypatch: pytest.MonkeyPatch, code: str, status: int, advised: bool) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a/secret")
    session = open_profile(Choice("", "", "eu-west-1", "prod"), attempts=1)
    with Stubber(session.client("ecr")) as stub:
        stub.add_client_error("describe_repositories", "RepositoryNotFoundException", http_status_code=400)
        stub.add_client_error("create_repository", code, "no", http_status_code=status)
        step = MakeRepository(ENVIRONMENT, Ecr(session))
        step.check(Looking(Silent()))
        with pytest.raises(Failed, match="could not make the image repository") as told:
            step.apply(Looking(Silent()))
    assert ("as an administrator, once: inv image.push --env prod" in told.value.do) == advised
