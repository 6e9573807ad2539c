"""A secret in AWS Secrets Manager: an object of keys and texts in SecretString.

Writing is a compare-and-swap: a version is put under a staging label of its own, then AWSCURRENT is moved to it *from the version that was read*
(UpdateSecretVersionStage, RemoveFromVersionId). Secrets Manager refuses where AWSCURRENT is on another version by then.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from longshore.aws.errors import code_of, explain, said, translated
from longshore.environments.environment import Environment
from longshore.errors import LongshoreError, Refused, UsageError
from longshore.secrets import json_object
from longshore.secrets.known import know_values
from longshore.secrets.secret import Secret, refuse_bad_keys
from longshore.secrets.store import Absent, Overtaken

if TYPE_CHECKING:
    from longshore.aws.session import Session

LARGEST = 65_536
"""Bytes of SecretString (PutSecretValue, API reference)."""

CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"
LABEL = "longshore-"
"""Begins the staging label of a version that is not current yet."""


@dataclass(frozen=True)
class Version:
    """A version as AWS lists it. Without a staging label it is deprecated: AWS removes it when it likes."""

    id: str
    stages: tuple[str, ...]
    created: datetime


class SecretsManager:
    """The store `aws:NAME`."""

    def __init__(self, name: str, environment: Environment, session: Session) -> None:
        self.where = f"aws:{name}"
        self._name = name
        self._environment = environment
        self._session = session

    def read(self) -> Secret:
        return self._read(VersionStage=CURRENT)

    def read_version(self, version: str) -> Secret | None:
        """The values of a version, current or not; None where AWS has none of that id (any more). Raises as `read` does."""
        try:
            return self._read(VersionId=version)
        except Absent:
            return None

    def versions(self) -> list[Version]:
        """All versions that AWS still lists, the oldest first; deprecated ones too."""
        from botocore.exceptions import ClientError

        found: list[Any] = []
        page: dict[str, Any] = {"NextToken": ""}
        with translated(self._session, doing="list the versions", on=self.where):
            try:
                while "NextToken" in page:
                    onward = {"NextToken": page["NextToken"]} if page["NextToken"] else {}
                    page = self._client().list_secret_version_ids(SecretId=self._name, IncludeDeprecated=True, **onward)
                    found += page["Versions"]
            except ClientError as error:
                raise self._explained(error, "list the versions") from None
        listed = [
            Version(one["VersionId"], tuple(sorted(one.get("VersionStages", ()))), one["CreatedDate"]) for one in found
        ]
        return sorted(listed, key=lambda version: version.created)

    def make_current(self, version: str, base: Secret) -> None:
        """Move AWSCURRENT from `base` to a version that exists. Raises Overtaken when `base` is not the current one any more."""
        from botocore.exceptions import ClientError

        with translated(self._session, doing="make a version current", on=self.where, acting=True):
            try:
                self._move(version, base)
            except ClientError as error:
                raise self._explained(error, "make a version current", acting=True) from None

    def _read(self, **which: str) -> Secret:
        from botocore.exceptions import ClientError

        client = self._client()
        with translated(self._session, doing="read the secret", on=self.where):
            try:
                answer = client.get_secret_value(SecretId=self._name, **which)
            except ClientError as error:
                raise self._explained(error, "read the secret") from None
        self._refuse_other_account(answer["ARN"])
        if "SecretString" not in answer:
            raise UsageError("there are no keys and values", on=self.where, why="the secret is binary", do=self._anew())
        try:
            values = json_object.parse(answer["SecretString"], self.where)
        except UsageError as error:
            error.do = error.do or (self._anew(),)
            raise
        return Secret(self.where, values, answer["VersionId"], answer["CreatedDate"])

    def refuse_unfit(self, values: Mapping[str, str]) -> None:
        refuse_bad_keys(values, self.where)
        if (size := len(json_object.dump(values).encode())) > LARGEST:
            raise UsageError(
                "this is more than a secret can hold, nothing was written",
                on=self.where,
                why=f"{size:,} bytes as JSON, the most is {LARGEST:,}",
                do="keep large values (certificates, key files) in a secret of their own",
            )

    def write(self, values: Mapping[str, str], base: Secret | None, version: str = "") -> Secret:
        from botocore.exceptions import ClientError

        know_values(values)
        self.refuse_unfit(values)
        text = json_object.dump(values)
        version = version or str(uuid.uuid4())
        with translated(self._session, doing="write the secret", on=self.where, acting=True):
            try:
                if base is None and self._create(text, version):
                    return self.read()
                self._swap(text, version, base)
            except ClientError as error:
                raise self._explained(error, "write the secret", acting=True) from None
        return self.read()

    def _create(self, text: str, version: str) -> bool:
        """Make the secret; False where it exists (without a value, or somebody was faster)."""
        try:
            self._client().create_secret(Name=self._name, SecretString=text, ClientRequestToken=version)
        except self._client().exceptions.ResourceExistsException:
            return False
        return True

    def _swap(self, text: str, version: str, base: Secret | None) -> None:
        client, label = self._client(), LABEL + version
        put = client.put_secret_value(
            SecretId=self._name, SecretString=text, ClientRequestToken=version, VersionStages=[label]
        )
        # The first version of all is current at once (PutSecretValue, API reference).
        if CURRENT not in put["VersionStages"]:
            refusals = (client.exceptions.InvalidParameterException, client.exceptions.InvalidRequestException)
            try:
                self._move(version, base)
            except (Overtaken, *refusals):
                self._unstage(version, label)
                raise
        self._unstage(version, label)
        self._sweep()

    def _move(self, version: str, base: Secret | None) -> None:
        client = self._client()
        swapped = {"RemoveFromVersionId": base.version} if base else {}
        refusals = (client.exceptions.InvalidParameterException, client.exceptions.InvalidRequestException)
        try:
            client.update_secret_version_stage(
                SecretId=self._name, VersionStage=CURRENT, MoveToVersionId=version, **swapped
            )
        except refusals:
            current = self.read()
            if current.version == version:
                return  # an earlier attempt of the same request got through, only its answer was lost
            if base is not None and current.version == base.version:
                raise
            raise Overtaken(self.where, base, current) from None

    def _unstage(self, version: str, label: str) -> None:
        """Take our label away. A version without labels is gone for readers, and AWS deletes it in time."""
        client = self._client()
        gone = (client.exceptions.InvalidParameterException, client.exceptions.ResourceNotFoundException)
        try:
            client.update_secret_version_stage(SecretId=self._name, VersionStage=label, RemoveFromVersionId=version)
        except gone:
            return  # another push swept it away

    def _sweep(self) -> None:
        """Take away the labels that interrupted pushes left. One that is on its way loses nothing: it moves AWSCURRENT by the version's id."""
        from botocore.exceptions import ClientError

        try:
            stages = self._client().describe_secret(SecretId=self._name).get("VersionIdsToStages", {})
        except ClientError:
            return  # the right to describe is not needed to push
        for version, labels in stages.items():
            for label in labels:
                if label.startswith(LABEL):
                    self._unstage(version, label)

    def _client(self) -> Any:
        return self._session.client("secretsmanager")

    def _refuse_other_account(self, arn: str) -> None:
        account = arn.split(":")[4]
        if self._environment.account_id and account != self._environment.account_id:
            raise Refused(
                f"the secret is in another account, {account}",
                on=self.where,
                why=f"{self._environment.name} is account {self._environment.account_id}; {self._session.who} acted",
                do="inv aws.profiles",
            )

    def _explained(self, error: Any, doing: str, *, acting: bool = False) -> LongshoreError:
        code, message = code_of(error), str(error.response["Error"].get("Message", ""))
        if code == "ResourceNotFoundException":
            return self._absence(message)
        if code == "InvalidRequestException" and "delet" in message:
            return self._deleted()
        explained = explain(error, self._session, doing=doing, on=self.where, acting=acting)
        if code in ("DecryptionFailure", "EncryptionFailure") or "KMS" in message:
            explained.why = f"AWS KMS refused {self._session.who} the key that encrypts {self._name}: {said(message)}"
            right = "kms:Decrypt" if doing.startswith("read") else "kms:GenerateDataKey and kms:Decrypt"
            explained.do = (f"ask for {right} on that key (aws secretsmanager describe-secret names it: KmsKeyId)",)
        elif code == "ResourceExistsException":
            explained.do = (f"inv secrets.show --env {self._environment.name}",)
        return explained

    def _absence(self, message: str) -> LongshoreError:
        """Absent, without a value, or on its way to be deleted: asked only where reading said that it isn't there."""
        from botocore.exceptions import ClientError

        try:
            described = self._client().describe_secret(SecretId=self._name)
        except ClientError:
            described = None
        if described and described.get("DeletedDate"):
            return self._deleted()
        if described or "staging label" in message:
            return Absent(self.where, self._environment.name, "the secret exists, but no version of it is AWSCURRENT")
        region = f" in {self._session.region}" if self._session.region else ""
        return Absent(
            self.where, self._environment.name, f"Secrets Manager has none of this name{region} ({self._session.who})"
        )

    def _deleted(self) -> LongshoreError:
        return UsageError(
            "the secret is scheduled for deletion",
            on=self.where,
            why="AWS keeps it for 7 to 30 days, and lets nobody read or write it",
            do=(self._aws("restore-secret"), "then run it again"),
        )

    def _anew(self) -> str:
        return f"put an empty object there (the value of now stays as AWSPREVIOUS): {self._aws('put-secret-value')} --secret-string '{{}}'"

    def _aws(self, verb: str) -> str:
        profile = f" --profile {self._session.profile}" if self._session.profile else ""
        region = f" --region {self._session.region}" if self._session.region else ""
        return f"aws secretsmanager {verb} --secret-id {self._name}{profile}{region}"
