"""ingress.remove: a host's rules, or those of one path, are gone; with the last one its Ingress and its place for a certificate."""

from __future__ import annotations

from longshore import hosts
from longshore.cluster.errors import asking
from longshore.cluster.guard import ClusterGuard, guards
from longshore.cluster.sight import require_namespace
from longshore.environments.environment import Environment
from longshore.errors import Refused, nearest
from longshore.ingress import document, marks, place, rules, write
from longshore.ingress.rules import Rule
from longshore.programs.kubernetes import Object
from longshore.steps.step import Context, Done, Status, Step, ToDo


class RemoveRules(Step):
    """Of the host's Ingress, which ingress.add made. `path` empty: all."""

    name = "rules-gone"

    def __init__(self, environment: Environment, guard: ClusterGuard, host: str, path: str) -> None:
        self.title = f"Remove the rules of {host}{path}"
        self._namespace = environment.namespace
        self._guard = guard
        self._host = host
        self._path = path
        self._has_acted = False

    def check(self, run: Context) -> Status:
        """Raises Refused where somebody else's Ingress has the rule."""
        with asking(self._guard, doing="look at the rules", on=self._host):
            found, _ = place.here(self._guard.kubectl(run), self._namespace)
        before = next((one for one in found if one["metadata"]["name"] == hosts.object_name(self._host)), None)
        after = self._edited(before)
        if before is None or after == before:
            known = [rule for one in found for rule in rules.of(one)]
            self._refuse_others(known)
            return Done("gone" if self._has_acted else self._absent(known))
        if after is None:
            return ToDo(*(f"remove {rule}" for rule in rules.of(before)), *_goes_along(before))
        return ToDo(*document.changes(before, after))

    def apply(self, run: Context) -> None:
        self._has_acted = True
        write.change(run, self._guard, hosts.object_name(self._host), self._namespace, self._edited)

    def _edited(self, before: Object | None) -> Object | None:
        if before is None or not marks.is_ours(before) or marks.host_of(before) != self._host:
            return before
        return document.removed(before, self._host, self._path)

    def _refuse_others(self, known: list[Rule]) -> None:
        wanted = {kind: rules.normal(self._path, kind) for kind in (rules.PREFIX, rules.EXACT)}
        for rule in known:
            if rule.host == self._host and (
                not self._path or wanted.get(rule.type) == rules.normal(rule.path, rule.type)
            ):
                raise Refused(
                    "it is another Ingress's rule, nothing was removed",
                    on=f"{rule.namespace}/{rule.ingress}",
                    why=f"ingress.add didn't make it: it leads {rule}",
                    do="take it out of the manifest that it is from",
                )

    def _absent(self, known: list[Rule]) -> str:
        of_host = rules.ordered([rule for rule in known if rule.host == self._host])
        if of_host:
            return f"there is none; {self._host} has {', '.join(rule.shown for rule in of_host)}"
        there = sorted({rule.host for rule in known if rule.ours})
        return f"there is none{nearest(self._host, there)}"


def _goes_along(ingress: Object) -> list[str]:
    """What an Ingress takes with it, and what it leaves."""
    lines = [f"delete Ingress {ingress['metadata']['name']}"]
    if marks.issuer_of(ingress):
        # https://cert-manager.io/docs/usage/certificate/#cleaning-up-secrets-when-certificates-are-deleted
        secrets = dict.fromkeys(rule.secret for rule in rules.of(ingress) if rule.secret)
        lines += [f"its Certificate goes along, Secret {secret} with the key stays" for secret in secrets]
    return lines


def remove(environment: Environment, host: str, path: str = "") -> list[Step]:
    """The steps. Raises UsageError for a host or a path that can't be one."""
    require_namespace(environment)
    name = hosts.parse(host)
    found = rules.checked_path(path) if path else ""
    identity, guard = guards(environment)
    return [identity, guard, RemoveRules(environment, guard, name, found)]
