from __future__ import annotations

from collections.abc import Iterator

import pytest

from ml.errors import InvalidRecord, NoModel, UnknownProblem
from tests.unit.ui.loopback import PREDICTION, Loopback, serving
from ui.client import ApiAway, ApiFault, Client

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


@pytest.fixture
def client(api: Loopback) -> Iterator[Client]:
    client = Client(api.url, timeout_seconds=5)
    yield client
    client.close()


def test_the_answer_to_one_record_is_typed(api: Loopback, client: Client) -> None:
    api.missing = ["nights"]
    api.warnings = [{"en": "Far out", "es": "Muy lejos"}]

    answer = client.explain("sample", {"ward": "1", "temperature": 36.6})

    assert api.records == [{"ward": "1", "temperature": 36.6}]
    (one,) = answer.explanations
    assert one.probability == 0.184
    assert (answer.model.name, answer.model.version, answer.model.data) == ("sample", "3", "real")
    assert one.missing == ("nights",)
    assert one.warnings[0].es == "Muy lejos"
    assert one.band is not None
    assert one.band.label.es == "Alto"
    assert answer.ids == (PREDICTION,)


def test_the_served_problems_and_their_models_are_listed(api: Loopback, client: Client) -> None:
    api.data = "synthetic"

    assert [served.problem for served in client.models().models] == ["sample"]
    assert client.model_info("sample").data == "synthetic"


def test_refused_fields_are_named(api: Loopback, client: Client) -> None:
    errors = [
        {"record": 0, "field": "nights", "rule": "maximum", "message": "must lie between"},
        {"record": None, "field": "records", "rule": "type", "message": "must be a list"},
    ]
    api.fail(422, "A record breaks the contract", errors=errors)

    with pytest.raises(InvalidRecord) as refusal:
        client.explain("sample", {"nights": 99})

    first, second = refusal.value.violations
    assert (first.record, first.field, first.rule) == (0, "nights", "maximum")
    assert (second.record, second.message) == (0, "must be a list")


def test_no_model_is_told_apart_from_an_api_that_is_away(api: Loopback, client: Client) -> None:
    api.fail(503, "No model is loaded", detail="Promote one.")

    with pytest.raises(NoModel, match="Promote one"):
        client.model_info("sample")


def test_a_problem_that_is_not_served_is_unknown(client: Client) -> None:
    with pytest.raises(UnknownProblem):
        client.model_info("other")


def test_a_fault_of_the_service_carries_its_status(api: Loopback, client: Client) -> None:
    api.fail(500, "Internal Server Error")

    with pytest.raises(ApiFault, match="HTTP 500: Internal Server Error"):
        client.models()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (502, b"<html>Bad gateway</html>", "HTTP 502"),
        (200, b"<html>Welcome</html>", "/models"),
        (200, b'{"default_problem": "sample", "models": [{}]}', "missing required field `problem`"),
    ],
)
def test_an_answer_that_is_not_the_apis_is_a_fault(
    api: Loopback, client: Client, status: int, body: bytes, reason: str
) -> None:
    api.failure = (status, body)

    with pytest.raises(ApiFault, match=reason):
        client.models()


def test_an_answer_without_one_explanation_is_a_fault(api: Loopback, client: Client) -> None:
    model = b'{"name": "m", "version": "1", "digest": "", "data": "real"}'
    api.failure = (200, b'{"explanations": [], "model": ' + model + b"}")

    with pytest.raises(ApiFault, match="one explanation"):
        client.explain("sample", {})


def test_an_api_that_is_gone_is_away() -> None:
    with serving("sample") as loopback:
        url = loopback.url
    gone = Client(url, timeout_seconds=5)

    with pytest.raises(ApiAway, match="did not answer"):
        gone.models()
    gone.close()


def test_an_api_that_stays_silent_is_away(api: Loopback) -> None:
    api.delay_seconds = 1
    hasty = Client(api.url, timeout_seconds=0.1)

    with pytest.raises(ApiAway, match="ReadTimeout"):
        hasty.models()
    hasty.close()


def test_a_key_is_sent_where_there_is_one(api: Loopback, client: Client) -> None:
    keyed = Client(api.url, timeout_seconds=5, key="vigia_key")
    client.models()
    keyed.models()
    keyed.close()

    assert api.authorizations == [None, "Bearer vigia_key"]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_the_setting_and_not_the_key(api: Loopback, status: int) -> None:
    api.fail(status, "Say who you are")
    keyed = Client(api.url, timeout_seconds=5, key="vigia_key")

    with pytest.raises(ApiFault, match="VIGIA_API_KEY") as refusal:
        keyed.models()

    keyed.close()
    assert "vigia_key" not in str(refusal.value)


def test_a_full_service_is_not_one_without_a_model(api: Loopback, client: Client) -> None:
    api.fail(503, "The service is full", type="urn:vigia:problem:overloaded")

    with pytest.raises(ApiFault, match="full"):
        client.models()
