from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from ml import bundle
from ml.bundle.familiarity import Familiarity
from tests.unit.api.toy_models import train

DRIFT = {
    "colour": {"missing": 0, "counts": {"red": 40, "green": 30}, "rest": 5},
    "reason": {"missing": 0, "counts": {"401": 40}, "rest": 5},
    "age": {"missing": 0, "edges": [50.0], "counts": [10, 10]},
}


@pytest.fixture(scope="module")
def familiarity(tmp_path_factory: pytest.TempPathFactory) -> Familiarity:
    content = train(tmp_path_factory.mktemp("bundle") / "b").content
    return Familiarity(msgspec.structs.replace(content, drift=DRIFT))


@pytest.mark.parametrize(
    ("record", "missing", "rare"),
    [
        ({"colour": "red", "reason": "401", "age": 60}, (), ()),
        ({"colour": "blue", "reason": 401}, (), ("colour",)),
        ({"colour": "green", "reason": "786"}, (), ("reason",)),
        ({"colour": "unclear"}, ("colour", "reason"), ()),
    ],
)
def test_a_value_of_few_training_rows_is_rare(
    familiarity: Familiarity, record: dict[str, object], missing: tuple[str, ...], rare: object
) -> None:
    absent = {"colour", "reason"} - record.keys()
    assert familiarity.rare(record, (*missing, *absent)) == rare


def test_a_model_without_a_reference_calls_nothing_rare(tmp_path: Path) -> None:
    trained = train(tmp_path / "b")

    assert (
        bundle.load(trained.folder, expected_digest=trained.digest).rare({"colour": "red"}, ())
        == ()
    )
