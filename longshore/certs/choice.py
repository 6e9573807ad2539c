"""Which issuer signs: the one that is named, else the cluster's only one that is ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from longshore.certs.kinds import CLUSTER_ISSUERS, ISSUERS, NotInstalled, condition, is_true
from longshore.environments.environment import Environment
from longshore.errors import UsageError, nearest
from longshore.programs.kubectl import Kubectl
from longshore.programs.kubernetes import KubernetesError, Object, Reason


@dataclass(frozen=True)
class Issuer:
    """`kind` is ClusterIssuer, or Issuer for one of the namespace; `why` says what keeps it from being ready."""

    kind: str
    name: str
    ready: bool
    why: str = ""
    self_signed: bool = False
    """It has no key of its own: each certificate is signed with its own, and nobody trusts it. It is never chosen, only named."""

    @classmethod
    def of(cls, found: Object) -> Issuer:
        """What an object says of itself."""
        said = condition(found, "Ready")
        why = str(said.get("message") or said.get("reason") or "cert-manager has not looked at it yet")
        ready = is_true(found, "Ready")
        signs_itself = "selfSigned" in found["spec"]
        return cls(found["kind"], found["metadata"]["name"], ready, "" if ready else why, signs_itself)

    @property
    def annotation(self) -> str:
        """The annotation of an Ingress that asks it for a certificate."""
        return f"cert-manager.io/{'cluster-issuer' if self.kind == 'ClusterIssuer' else 'issuer'}"

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def issuer(kubectl: Kubectl, environment: Environment, named: str = "") -> Issuer:
    """The issuer of that name, else the only ClusterIssuer that is ready.

    Raises UsageError where there is none, several, or it isn't ready; KubernetesError as kubectl does.
    """
    try:
        if named:
            return _named(kubectl, environment, named)
        return _only(environment, _all(kubectl, CLUSTER_ISSUERS, None))
    except LookupError:
        raise NotInstalled(environment) from None
    except KubernetesError as error:
        if error.reason is not Reason.FORBIDDEN:
            raise
        why = "this identity may not look at ClusterIssuers (403)"
        raise UsageError("which issuer?", on=environment.eks_cluster, why=why, do="name it: --issuer NAME") from error


def _named(kubectl: Kubectl, environment: Environment, named: str) -> Issuer:
    known: list[Issuer] = []
    hidden = False
    for kind, where in ((ISSUERS, environment.namespace), (CLUSTER_ISSUERS, None)):
        try:
            known += _all(kubectl, kind, where)
        except KubernetesError as error:
            if error.reason is not Reason.FORBIDDEN:
                raise
            hidden = True
    one = next((each for each in known if each.name == named), None)
    if one is None and hidden:
        # Who may work in one namespace often can't see what the whole cluster has: cert-manager tells whether it is there.
        return Issuer("ClusterIssuer", named, True)
    if one is None:
        names = list(dict.fromkeys(each.name for each in known))
        why = f"there is {', '.join(names)}{nearest(named, names)}" if names else "the cluster has none"
        raise UsageError(f"there is no issuer {named}", on="--issuer", why=why, do=_make(environment))
    if not one.ready:
        raise _not_ready(one, environment, [each.name for each in known if each.ready and not each.self_signed])
    return one


def require_ready(kubectl: Kubectl, environment: Environment, kind: str, name: str) -> None:
    """Raises UsageError where that issuer isn't there or isn't ready, KubernetesError. One that may not be looked at is believed."""
    known = CLUSTER_ISSUERS if kind == "ClusterIssuer" else ISSUERS
    try:
        found = kubectl.find(known, name, environment.namespace)
    except KubernetesError as error:
        if error.reason is Reason.FORBIDDEN:
            return
        raise
    if found is None:
        raise UsageError(f"there is no {kind} {name}", on=environment.eks_cluster, do=_make(environment))
    if not (one := Issuer.of(found)).ready:
        raise _not_ready(one, environment)


def _only(environment: Environment, found: Sequence[Issuer]) -> Issuer:
    signing = [one for one in found if not one.self_signed]
    ready = [one for one in signing if one.ready]
    if len(ready) == 1:
        return ready[0]
    if ready:
        names = ", ".join(one.name for one in ready)
        raise UsageError("which issuer? there are several", on=names, do="name it: --issuer NAME")
    what = "no issuer is ready" if signing else "the cluster has no issuer"
    why = "; ".join(f"{one.name}: {one.why}" for one in signing)
    raise UsageError(what, on=environment.eks_cluster, why=why, do=_make(environment))


def _all(kubectl: Kubectl, kind: str, namespace: str | None) -> list[Issuer]:
    """Raises LookupError where the cluster doesn't know the kind."""
    try:
        return [Issuer.of(one) for one in kubectl.all(kind, namespace)]
    except KubernetesError as error:
        if error.reason is Reason.NOT_FOUND:
            raise LookupError(kind) from error
        raise


def _not_ready(one: Issuer, environment: Environment, ready: Sequence[str] = ()) -> UsageError:
    of_acme = one.name.startswith("letsencrypt")
    mend = _make(environment, one.name) if of_acme else f"mend it: kubectl describe {one.kind.lower()} {one.name}"
    other = [f"or another: --issuer {ready[0]}"] if ready else []
    return UsageError(f"{one} is not ready", on=environment.eks_cluster, why=one.why, do=(mend, *other))


def _make(environment: Environment, name: str = "") -> str:
    staging = " --staging" if name.endswith("-staging") else ""
    return f"inv certs.issuer --env {environment.name} --email YOU@example.com{staging}"
