from __future__ import annotations

import re
import subprocess

from infra.embedded.settings import REPOSITORY


def test_help_is_the_default_and_lists_every_target_with_one_line() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)

    shown = subprocess.run(
        ("make", "--no-print-directory"),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert [line.split()[1] for line in shown] == targets
    assert all(len(line.split()) > 3 for line in shown)
