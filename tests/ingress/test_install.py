from __future__ import annotations

import pytest

from tests.charts.yard import PARAMS, Yard, step
from tests.charts.yard import yard as yard
from tests.command import until
from tests.running import told

pytestmark = pytest.mark.integration

HOSTILE = {
    "KUBECONFIG": "/nowhere/kubeconfig",
    "HELM_KUBECONTEXT": "prod",
    "HELM_KUBEAPISERVER": "https://127.0.0.1:1",
    "HELM_NAMESPACE": "default",
    "HELM_DRIVER": "memory",
}
"""A user's own settings of Helm and kubectl: another cluster, and a place where releases would be forgotten."""


def test_it_is_installed_once_and_its_values_are_the_projects(yard: Yard) -> None:
    plan = yard.install("--plan", env=HOSTILE).check().stdout
    assert "install traefik 41.3.0" in plan
    assert "the sandbox's stand-in" in plan
    assert "create Deployment traefik" in plan
    assert yard.records() == []
    yard.install(env=HOSTILE).check()
    assert yard.classes() == {"nginx": "k8s.io/ingress-nginx", "traefik": "traefik.io/ingress-controller"}
    assert (yard.deployment() or {})["status"]["readyReplicas"] == 2
    mark = yard.live.api_mark()
    answer = yard.install("--plan", "--json").check()
    assert step(answer, "chart-traefik")["data"] == {
        "release": "traefik", "namespace": "traefik", "revision": 1, "chart": "traefik", "version": "41.3.0",
        "stand_in": True, "ready": 2, "wanted": 2,
    }  # fmt: skip
    assert step(answer, "load-balancer")["data"]["addresses"]["traefik"].endswith(".amazonaws.com")
    assert "nothing to do" in yard.install().check().stderr
    # A chart that is asked for is had for it.
    told(yard.install("--chart", "oci://127.0.0.1:1/charts/traefik"), 1, "the chart can't be pulled")
    others = str(yard.live.environment.charts) + "/nginx-ingress:2.6.4"
    told(yard.install("--chart", others), 2, "this is the chart nginx-ingress, not traefik")
    assert yard.live.api_writes(mark) == []

    # Another value, and an object that somebody has deleted.
    yard.values.write_text("deployment: {replicas: 3}\n")
    yard.live.ask_api("DELETE", "/api/v1/namespaces/traefik/services/traefik")
    said = yard.install().check().stderr
    assert "other values: deployment.replicas" in said
    assert "change Deployment traefik" in said
    assert "3 of 3 pods ready" in said
    assert yard.history() == {1: "superseded", 2: "deployed"}
    assert yard.get("/api/v1/namespaces/traefik/services/traefik")

    # The same values: only what is away is put back.
    yard.live.ask_api("DELETE", "/apis/apps/v1/namespaces/traefik/deployments/traefik")
    until(lambda: yard.deployment() is None)
    assert "put back Deployment traefik" in yard.install().check().stderr
    assert (yard.deployment() or {})["status"]["readyReplicas"] == 3


def test_beside_ingress_nginx_it_leaves_the_class_and_the_addresses_to_it_and_takes_them_over_later(yard: Yard) -> None:
    yard.make_ingress_nginx()
    said = yard.install().check().stderr
    assert "warning: ingress-nginx is retired" in said

    def arguments() -> str:
        return " ".join((yard.deployment() or {})["spec"]["template"]["spec"]["containers"][0]["args"])

    assert "--providers.kubernetesingressnginx" in arguments()
    assert "publishservice" not in arguments()
    yard.remove_ingress_nginx()
    said = yard.install().check().stderr
    assert "ingress-nginx is retired" not in said
    assert "create IngressClass nginx" in said
    assert "publishservice=traefik/traefik" in arguments()
    assert yard.classes()["nginx"] == "k8s.io/ingress-nginx"


