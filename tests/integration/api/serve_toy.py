"""`python serve_toy.py`: the service as `python -m api` starts it, with the toy problem, too.

A worker that the supervisor starts imports this file anew, and so knows the problem, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from api.__main__ import main
from ml import problems

problems.__path__ = [
    str(Path(__file__).parents[2] / "unit" / "api" / "declared"),
    *problems.__path__,
]

if __name__ == "__main__":
    sys.exit(main())
