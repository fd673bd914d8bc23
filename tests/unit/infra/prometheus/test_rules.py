"""Every alert has a severity, words, a runbook, and a case that fires and one that does not."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.embedded.settings import REPOSITORY

PROMETHEUS = REPOSITORY / "infra" / "prometheus"
ALERTMANAGER = REPOSITORY / "infra" / "alertmanager" / "alertmanager.yml"
RUNBOOKS = REPOSITORY / "docs" / "runbooks"
TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
RULES = sorted((PROMETHEUS / "rules").glob("*.yml"))
SECTIONS = ["Look", "Do", "Escalate"]
needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="needs promtool: Debian's prometheus"
)
needs_amtool = pytest.mark.skipif(
    shutil.which("amtool") is None, reason="needs amtool: Debian's prometheus-alertmanager"
)


def alerts() -> dict[str, dict[str, Any]]:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    return {rule["alert"]: rule for rule in rules}


ALERTS = alerts()


def succeeds(*command: str | Path) -> str:
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.strip()


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_urgent_it_is_and_leads_to_its_runbook(name: str) -> None:
    rule = ALERTS[name]

    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["runbook"] == f"docs/runbooks/{name}.md"
    page = (RUNBOOKS / f"{name}.md").read_text()
    assert page.startswith(f"# {name}\n")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == SECTIONS
    assert "```sh\n" in page.partition("## Look")[2].partition("## Do")[0]
    index = (RUNBOOKS / "README.md").read_text()
    assert f"| [{name}]({name}.md) | {rule['labels']['severity']} |" in index


def test_every_runbook_belongs_to_an_alert_and_its_links_lead_somewhere() -> None:
    pages = {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == ALERTS.keys()
    for page in RUNBOOKS.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_runbooks_name_no_command_of_the_house_that_does_not_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for page in RUNBOOKS.glob("*.md"):
        called = set(re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(), re.MULTILINE))
        assert called <= targets, page.name


def test_every_alert_has_a_case_that_fires_and_one_that_does_not() -> None:
    cases = Counter(
        (case["alertname"], bool(case["exp_alerts"]))
        for file in TESTS
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
    )
    missing = [
        (name, fires) for name in ALERTS for fires in (True, False) if not cases[name, fires]
    ]

    assert not missing


@needs_promtool
def test_promtool_accepts_the_rules() -> None:
    succeeds("promtool", "check", "rules", *RULES)


@needs_promtool
@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.stem)
def test_alerts_fire_when_they_should(file: Path) -> None:
    succeeds("promtool", "test", "rules", file)


@needs_promtool
def test_promtool_accepts_the_configuration_of_compose(tmp_path: Path) -> None:
    """The file of the key exists in Compose alone."""
    written = (PROMETHEUS / "prometheus.yml").read_text()
    (tmp_path / "key").write_text("secret")
    (tmp_path / "rules").symlink_to(PROMETHEUS / "rules")
    changed = re.sub(r"/var/lib/api-keys/\S+(?=})", str(tmp_path / "key"), written)
    (tmp_path / "prometheus.yml").write_text(changed)

    succeeds("promtool", "check", "config", tmp_path / "prometheus.yml")


def test_compose_has_the_services_that_are_scraped() -> None:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    jobs = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text())["scrape_configs"]
    scraped = [
        target
        for job in jobs
        for found in job.get("static_configs", [])
        for target in found["targets"]
    ] + [name for job in jobs for sd in job.get("dns_sd_configs", []) for name in sd["names"]]

    assert {target.partition(":")[0] for target in scraped} - {"127.0.0.1"} <= services.keys()


@needs_amtool
def test_alerts_go_where_their_severity_says() -> None:
    succeeds("amtool", "check-config", ALERTMANAGER)
    for severity in ("page", "ticket"):
        route = ("amtool", "config", "routes", "test", f"--config.file={ALERTMANAGER}")
        assert succeeds(*route, f"severity={severity}") == severity


def test_what_is_not_told_because_of_another_alert_exists() -> None:
    rules = yaml.safe_load(ALERTMANAGER.read_text())["inhibit_rules"]
    matchers = [
        matcher
        for rule in rules
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
        if matcher.startswith("alertname")
    ]
    for matcher in matchers:
        expression = matcher.partition("=")[2].strip('~"')
        assert any(re.fullmatch(expression, name) for name in ALERTS), matcher
