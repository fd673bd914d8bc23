"""Entry of the pages: `streamlit run ui/app.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:  # `streamlit run` puts this file's folder on the path, not the root
    sys.path.insert(0, ROOT)

from ui.shell import run  # noqa: E402 - the path has to be set first

run()
