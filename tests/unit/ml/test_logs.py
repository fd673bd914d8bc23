from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from ml import logs


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_ours_and_libraries_lines_have_one_form(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    logs.configure("pages")
    structlog.get_logger().info("asked", request_id="r" * 32)
    ours = json.loads(capsysbinary.readouterr().out)
    record = logging.LogRecord("lib", logging.WARNING, "f.py", 1, 'said "%s"', ("no",), None)
    theirs = json.loads(logs.JsonFormatter("pages").format(record))
    for line in (ours, theirs):
        assert {"event", "level", "service", "timestamp"} <= line.keys()
        assert line["service"] == "pages"
    assert (ours["event"], ours["request_id"]) == ("asked", "r" * 32)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ('said "no"', "warning", "lib")


def test_an_error_is_told_by_type_and_place_and_never_by_its_text() -> None:
    def fails() -> None:
        raise ValueError("patient s3cret")

    with pytest.raises(ValueError, match="s3cret") as caught:
        fails()
    told = logs.describe(caught.value)
    assert told.startswith("ValueError at test_logs.py:")
    assert told.endswith(" fails")
    assert "s3cret" not in told
