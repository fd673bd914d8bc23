from __future__ import annotations

import math
import struct

import pyarrow as pa
import pytest
import sqlalchemy as sa

from ml.data.database import column_list, connect, copy_in, copy_out, quoted
from ml.errors import DatabaseUnavailable, InvalidSettings

NAMES = ["a-b", 'quo"ted', "Zahl", "flag", "real"]


@pytest.fixture
def table_name(engine: sa.Engine) -> str:
    name = quoted("public", 'odd "name"; --')
    types = dict(zip(NAMES, ["text", "text", "bigint", "boolean", "double precision"], strict=True))
    columns = ", ".join(f"{quoted(column)} {kind}" for column, kind in types.items())
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE {name} ({columns})"))
    return name


def test_null_empty_text_and_odd_characters_survive(engine: sa.Engine, table_name: str) -> None:
    texts = [None, "", '"', "\\N", "\\.", "NULL", "a,b", "two\nlines", "\r\n", " blank ", "ñ😀"]
    size = len(texts)
    rows = pa.table(
        {
            NAMES[0]: pa.array(texts),
            NAMES[1]: pa.array(texts[::-1]),
            NAMES[2]: pa.array([None, 2**63 - 1, *range(size - 2)]),
            NAMES[3]: pa.array([None, True, *[False] * (size - 2)]),
            NAMES[4]: pa.array([None, 0.5, *[-0.0] * (size - 2)]),
        }
    )
    with engine.begin() as connection:
        copy_in(connection, rows, table_name, NAMES)
        assert copy_out(connection, f"SELECT {column_list(NAMES)} FROM {table_name}").equals(rows)


def test_floats_come_back_to_the_bit(engine: sa.Engine, table_name: str) -> None:
    values = [0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, math.pi, math.inf, -math.inf, 1 / 3]
    values += [struct.unpack("d", struct.pack("q", i * 7_919_123_456_789))[0] for i in range(5000)]
    with engine.begin() as connection:
        copy_in(connection, pa.table({"real": values}), table_name, ["real"])
        back = copy_out(connection, f"SELECT real FROM {table_name}")["real"].to_pylist()
    assert struct.pack(f"{len(values)}d", *back) == struct.pack(f"{len(values)}d", *values)


def test_not_a_number_survives(engine: sa.Engine, table_name: str) -> None:
    with engine.begin() as connection:
        copy_in(connection, pa.table({"real": [math.nan, None]}), table_name, ["real"])
        back = copy_out(connection, f"SELECT real FROM {table_name}")["real"].to_pylist()
    assert str(back) == "[nan, None]"


def test_no_rows_keep_their_columns(engine: sa.Engine, table_name: str) -> None:
    with engine.begin() as connection:
        empty = copy_out(connection, f"SELECT {column_list(NAMES)} FROM {table_name}")
    assert empty.column_names == NAMES
    assert empty.schema.field("real").type == pa.float64()


def test_copy_belongs_to_the_callers_transaction(engine: sa.Engine, table_name: str) -> None:
    with engine.connect() as connection:
        copy_in(connection, pa.table({"real": [1.0]}), table_name, ["real"])
        connection.rollback()
        assert copy_out(connection, f"SELECT real FROM {table_name}").num_rows == 0


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite:///file.db"])
def test_an_address_that_is_not_postgresql_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match="VIGIA_RAW_DATABASE_URL"):
        connect(url)


def test_a_database_that_is_away_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1") as caught:
        connect("postgresql://someone:hidden-word@127.0.0.1:9/name")
    assert "hidden-word" not in str(caught.value)
