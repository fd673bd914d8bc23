"""What an import may bring with it: a DAG file and a service start pay for every module."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"numpy", "pyarrow", "pandas", "xgboost", "mlflow", "airflow", "sklearn", "sqlalchemy"}


def loaded_by(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter holds after `code`."""
    listing = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", f"{code}\n{listing}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return set(done.stdout.split())


def test_finding_every_problem_brings_no_heavy_module() -> None:
    found = loaded_by("from ml import problems\nfor n in problems.names(): problems.find(n)")
    assert "msgspec" in found  # so the listing can see
    assert not found & HEAVY


def test_the_settings_and_the_errors_bring_no_heavy_module() -> None:
    assert not loaded_by("import ml.settings, ml.errors, ml.code_version") & HEAVY


def test_making_the_historys_tables_brings_no_library_of_models() -> None:
    """Every start of the platform waits for it."""
    assert not loaded_by("import api.history.__main__") & {"xgboost", "numba", "mlflow", "pandas"}


@pytest.mark.parametrize("module", ["ml.bundle", "ml.registry"])
def test_serving_needs_neither_training_nor_a_door(module: str) -> None:
    """XGBoost takes scikit-learn where it finds it; an image for serving need not hold it."""
    barred = ("sklearn", "airflow", "streamlit", "ml.training")
    bars = "".join(f"sys.modules[{name!r}] = None\n" for name in barred)
    found = loaded_by(f"import sys\n{bars}import {module}")
    assert module.partition(".")[0] in found
