"""What must hold in a stack that runs."""

from __future__ import annotations

import json
import re
import time

import httpx

from infra.compose.rehearse.load import Load
from infra.compose.rehearse.stack import Stack
from ml.errors import ServiceFailed
from ml.problems import Problem

_COUNTED = re.compile(
    r'^api_predictions_total\{[^}]*channel="production"[^}]*\} (\S+)$', re.MULTILINE
)
_METRICS = """
import sys, urllib.request
login = {"authorization": "Bearer " + sys.stdin.readline().strip()}
request = urllib.request.Request("http://127.0.0.1:8000/metrics", headers=login)
sys.stdout.write(urllib.request.urlopen(request, timeout=10).read().decode())
"""
_NEW_VERSION = """
import sys
import mlflow
name = sys.argv[1]
client = mlflow.MlflowClient("http://mlflow:5000")
old = client.get_model_version_by_alias(name, "production")
logged = old.source.removeprefix("models:/")
tags = dict(old.tags)
new = client.create_model_version(name, old.source, old.run_id, tags, model_id=logged)
client.set_registered_model_alias(name, "production", new.version)
print(new.version)
"""


def check(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - reads as an assertion
    """Raise `ServiceFailed` with what is wrong, unless it holds."""
    if not holds:
        raise ServiceFailed(otherwise)


def kept(stack: Stack, ids: list[str], seconds: float = 60) -> None:
    """Wait until every answered prediction is in the history, once.

    Raises:
        ServiceFailed: some are missing.
    """
    deadline = time.monotonic() + seconds
    wanted = set(ids)
    check(len(wanted) == len(ids), "two answers named the same prediction")
    while missing := wanted - history(stack):
        check(time.monotonic() < deadline, f"{len(missing)} of {len(ids)} are not in the history")
        time.sleep(1)


def history(stack: Stack) -> set[str]:
    """Return the ids of all predictions in the history."""
    query = ("--command", "SELECT id FROM prediction", "--dbname", "serving")
    return set(_psql(stack, "serving-db", *query).split())


def _psql(stack: Stack, service: str, *arguments: str) -> str:
    plain = ("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--username", "postgres")
    return stack.compose("exec", "-T", service, *plain, *arguments)


def counted(stack: Stack) -> list[float]:
    """Return how many predictions each replica says it has answered."""
    key = stack.settings["API_KEY_PROMETHEUS"].encode()
    replicas = range(1, len(stack.containers("api")) + 1)
    texts = [
        stack.compose(
            *("exec", "-T", "--index", str(index), "api", "python", "-c", _METRICS), given=key
        )
        for index in replicas
    ]
    return [sum(map(float, _COUNTED.findall(text))) for text in texts]


def promote_another(stack: Stack, problem: Problem) -> str:
    """Register the bundle in production once more, promote that version, return its number."""
    script = ("python", "-", problem.name)
    return stack.compose(
        "exec", "-T", "airflow-scheduler", *script, given=_NEW_VERSION.encode()
    ).strip()


def stored_objects(stack: Stack) -> int:
    """Return how many objects the bucket holds, asked with MLflow's own login."""
    return int(
        stack.compose("exec", "-T", "mlflow", "python", "/usr/local/bin/objects.py", "count")
    )


def answers(stack: Stack, problem: Problem) -> list[float]:
    """Return predictions that a restored stack must repeat."""
    headers = {"authorization": f"Bearer {stack.settings['API_KEY_CLINICIAN']}"}
    body = {"records": [problem.example, {}]}
    with httpx.Client(headers=headers, timeout=30, trust_env=False) as client:
        answer = client.post(f"{stack.api}/models/{problem.name}/predict", json=body)
        answer.raise_for_status()
        found: list[float] = answer.json()["predictions"]
        return found


def healthy_answers(load: Load) -> None:
    """Raise `ServiceFailed` unless the clients were answered at all."""
    check(bool(load.ids), f"no client was answered: {load.failures[:3]}")


def summary(printed: str) -> dict[str, object]:
    """Return the last line of what the pipeline printed, which is JSON."""
    found: dict[str, object] = json.loads(printed.strip().splitlines()[-1])
    return found
