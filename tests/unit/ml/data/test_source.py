"""Sources on this machine; those on the network are in the integration tests."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec
import pyarrow as pa
import pytest

from ml.data.delivery import MALFORMED, Delivery, read_batch
from ml.data.source import fetch
from ml.errors import DataError, SourceInvalid, SourceUnavailable
from ml.problems.problem import Shipped, Source
from ml.settings import Settings
from tests import toy
from tests.toy import problem

Given: TypeAlias = Callable[..., Delivery]

HEADER = ",".join(problem.names)
LINES = [f"s{number},p{number},60,70.5,3,red,401,no" for number in range(1, 8)]
TEXT = "\n".join([HEADER, *LINES, ""])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        state_dir=tmp_path / "state", batch_rows=3, source_max_bytes=100_000, synthetic_rows=500
    )


@pytest.fixture
def given(tmp_path: Path, settings: Settings) -> Given:
    """Write a source to a file and fetch it."""

    def write_and_fetch(content: bytes | str, name: str = "source.csv") -> Delivery:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return fetch(problem, str(path), settings)

    return write_and_fetch


def zipped(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("_", "."), text)
    return buffer.getvalue()


def all_rows(delivery: Delivery) -> list[dict[str, object]]:
    batches = range(-(-delivery.rows // delivery.batch_rows))
    return [row for index in batches for row in read_batch(delivery.parquet, index).to_pylist()]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (TEXT.encode(), "plain.csv"),
        (gzip.compress(TEXT.encode(), mtime=0), "misleading-name.csv"),
        (zipped(toy_csv=TEXT, readme_txt="x"), "archive.zip"),
        (TEXT.encode(), "plain-inside.gz"),
    ],
)
def test_the_kind_is_told_from_the_bytes(given: Given, content: bytes, name: str) -> None:
    delivery = given(content, name)
    assert delivery.digest == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (delivery.rows, delivery.kind, delivery.problem) == (7, "real", "toy")
    assert delivery.source.endswith(name)


def test_a_batch_is_a_row_group_with_numbered_rows(given: Given) -> None:
    delivery = given(TEXT)
    numbers = [read_batch(delivery.parquet, index)["row_number"].to_pylist() for index in range(3)]
    assert numbers == [[1, 2, 3], [4, 5, 6], [7]]


def test_a_delivery_passes_through_json(given: Given) -> None:
    delivery = given(TEXT)
    assert msgspec.json.decode(msgspec.json.encode(delivery), type=Delivery) == delivery


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.rstrip("\n"),
        TEXT.replace("red", '"red"').replace("visit", '"visit"'),
        "\n" + TEXT.replace("s3", "\n\ns3"),
    ],
    ids=["bom", "crlf", "no-last-newline", "quoted", "blank-lines"],
)
def test_the_same_rows_in_another_dress(given: Given, text: str) -> None:
    assert all_rows(given(text)) == all_rows(given(TEXT))


def test_columns_may_stand_in_another_order_beside_others(
    given: Given, caplog: pytest.LogCaptureFixture
) -> None:
    turned = "\n".join(
        ",".join([*reversed(line.split(",")), extra])
        for line, extra in zip([HEADER, *LINES], ["shoe", *"1234567"], strict=True)
    )
    with caplog.at_level(logging.WARNING):
        assert all_rows(given(turned)) == all_rows(given(TEXT))
    assert "shoe" in caplog.text


def test_only_empty_fields_and_declared_texts_are_missing(given: Given) -> None:
    values = ["", "?", '""', "None", "NA", "NULL", "null", "NaN", "nan", "-", " ", "\\N"]
    lines = [f"s{place},p,60,,3,{value},401,no" for place, value in enumerate(values)]
    rows = all_rows(given("\n".join([HEADER, *lines])))
    assert [row["colour"] for row in rows] == [None, None, None, *values[3:]]


def test_malformed_rows_keep_their_place_and_text(given: Given) -> None:
    lines = ["too,few", *LINES[:2], "too,many" + "," * 9, *LINES[2:], "s9,cut sho"]
    rows = all_rows(given("\n".join([HEADER, *lines])))
    assert [row["row_number"] for row in rows] == list(range(1, 11))
    malformed = {row["row_number"]: row[MALFORMED] for row in rows if row[MALFORMED]}
    assert malformed == {1: "too,few", 4: "too,many" + "," * 9, 10: "s9,cut sho"}
    assert [row["visit"] for row in rows if row["visit"]] == [f"s{n}" for n in range(1, 8)]


def test_a_source_of_malformed_rows_only_is_still_read(given: Given) -> None:
    assert given("\n".join([HEADER, *["a,b"] * 7])).rows == 7


@pytest.mark.parametrize(
    ("content", "error", "told"),
    [
        (b"", SourceInvalid, "empty"),
        (HEADER.encode(), SourceInvalid, "no data rows"),
        (HEADER.encode() + b"\n", SourceInvalid, "no data rows"),
        (gzip.compress(b"", mtime=0), SourceInvalid, "empty"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-20], SourceInvalid, "cut short"),
        (gzip.compress(TEXT.encode(), mtime=0)[:12] + b"garbage", SourceInvalid, "damaged"),
        (zipped(a_csv=TEXT)[:-30], SourceInvalid, "damaged"),
        (zipped(a_csv=TEXT, b_csv=TEXT), SourceInvalid, "one single CSV"),
        (zipped(), SourceInvalid, "one single CSV"),
        (b"<html><body>Not found</body></html>", SourceInvalid, "lacks 8 of 8"),
        (bytes(range(256)) * 9, SourceInvalid, "not UTF-8"),
        (TEXT.replace("401", "caf\xe9", 1).encode("latin1"), SourceInvalid, "line 2"),
        (TEXT.encode("utf-16"), SourceInvalid, "not UTF-8"),
        (TEXT.replace(",age,", ",years,").encode(), SourceInvalid, "columns: age"),
        (TEXT.replace(",age,", ",days,").encode(), SourceInvalid, "days more than once"),
        (TEXT.replace(",", ";").encode(), SourceInvalid, "lacks"),
        (
            gzip.compress(TEXT.encode() + b"x" * 200_000, mtime=0),
            SourceInvalid,
            "VIGIA_SOURCE_MAX_BYTES",
        ),
    ],
)
def test_what_is_no_such_csv_is_refused(
    given: Given, content: bytes, error: type[DataError], told: str
) -> None:
    with pytest.raises(error, match=told):
        given(content)


def test_an_unbalanced_quote_is_refused_without_repeating_the_row(
    given: Given, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "long.csv"
    path.write_text(TEXT + 's8,p8,"60' + "\nx" * 5_000_000, encoding="utf-8")
    generous = settings.model_copy(update={"source_max_bytes": 2**30})
    with pytest.raises(SourceInvalid, match="unbalanced quote") as caught:
        fetch(problem, str(path), generous)
    assert "p8" not in str(caught.value)


def test_a_path_that_leads_nowhere(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="VIGIA_TOY_SOURCE"):
        fetch(problem, str(tmp_path / "missing.csv"), settings)
    with pytest.raises(SourceInvalid, match="is a folder"):
        fetch(problem, str(tmp_path), settings)
    with pytest.raises(SourceInvalid, match="s3://bucket/key is no http"):
        fetch(problem, "s3://user:secret@bucket/key?token=secret", settings)


def test_a_file_address_with_blanks(given: Given, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "my data.csv").write_text(TEXT, encoding="utf-8")
    delivery = fetch(problem, (tmp_path / "my data.csv").as_uri(), settings)
    assert delivery.digest == given(TEXT).digest


def test_a_cached_declared_source_needs_no_network(given: Given, settings: Settings) -> None:
    declared = msgspec.structs.replace(
        problem,
        source=msgspec.structs.replace(problem.source, sha256=given(TEXT).digest),
    )
    delivery = fetch(declared, "", settings)
    assert delivery.source == "http://127.0.0.1:9/toy.csv"


def test_synthetic_rows_are_the_same_for_the_same_seed(settings: Settings) -> None:
    first, again = (fetch(problem, "synthetic", settings) for _ in range(2))
    other = fetch(problem, "synthetic", settings.model_copy(update={"seed": 7}))
    assert first == again
    assert (first.kind, first.source, first.rows) == ("synthetic", "synthetic", 500)
    assert other.digest != first.digest


def test_nothing_half_done_stays_in_the_cache(given: Given, settings: Settings) -> None:
    with pytest.raises(SourceInvalid):
        given(b"")
    given(TEXT)
    assert not [path for path in settings.cache_dir.rglob("*") if "partial" in path.name]


def test_a_cleared_cache_is_told(given: Given) -> None:
    delivery = given(TEXT)
    Path(delivery.parquet).unlink()
    with pytest.raises(SourceUnavailable, match="fetch the source again"):
        read_batch(delivery.parquet, 0)


def shipped_rows() -> pa.Table:
    return toy.generate(40, 3)


def test_rows_that_a_library_ships_are_a_source_like_a_file(settings: Settings) -> None:
    source = msgspec.structs.replace(
        problem.source, url="", shipped=Shipped("a shop", shipped_rows)
    )
    shipping = msgspec.structs.replace(problem, source=source)
    delivery = fetch(shipping, "", settings)
    assert (delivery.source, delivery.kind, delivery.rows) == ("a shop", "real", 40)
    expected = shipped_rows().to_pylist()
    assert [{name: row[name] for name in problem.names} for row in all_rows(delivery)] == expected
    declared = msgspec.structs.replace(source, sha256=delivery.digest)
    again = fetch(msgspec.structs.replace(problem, source=declared), "", settings)
    assert again == delivery
    other = msgspec.structs.replace(source, sha256="0" * 64)
    with pytest.raises(SourceInvalid, match="a shop is not the declared file"):
        fetch(msgspec.structs.replace(problem, source=other), "", settings)


def test_a_source_without_a_file_is_the_generator(settings: Settings) -> None:
    own = msgspec.structs.replace(problem, source=Source(synthetic=True))
    delivery = fetch(own, "", settings)
    assert (delivery.source, delivery.kind, delivery.rows) == ("synthetic", "synthetic", 500)


def test_what_is_synthetic_by_nature_stays_so_as_a_file(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "source.csv"
    path.write_text(TEXT)
    own = msgspec.structs.replace(problem, source=Source(synthetic=True))
    assert fetch(own, str(path), settings).kind == "synthetic"
    assert fetch(problem, str(path), settings).kind == "real"
