"""Every overlay builds, is valid, and runs nothing with more rights than it needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[4]
K8S = ROOT / "infra" / "k8s"
TOOLS = Path(sys.executable).parent
OVERLAYS = sorted(path.name for path in (K8S / "overlays").iterdir())
ADDONS = sorted(path.name for path in (K8S / "addons").iterdir())
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob"}
KUBERNETES = "1.32"


@cache
def built(folder: Path) -> str:
    done = subprocess.run(
        [TOOLS / "kubectl", "kustomize", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def objects(overlay: str) -> list[dict[str, Any]]:
    return [found for found in yaml.safe_load_all(built(K8S / "overlays" / overlay)) if found]


def of_kind(overlay: str, *kinds: str) -> list[dict[str, Any]]:
    return [found for found in objects(overlay) if found["kind"] in kinds]


def named(overlay: str, kind: str) -> set[str]:
    return {found["metadata"]["name"] for found in of_kind(overlay, kind)}


def pods(overlay: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the pod of every workload, those of Airflow's tasks and of KServe among them."""
    for found in of_kind(overlay, *WORKLOADS):
        yield f"{found['kind']} {found['metadata']['name']}", found["spec"]["template"]["spec"]
    for found in of_kind(overlay, "ConfigMap"):
        if "pod-template.yaml" in found["data"]:
            yield "pod template", yaml.safe_load(found["data"]["pod-template.yaml"])["spec"]
    yield "KServe", yaml.safe_load(built(K8S / "addons" / "kserve"))["spec"]["predictor"]


EVERY_POD = [
    pytest.param(pod, id=f"{overlay} {name}") for overlay in OVERLAYS for name, pod in pods(overlay)
]


