from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from longshore.environments.keys import DIALECTS, KEYS, WRITTEN_BY_THE_SANDBOX, Malformed

READ = {key.name: key.read for key in (*KEYS, *WRITTEN_BY_THE_SANDBOX)}
ROOT = Path("/project")

GOOD: list[tuple[str, str, Any]] = [
    ("DEFAULT_ENV", "dev", "dev"),
    ("LIKE", "prod-eu", "prod-eu"),
    ("AWS_PROFILE", "", ""),
    ("AWS_PROFILE", "my profile", "my profile"),
    ("AWS_REGION", "eu-central-1", "eu-central-1"),
    ("AWS_REGION", "us-gov-west-1", "us-gov-west-1"),
    ("AWS_ACCOUNT_ID", "000000000001", "000000000001"),
    ("SUBNETS", "", ()),
    ("SUBNETS", "subnet-0a1, subnet-0b2,", ("subnet-0a1", "subnet-0b2")),
    ("SECURITY_GROUPS", "sg-1", ("sg-1",)),
    ("EKS_CLUSTER", "bank_1-x", "bank_1-x"),
    ("K8S_NAMESPACE", "bank", "bank"),
    ("SECRETS", "aws:bank/prod", "aws:bank/prod"),
    ("SECRETS", "file:app.env", "file:app.env"),
    ("APP", "b", "b"),
    *[("APP_ENV_DIALECT", dialect, dialect) for dialect in DIALECTS],
    ("MIGRATIONS", "", None),
    ("MIGRATIONS", "db/migrations", ROOT / "db" / "migrations"),
    ("MIGRATIONS", "/abs", Path("/abs")),
    ("MIGRATIONS", "~/x", Path.home() / "x"),
    ("DB_URL_KEY", "DB_SOURCE", "DB_SOURCE"),
    ("DB_CA_FILE", "ca.pem", ROOT / "ca.pem"),
    ("DB_INSTANCE", "bank-prod", "bank-prod"),
    ("MIGRATION_HISTORY", "off", False),
    ("MIGRATION_HISTORY", "ON", True),
    ("ECR_REPOSITORY", "team/bank.api", "team/bank.api"),
    ("DOCKERFILE", "services/api/Dockerfile", ROOT / "services" / "api" / "Dockerfile"),
    ("K8S_OVERLAY", "k8s/overlays/prod", ROOT / "k8s" / "overlays" / "prod"),
    ("CHARTS", "oci://mirror.example.com:5000/team-1/charts", "oci://mirror.example.com:5000/team-1/charts"),
    ("PROTECTED", "Yes", True),
    ("PROTECTED", "0", False),
    ("AWS_CONFIG_FILE", "/x", Path("/x")),
    ("AWS_SHARED_CREDENTIALS_FILE", "/x", Path("/x")),
]

BAD = [
    ("DEFAULT_ENV", "../x", "an environment's name"),
    ("LIKE", "--plan", "an environment's name"),
    ("AWS_PROFILE", "a\nb", "one line of text without control characters"),
    ("AWS_REGION", "eu-central", "a region such as eu-central-1"),
    ("AWS_REGION", "eu-central-1a", "a region such as eu-central-1"),
    ("AWS_REGION", "eu-central-1\n", "a region such as eu-central-1"),
    ("AWS_ACCOUNT_ID", "1111-2222-3333", "twelve digits"),
    ("AWS_ACCOUNT_ID", "11112222333", "twelve digits"),
    ("AWS_ACCOUNT_ID", "١١١١٢٢٢٢٣٣٣٣", "twelve digits"),
    ("SUBNETS", "subnet-0a1 subnet-0b2", "subnet-... ids"),
    ("SECURITY_GROUPS", "subnet-1", "sg-... ids"),
    ("EKS_CLUSTER", "-x", "a cluster's name"),
    ("K8S_NAMESPACE", "Bank", "a namespace's name"),
    ("K8S_NAMESPACE", "bank-", "a namespace's name"),
    ("SECRETS", "bank/prod", "aws:NAME or file:PATH"),
    ("SECRETS", "aws:", "aws:NAME or file:PATH"),
    ("SECRETS", "file:a\x00b", "aws:NAME or file:PATH"),
    ("APP", "Bank", "lower case letters, digits and dashes"),
    ("APP_ENV_DIALECT", "vyper", f"one of {', '.join(DIALECTS)}; did you mean viper?"),
    ("APP_ENV_DIALECT", "", f"one of {', '.join(DIALECTS)}"),
    ("MIGRATIONS", "a\x00b", "a path"),
    ("MIGRATIONS", "a\nb", "a path"),
    ("MIGRATIONS", "x" * 300, "a path"),
    ("MIGRATIONS", "~no-such-user-here/x", "a path (~NAME is no user of this machine)"),
    ("DB_URL_KEY", "DB-SOURCE", "a key's name"),
    ("DB_CA_FILE", "\x01", "a path"),
    ("DB_INSTANCE", "1bank", "an RDS instance identifier"),
    ("DB_INSTANCE", "bank--prod", "an RDS instance identifier"),
    ("MIGRATION_HISTORY", "never", "true or false"),
    ("MIGRATION_HISTORY", "", "true or false"),
    ("ECR_REPOSITORY", "Bank", "an ECR repository's name"),
    ("DOCKERFILE", "a\nb", "a path"),
    ("K8S_OVERLAY", "\x7f\x00", "a path"),
    ("CHARTS", "https://mirror.example.com/charts", "an address such as oci://mirror.example.com/charts"),
    ("CHARTS", "oci://mirror.example.com/charts/", "an address such as oci://mirror.example.com/charts"),
    ("PROTECTED", "prod", "true or false"),
    ("AWS_CONFIG_FILE", "\x00", "a path"),
    ("AWS_SHARED_CREDENTIALS_FILE", "\x00", "a path"),
]


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_good(name: str, text: str, value: Any) -> None:
    assert READ[name](text, ROOT) == value


@pytest.mark.parametrize(("name", "text", "expected"), BAD)
def test_bad(name: str, text: str, expected: str) -> None:
    with pytest.raises(Malformed) as raised:
        READ[name](text, ROOT)
    assert str(raised.value) == expected


def test_every_key_has_a_good_and_a_bad_value() -> None:
    assert {name for name, _, _ in GOOD} == {name for name, _, _ in BAD} == set(READ)
