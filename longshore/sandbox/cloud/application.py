"""The sandbox's AWS as a WSGI application: moto, with a front that authenticates, decides and fails as AWS does.

moto's own checks of signatures and policies stay off (they take `*` for most resources and answer in the wrong shape). moto reads the account
that it plays from a header of each request, which is set here and never taken from outside; MOTO_ACCOUNT_ID, which would beat the header, is
removed from the environment.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from longshore.sandbox.cloud import calls, control, http, iam, iam_calls, secrets, sts
from longshore.sandbox.cloud.authentication import authenticate
from longshore.sandbox.cloud.authorization import Authorization
from longshore.sandbox.cloud.calls import Call
from longshore.sandbox.cloud.clusters import Clusters
from longshore.sandbox.cloud.control import Control
from longshore.sandbox.cloud.databases import Databases, Endpoint
from longshore.sandbox.cloud.ecr.gate import EcrGate
from longshore.sandbox.cloud.ecr.service import Ecr
from longshore.sandbox.cloud.eks import webhooks
from longshore.sandbox.cloud.eks.service import Eks
from longshore.sandbox.cloud.eks.webhooks import Webhooks
from longshore.sandbox.cloud.errors import Kind, Refusal, Reply, reply
from longshore.sandbox.cloud.http import HttpRequest
from longshore.sandbox.cloud.principals import Directory, Key
from longshore.sandbox.cloud.registry import Registry
from longshore.sandbox.cloud.settings import CloudSettings
from longshore.sandbox.cloud.signatures import Signature

__all__ = ["CloudSettings", "Clusters", "Databases", "Endpoint", "WSGIApplication", "application"]

StartResponse = Callable[..., Any]
WSGIApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

_OWN_PATHS = ("/moto-api", "/latest/", "/favicon.ico")
"""What moto answers unasked: its own reset and instance metadata. No AWS endpoint has them."""


def application(
    settings: CloudSettings, databases: Databases, clusters: Clusters | None = None, registry: Registry | None = None
) -> WSGIApplication:
    """The application to serve (threaded). `databases` runs the servers behind RDS, `clusters` the control planes behind EKS, `registry` holds the
    images behind ECR; None: there are none.

    One process plays one account at a time; `longshore.sandbox.cloud.seed.seed` makes its users, in the same process.
    """
    os.environ.pop("MOTO_ACCOUNT_ID", None)
    secrets.install()
    iam.install()
    return Cloud(settings, databases, clusters, registry)


class Cloud:
    """One account, in this process's memory."""

    def __init__(
        self, settings: CloudSettings, databases: Databases, clusters: Clusters | None, registry: Registry | None
    ) -> None:
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

        self._settings = settings
        self._databases = databases
        self._moto: WSGIApplication = DomainDispatcherApplication(create_backend_app)
        self._directory = Directory(settings.account_id)
        self._control = Control(settings)
        # moto isn't made for threads: one request at a time is in its stores, and two writers of a secret come one after the other.
        self._lock = threading.RLock()
        self._rds = False
        self._eks = Eks(settings, clusters, self._directory, self._lock)
        self._authorization = Authorization(self._directory, self._eks)
        self._webhooks = Webhooks(self._eks, settings.webhooks)
        self._ecr = Ecr(settings, registry, self._directory, self._lock, self._control.findings)
        if registry is not None:
            faults = settings.faults is not None
            registry.open(EcrGate(self._ecr, self._authorization, self._control, faults))

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        try:
            request = http.from_environ(environ)
        except http.TooLarge:
            answer = reply(Refusal(Kind.MALFORMED, "the body is too large", status=413), "", "rest-json")
        else:
            if request.path.startswith(webhooks.PATH):
                answer = self._webhooks.answer(request)
            elif request.path.startswith(control.PATH):
                answer = self._control.answer(request)
            elif request.path.startswith(_OWN_PATHS):
                answer = reply(Refusal(Kind.UNKNOWN_OPERATION, request.path, status=404), "", "rest-json")
            else:
                answer = self._aws(request, environ)
        start_response(answer.line, [*answer.headers, ("Content-Length", str(len(answer.body)))])
        return [answer.body]

    def _aws(self, request: HttpRequest, environ: dict[str, Any]) -> Reply:
        service, protocol = "", ""
        operation, principal, mutating = request.headers.get("x-amz-target", "").rpartition(".")[2], "", False
        status = 500  # what becomes of a crash inside moto
        try:
            with self._lock:
                signature, key = authenticate(request, self._directory)
                self._directory.used(signature.access_key_id, signature.service, signature.region)
            service, principal = signature.service, key.principal.arn
            call = self._read(signature, request, environ)
            operation, protocol, mutating = call.operation, call.protocol, call.mutating
            answer = self._faulty(call, key, signature, request, environ)
            status = answer.status
            return answer
        except Refusal as refusal:
            service = service or _service(request)
            answer = reply(refusal, service, protocol or calls.guess_protocol(service, request))
            status = answer.status
            return answer
        except ConnectionError:
            status = 0
            raise
        finally:
            self._control.record(service, operation, principal, mutating, status)

    def _read(self, signature: Signature, request: HttpRequest, environ: dict[str, Any]) -> Call:
        try:
            return calls.read(signature.service, signature.region, request, environ)
        except calls.UnknownOperation as error:
            raise Refusal(Kind.UNKNOWN_OPERATION, f"Could not find operation {error}") from None
        except calls.Malformed as error:
            raise Refusal(Kind.MALFORMED, str(error)) from None

    def _faulty(
        self, call: Call, key: Key, signature: Signature, request: HttpRequest, environ: dict[str, Any]
    ) -> Reply:
        fault = self._control.faults.take(call) if self._settings.faults is not None else None
        if fault is None:
            return self._act(call, key, signature, request, environ)
        if (refusal := fault.refusal()) is not None:
            raise refusal
        if fault.name == "slow":
            time.sleep(fault.seconds)
        if fault.name == "unreachable-after":
            self._act(call, key, signature, request, environ)
        if fault.name in ("unreachable", "unreachable-after"):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        return self._act(call, key, signature, request, environ)

    def _act(self, call: Call, key: Key, signature: Signature, request: HttpRequest, environ: dict[str, Any]) -> Reply:
        with self._lock:
            self._prepare(call.service)
            self._authorization.check(call, key, request)
            if call.service == "sts" and (own := sts.answer(call, key, request, self._directory)) is not None:
                return own
            if call.service == "eks":
                return self._eks.answer(call, key)
            if call.service == "ecr" and (own := self._ecr.answer(call, signature.access_key_id)) is not None:
                return own
            if call.service == "iam":
                if (own := iam_calls.answer(call, self._directory)) is not None:
                    return own
                environ = iam_calls.of_oneself(call, key, request, environ)
            answer = self._forward(signature, environ, call)
            if call.protocol == "json" and answer.status == 404:
                answer = replace(answer, status=400)
            if call.action == "secretsmanager:BatchGetSecretValue" and answer.status == 200:
                return self._only_readable(answer, call, key, request)
            return answer

    def _prepare(self, service: str) -> None:
        # RDS takes most of a second to import: only who uses it waits for it.
        if service == "rds" and not self._rds:
            from longshore.sandbox.cloud import rds

            rds.install(self._settings.account_id, self._databases, self._lock)
            self._rds = True
        if service == "ecr":
            self._ecr.install()

    def _forward(self, signature: Signature, environ: dict[str, Any], call: Call) -> Reply:
        told = {**environ, "HTTP_X_MOTO_ACCOUNT_ID": self._settings.account_id}
        # moto finds the service in the Authorization header, which a presigned URL doesn't have.
        told.setdefault(
            "HTTP_AUTHORIZATION",
            f"AWS4-HMAC-SHA256 Credential={signature.access_key_id}/{signature.scope}, SignedHeaders=host, Signature=0",
        )
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _: object = None) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda _: None

        try:
            body = b"".join(self._moto(told, start))
        except NotImplementedError:
            raise Refusal(Kind.UNKNOWN_OPERATION, f"The sandbox does not play {call.action}.") from None
        status, headers = started[-1]
        kept = tuple((name, value) for name, value in headers if name.lower() not in ("content-length", "connection"))
        return Reply(int(status.split()[0]), kept, body)

    def _only_readable(self, answer: Reply, call: Call, key: Key, request: HttpRequest) -> Reply:
        # Each value needs GetSecretValue on its own secret; the others are errors inside an answer that is fine.
        found = json.loads(answer.body)
        readable, errors = [], list(found.get("Errors") or [])
        for value in found.get("SecretValues", []):
            why = self._authorization.may_read(value["ARN"], call, key, request)
            if why:
                errors.append({"SecretId": value["ARN"], "ErrorCode": "AccessDeniedException", "Message": why})
            else:
                readable.append(value)
        return replace(answer, body=json.dumps({**found, "SecretValues": readable, "Errors": errors}).encode())


def _service(request: HttpRequest) -> str:
    # What a request that can't be trusted says of itself: only for the shape of the refusal.
    header = request.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0]
    scope = (header or request.parameter("X-Amz-Credential") or "").split("/")
    return scope[3] if len(scope) == 5 else ""