def references(node: Any, key: str) -> Iterator[str]:
    """Return the names under every reference of that kind, such as `secretKeyRef`."""
    if isinstance(node, dict):
        if key in node:
            yield node[key].get("name") or node[key]["secretName"]
        for value in node.values():
            yield from references(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from references(value, key)


def test_there_is_an_overlay_for_development_and_for_production() -> None:
    assert OVERLAYS == ["development", "production"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_valid_without_an_unknown_field(overlay: str, tmp_path: Path) -> None:
    manifests = tmp_path / "all.yaml"
    manifests.write_text(built(K8S / "overlays" / overlay))
    done = subprocess.run(
        [TOOLS / "kubernetes-validate", "--strict", "-k", KUBERNETES, manifests],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("addon", ADDONS)
def test_an_addon_builds(addon: str) -> None:
    assert all(found["kind"] for found in yaml.safe_load_all(built(K8S / "addons" / addon)))


@pytest.mark.parametrize("pod", EVERY_POD)
def test_a_pod_is_not_root_and_cannot_become_it(pod: dict[str, Any]) -> None:
    context = pod["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        own = container["securityContext"]
        assert own["allowPrivilegeEscalation"] is False
        assert own["readOnlyRootFilesystem"] is True
        assert own["capabilities"] == {"drop": ["ALL"]}
        assert not own.get("privileged")


@pytest.mark.parametrize("pod", EVERY_POD)
def test_a_pod_has_limits_and_says_what_it_needs(pod: dict[str, Any]) -> None:
    for container in pod["containers"]:
        for side in ("requests", "limits"):
            assert set(container["resources"][side]) == {"cpu", "memory"}
    for volume in pod.get("volumes", ()):
        assert "hostPath" not in volume
        assert "sizeLimit" in volume.get("emptyDir", {"sizeLimit": ""})


@pytest.mark.parametrize("pod", EVERY_POD)
def test_a_pod_has_no_token_or_an_account_of_its_own(pod: dict[str, Any]) -> None:
    own = pod.get("serviceAccountName", "default") != "default"
    assert pod["automountServiceAccountToken"] is False or own


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_airflows_scheduler_has_a_token(overlay: str) -> None:
    found = {name for name, pod in pods(overlay) if pod["automountServiceAccountToken"]}
    assert found == {"Deployment airflow-scheduler"}


@pytest.mark.parametrize("pod", EVERY_POD)
def test_an_image_has_a_tag_that_is_not_latest(pod: dict[str, Any]) -> None:
    for container in pod["containers"]:
        repository, _, tag = container["image"].rpartition(":")
        assert repository
        assert tag not in {"", "latest"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_runs_on_is_probed(overlay: str) -> None:
    for found in of_kind(overlay, "Deployment", "StatefulSet", "DaemonSet"):
        for container in found["spec"]["template"]["spec"]["containers"]:
            assert {"startupProbe", "livenessProbe"} <= container.keys()
            # What nobody connects to can be alive, but not ready.
            assert ("readinessProbe" in container) == ("ports" in container)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_nothing_may_talk_to_anything_by_default(overlay: str) -> None:
    policies = [found["spec"] for found in of_kind(overlay, "NetworkPolicy")]
    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_that_is_let_out_or_in_exists(overlay: str) -> None:
    labels = "app.kubernetes.io/name"
    there = {"airflow-task"} | {
        found["spec"]["template"]["metadata"]["labels"][labels]
        for found in of_kind(overlay, *WORKLOADS)
    }
    for policy in of_kind(overlay, "NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        wanted = set(selector.get("matchLabels", {}).values())
        for expression in selector.get("matchExpressions", ()):
            wanted |= set(expression["values"])
        assert wanted <= there, policy["metadata"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_secrets_are_referred_to_and_never_there(overlay: str) -> None:
    assert not of_kind(overlay, "Secret")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_secret_that_is_referred_to_can_be_made(overlay: str, tmp_path: Path) -> None:
    settings = tmp_path / "env"
    for script in (
        [ROOT / "infra" / "compose" / "env.sh", ROOT / ".env.example", settings],
        [K8S / "secrets.sh", settings],
    ):
        done = subprocess.run(["sh", *script], capture_output=True, text=True, check=True)
    made = {
        found["metadata"]["name"]: set(found["stringData"])
        for found in yaml.safe_load_all(done.stdout)
        if found
    }
    for name, pod in pods(overlay):
        wanted = set(references(pod, "secretKeyRef")) | {
            volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume
        }
        assert wanted <= made.keys(), name


def test_the_external_store_gives_what_production_refers_to() -> None:
    kept = {
        found["metadata"]["name"]
        for found in yaml.safe_load_all(built(K8S / "addons" / "external-secrets"))
    }
    for name, pod in pods("production"):
        assert set(references(pod, "secretKeyRef")) <= kept, name


def test_production_spreads_scales_and_survives_a_drained_node() -> None:
    for name in ("api", "streamlit"):
        assert name in named("production", "HorizontalPodAutoscaler")
        assert name in named("production", "PodDisruptionBudget")
        (found,) = (
            each
            for each in of_kind("production", "Deployment", "StatefulSet")
            if each["metadata"]["name"] == name
        )
        pod = found["spec"]["template"]["spec"]
        assert found["spec"]["replicas"] >= 2
        assert pod["topologySpreadConstraints"]
        assert pod["terminationGracePeriodSeconds"] >= 30


def test_the_pages_and_the_api_are_published_over_tls_alone() -> None:
    (ingress,) = of_kind("production", "Ingress")
    hosts = {rule["host"] for rule in ingress["spec"]["rules"]}
    assert {host for entry in ingress["spec"]["tls"] for host in entry["hosts"]} == hosts
    backends = {
        path["backend"]["service"]["name"]
        for rule in ingress["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert backends == {"api", "streamlit"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_tasks_run_in_the_image_of_the_scheduler(overlay: str) -> None:
    (pod,) = (pod for name, pod in pods(overlay) if name == "Deployment airflow-scheduler")
    (container,) = pod["containers"]
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    prefix = "AIRFLOW__KUBERNETES_EXECUTOR__WORKER_CONTAINER_"
    image = f"{environment[f'{prefix}REPOSITORY']}:{environment[f'{prefix}TAG']}"
    assert image == container["image"]
