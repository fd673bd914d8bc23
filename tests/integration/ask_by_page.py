"""`python ask_by_page.py`: ask for an estimate as a visitor of the pages does, and print them.

In a process of its own, as the pages are: traces are set up once for each.
"""

from __future__ import annotations

import json
from pathlib import Path

from opentelemetry import trace
from streamlit.testing.v1 import AppTest

from ml import problems

ROOT = Path(__file__).parents[2]

if __name__ == "__main__":
    problems.__path__ = [str(ROOT / "tests" / "unit" / "api" / "declared")]
    page = AppTest.from_file(ROOT / "ui" / "app.py", default_timeout=60).run()
    page.number_input(key="kept/toy/age").set_value(71)
    page.button(key="estimate").click().run()
    assert not page.exception
    print(json.dumps({"captions": [caption.value for caption in page.caption]}))  # noqa: T201 - the answer
    provider = trace.get_tracer_provider()
    if hasattr(provider, "shutdown"):
        provider.shutdown()
