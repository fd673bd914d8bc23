"""The JSON agrees with the code, with Grafana's types, and with the rest of the house."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models import units

from infra.embedded.settings import REPOSITORY
from infra.grafana.__main__ import FOLDER, generated

PROVISIONING = REPOSITORY / "infra" / "grafana" / "provisioning"
COLUMNS = 24
UNITS = {value for value in vars(units).values() if isinstance(value, str)}

register_default_plugins()
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(name: str) -> list[dict[str, Any]]:
    return [panel for panel in DASHBOARDS[name]["panels"] if panel["type"] != "row"]


def test_the_json_is_what_the_code_makes() -> None:
    found = {path: path.read_text() for path in FOLDER.glob("*.json")}

    assert found == generated(), "run `make dashboards`"


@pytest.mark.parametrize("name", DASHBOARDS)
def test_grafanas_types_know_every_part(name: str) -> None:
    """Read into the types that Grafana's schemas are turned into: what they do not know is lost."""
    read = models.Dashboard.from_json(DASHBOARDS[name])

    assert json.loads(json.dumps(read, cls=JSONEncoder)) == DASHBOARDS[name]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_panels_have_numbers_of_their_own_and_do_not_overlap(name: str) -> None:
    every = DASHBOARDS[name]["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    taken: dict[tuple[int, int], str] = {}
    for panel in every:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= COLUMNS, panel["title"]
        for cell in itertools.product(
            range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
        ):
            assert cell not in taken, f"{panel['title']} lies on {taken[cell]}"
            taken[cell] = panel["title"]


def test_the_overview_fits_on_one_screen() -> None:
    lowest = max(
        panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in panels("vigia-overview")
    )

    assert lowest <= 22  # rows of 38 pixels below Grafana's head, on 1080


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_panel_says_what_it_shows_in_a_unit_from_a_source_that_there_is(name: str) -> None:
    declared = yaml.safe_load((PROVISIONING / "datasources" / "vigia.yml").read_text())
    sources = {source["uid"] for source in declared["datasources"]}
    for panel in panels(name):
        assert panel["description"].endswith("."), panel["title"]
        unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
        assert unit is None or unit in UNITS, panel["title"]
        assert panel["datasource"]["uid"] in sources
        for target in panel["targets"]:
            assert target["datasource"]["uid"] in sources


def test_a_ratio_is_a_share_and_a_time_is_seconds_everywhere() -> None:
    for name in DASHBOARDS:
        for panel in panels(name):
            unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
            for target in panel["targets"]:
                if "histogram_quantile" in target["expr"]:
                    assert unit == units.Seconds, panel["title"]
                if target["expr"].startswith("time() -"):
                    assert unit == units.DurationSeconds, panel["title"]


@pytest.mark.parametrize("name", DASHBOARDS)
def test_links_to_runbooks_lead_to_a_page(name: str) -> None:
    base = next(v for v in DASHBOARDS[name]["templating"]["list"] if v["name"] == "runbooks")
    assert base["type"] == "constant"
    for panel in panels(name):
        for link in panel.get("links", []):
            page = re.fullmatch(r"\$runbooks/(\w+\.md)", link["url"])
            assert page, link
            assert (REPOSITORY / "docs" / "runbooks" / page[1]).exists()


def test_every_alert_is_linked_from_a_panel() -> None:
    linked = {
        Path(link["url"]).stem
        for name in DASHBOARDS
        for panel in panels(name)
        for link in panel.get("links", [])
    }
    pages = {page.stem for page in (REPOSITORY / "docs" / "runbooks").glob("*.md")}

    assert pages - {"README"} == linked


def test_models_are_chosen_by_problem_and_version() -> None:
    variables = {
        variable["name"]: variable for variable in DASHBOARDS["vigia-models"]["templating"]["list"]
    }

    assert {"problem", "version"} <= variables.keys()
    assert "$problem" in variables["version"]["query"]
    assert all(variables[name]["includeAll"] for name in ("problem", "version"))


def test_grafana_finds_the_dashboards() -> None:
    declared = yaml.safe_load((PROVISIONING / "dashboards" / "vigia.yml").read_text())

    assert declared["providers"][0]["options"]["path"] == "/var/lib/grafana/dashboards"
    assert len({board["uid"] for board in DASHBOARDS.values()}) == len(DASHBOARDS) == 6