def test_a_class_of_somebody_elses_is_never_taken_over(yard: Yard) -> None:
    yard.make_ingress_nginx()
    mark = yard.live.api_mark()
    lines = told(
        yard.install("--controller", "nginx-f5"), 3, "IngressClass nginx is there already, nothing was touched"
    )
    assert "controller.ingressClass.name in k8s/charts/nginx-f5.yaml" in " ".join(lines)
    assert yard.live.api_writes(mark) == []
    yard.values.with_name("nginx-f5.yaml").write_text("controller: {ingressClass: {name: nginx-f5}}\n")
    yard.install("--controller", "nginx-f5").check()
    assert yard.classes() == {"nginx": "k8s.io/ingress-nginx", "nginx-f5": "nginx.org/ingress-controller"}


def test_alb_gets_what_the_environment_knows_and_its_own_kinds_are_no_hindrance(yard: Yard) -> None:
    yard.values.with_name("alb.dev.yaml").write_text("replicaCount: 1\n")
    said = yard.install("--controller", "alb").check().stderr
    assert "warning: the controller needs an IAM role" in said
    assert "create IngressClassParams alb" in said
    found = yard.deployment("aws-load-balancer-controller", "kube-system") or {}
    arguments = found["spec"]["template"]["spec"]["containers"][0]["args"]
    assert "--cluster-name=bank-dev" in arguments
    assert "--aws-region=eu-central-1" in arguments
    assert [one for one in arguments if one.startswith("--aws-vpc-id=vpc-")]
    # The environment that the sandbox plays has values of its own.
    assert found["spec"]["replicas"] == 1
    assert "nothing to do" in yard.install("--controller", "alb").check().stderr

    # A newer chart's kinds come with it.
    newer = yard.chart("aws-load-balancer-controller")
    for name, old, new in (
        ("Chart.yaml", "3.5.0", "3.6.0"),
        ("crds/crds.yaml", "metadata:", "metadata:\n  labels: {of: newer}"),
    ):
        (newer / name).write_text((newer / name).read_text().replace(old, new))
    said = yard.install("--controller", "alb", "--chart", str(newer)).check().stderr
    assert "apply 1 CRD of the chart" in said
    assert "not 3.5.0, which is pinned" in said
    assert (yard.get(PARAMS) or {})["metadata"]["labels"] == {"of": "newer"}


@pytest.mark.exhaustive
def test_pods_that_do_not_become_ready_are_told_at_once_and_other_values_mend_it(yard: Yard) -> None:
    broken, rollback = "deployment: {podLabels: {longshore/chaos: image-pull}}\n", "helm rollback traefik"
    yard.values.write_text(broken)
    lines = told(yard.install(), 1, "Deployment traefik does not become ready", "mend k8s/charts/traefik.yaml")
    assert "ImagePullBackOff" in " ".join(lines)
    assert rollback not in " ".join(lines), "there is no revision to go back to"
    yard.values.unlink()
    yard.install().check()
    yard.values.write_text(broken)
    told(yard.install(), 1, "Deployment traefik does not become ready", f"{rollback} --namespace traefik")


@pytest.mark.parametrize(
    ("words", "code", "what"),
    [
        (("--controller", "nginx"), 2, "there is no controller nginx; did you mean nginx-f5?"),
        (("--chart", "nowhere/traefik"), 2, "--chart is neither a path nor an OCI address"),
    ],
)  # fmt: skip
def test_a_wish_that_can_not_be_met_changes_nothing(yard: Yard, words: tuple[str, ...], code: int, what: str) -> None:
    mark = yard.live.api_mark()
    result = yard.install(*words).check(code)
    assert what in result.stderr
    assert yard.live.api_writes(mark) == []


@pytest.mark.exhaustive
def test_a_load_balancer_that_stays_away_is_told_with_what_the_cluster_says(yard: Yard) -> None:
    yard.values.write_text("service: {labels: {longshore/chaos: pending}}\n")
    lines = told(yard.install(), 1, "the load balancer of traefik gets no address", "inv ingress.check --env sandbox")
    assert "unable to resolve at least one subnet" in lines[1]
    yard.values.unlink()
    assert "change Service traefik" in yard.install().check().stderr
    assert step(yard.install("--plan", "--json").check(), "load-balancer")["status"] == "done"
