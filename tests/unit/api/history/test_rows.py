from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from api.history.rows import (
    PREDICTION_ID,
    AuditRow,
    Ids,
    Row,
    first_id_at,
    patient_key,
    record_id,
)


def test_ids_are_unique_and_in_the_order_of_time_and_record() -> None:
    one, other = Ids(), Ids()
    made = [ids.new() for _ in range(500) for ids in (one, other)]
    ids = [record_id(head, index) for head, _ in made for index in (0, 1, 16, 100_000)]
    assert len(set(ids)) == len(ids)
    times = [time for _, time in made]
    assert times == sorted(times)
    assert [head[:16] for head, _ in made] == sorted(head[:16] for head, _ in made)
    in_one_request = [record_id(made[0][0], index) for index in range(300)]
    assert in_one_request == sorted(in_one_request)


def test_a_moment_is_a_bound_of_ids() -> None:
    head, now = Ids().new()
    assert first_id_at(now) <= head < first_id_at(now + timedelta(microseconds=1))
    assert first_id_at(datetime.min.replace(tzinfo=UTC)) == "0" * 16
    assert head < first_id_at(datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("p-17", "p-17"),
        (17, "17"),
        (17.0, "17"),
        (float("inf"), None),
        ("", None),
        (None, None),
        (True, None),
        (1.5, None),
        ({"a": 1}, None),
        ("x" * 129, None),
        ("nul\0", None),
    ],
)
def test_only_a_short_text_or_a_whole_number_is_a_patient_key(
    sent: object, kept: str | None
) -> None:
    assert patient_key(sent) == kept


def test_a_line_begins_with_its_table() -> None:
    """The statement that takes the lines apart in PostgreSQL relies on it."""
    head, now = Ids().new()
    row = AuditRow(head, now, "somebody", "swapped", "toy", "1", "d", "")
    line = msgspec.json.encode(row)
    assert line.startswith(b'{"table":"audit"')
    assert msgspec.json.decode(line, type=Row) == row
    assert PREDICTION_ID == "^[0-9a-f]{38}$"
