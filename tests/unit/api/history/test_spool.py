from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from api.errors import HistoryFull
from api.history.spool import Segment, Spool, whole_lines

LINE = b'{"table":"prediction"}\n'
Make = Callable[..., Spool]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make one more worker's spool in the same folder, and start it."""

    def make(max_bytes: int = 10_000, *, fsync: bool = False, segment_bytes: int = 1000) -> Spool:
        spool = Spool(tmp_path / "spool", max_bytes, fsync=fsync, segment_bytes=segment_bytes)
        spool.start()
        return spool

    return make


def drain(spool: Spool) -> list[bytes]:
    """Return the lines of all closed segments and drop them."""
    found: list[bytes] = []
    while segment := spool.oldest():
        found += whole_lines(segment).splitlines(keepends=True)
        spool.drop(segment)
    return found


def numbered(count: int) -> list[bytes]:
    return [b'{"number":%d}\n' % number for number in range(count)]


@pytest.mark.parametrize("fsync", [False, True])
def test_lines_come_back_in_their_order_from_segments_of_bounded_size(
    make: Make, tmp_path: Path, *, fsync: bool
) -> None:
    spool = make(fsync=fsync, segment_bytes=40)
    lines = numbered(50)
    for line in lines:
        spool.append(line, 1)
    spool.rotate()
    sizes = [path.stat().st_size for path in tmp_path.glob("spool/worker-*/*.ndjson")]
    assert sum(sizes) == spool.depth.size
    assert len(sizes) > 10
    assert max(sizes) < 40 + len(lines[-1])
    assert drain(spool) == lines
    assert (spool.appended, spool.gone) == (50, 50)
    assert spool.depth == (0, 0, 0.0)


def test_a_line_is_in_its_file_when_append_returns(make: Make, tmp_path: Path) -> None:
    spool = make()
    spool.append(LINE, 1)
    (path,) = (tmp_path / "spool").glob("worker-*/*.ndjson")
    assert path.read_bytes() == LINE
    assert path.stat().st_mode & 0o077 == 0


def test_nothing_to_close_makes_no_segment(make: Make) -> None:
    spool = make()
    spool.rotate()
    assert spool.oldest() is None


def test_a_torn_last_line_is_skipped_and_told_without_its_content(tmp_path: Path) -> None:
    path = tmp_path / "1.ndjson"
    path.write_bytes(LINE + LINE + b'{"table":"pre')
    with capture_logs() as logs:
        assert whole_lines(Segment(path, 2, 0, 0.0)) == LINE + LINE
    assert logs == [
        {
            "event": "history_torn_line_skipped",
            "segment": "1.ndjson",
            "bytes": 13,
            "log_level": "warning",
        }
    ]


def test_a_full_spool_refuses_and_keeps_what_it_has(make: Make) -> None:
    spool = make(max_bytes=5 * len(LINE))
    for _ in range(5):
        spool.append(LINE, 1)
    with pytest.raises(HistoryFull, match="holds 5 records already"):
        spool.append(LINE, 1)
    spool.rotate()
    assert drain(spool) == [LINE] * 5
    spool.append(LINE, 1)
    assert spool.depth.records == 1


# The disk of the child takes files of 4,096 bytes at most: its own limit, set by the kernel.
SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from api.errors import HistoryFull
from api.history.spool import Spool, whole_lines
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
spool = Spool(Path(sys.argv[1]), 10**6, fsync=False)
spool.start()
spool.append(b"a" * 3999 + b"\\n", 1)
try:
    spool.append(b"b" * 3999 + b"\\n", 1)
except HistoryFull as full:
    print(full)
spool.append(b"c" * 90 + b"\\n", 1)
spool.rotate()
segment = spool.oldest()
print(segment.records, segment.size, whole_lines(segment).count(b"b"))
"""


def test_a_disk_that_takes_no_more_leaves_no_half_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told, counted = done.stdout.splitlines()
    assert "cannot be written (File too large)" in told
    assert counted == "2 4091 0"


def test_a_living_workers_segments_are_left_alone(make: Make) -> None:
    living, other = make(), make()
    living.append(LINE, 1)
    other.adopt()
    assert other.oldest() is None
    assert (other.elsewhere(), living.elsewhere()) == (1, 0)


KILLED = """
import os, signal, sys
from pathlib import Path
from api.history.spool import Spool
spool = Spool(Path(sys.argv[1]), 10**6, fsync=False, segment_bytes=40)
spool.start()
for number in range(20):
    spool.append(b'{"number":%d}\\n' % number, 1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_segments_of_a_killed_worker_are_taken_over_once(make: Make, tmp_path: Path) -> None:
    root = tmp_path / "spool"
    first, second = make(), make()
    done = subprocess.run([sys.executable, "-c", KILLED, str(root)], check=False, timeout=60)
    assert done.returncode == -9
    first.append(LINE, 1)
    first.adopt()
    second.adopt()
    assert second.oldest() is None
    assert first.depth.records == 21
    assert drain(first) == [LINE, *numbered(20)]
    assert len(list(root.glob("worker-*"))) == 2


def test_what_a_stop_leaves_is_for_the_next_and_an_empty_folder_goes(
    make: Make, tmp_path: Path
) -> None:
    first = make()
    first.append(LINE, 1)
    first.stop()
    second = make()
    second.adopt()
    assert drain(second) == [LINE]
    second.stop()
    assert not list((tmp_path / "spool").glob("worker-*"))
