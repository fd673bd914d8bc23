"""The spool: what was answered and is not in the database yet, in files on this machine.

Every worker process appends to segment files in a folder of its own, whose lock it holds
while it lives. A segment is closed when it is large, or when the writer asks for it; a
closed one is deleted once the database has it. The folder of a dead worker is taken over.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import structlog

from api.errors import HistoryFull
from api.history import locks

log = structlog.get_logger()

SEGMENT_BYTES = 4 * 2**20
_ENDING = ".ndjson"


class Segment(NamedTuple):
    """A closed file of the spool: nobody writes to it any more."""

    path: Path
    records: int
    size: int
    since: float


class Depth(NamedTuple):
    """What waits: records, bytes, and since when (seconds since 1970; 0 for nothing)."""

    records: int
    size: int
    since: float


class Spool:
    """The spool of one worker; its methods may be called from any thread.

    Args:
        root: the folder that the workers of one machine share.
        max_bytes: how much may wait here; then predictions are refused, not lost.
        fsync: whether an appended line must survive a power cut, not only a kill.
        segment_bytes: size at which a segment is closed.
    """

    def __init__(
        self, root: Path, max_bytes: int, *, fsync: bool, segment_bytes: int = SEGMENT_BYTES
    ) -> None:
        self._root = root
        self._folder = root / f"worker-{time.time_ns():016x}-{uuid4().hex[:8]}"
        self._max_bytes = max_bytes
        self._fsync = fsync
        self._segment_bytes = segment_bytes
        self._guard = threading.Lock()
        self._closed: deque[Segment] = deque()
        self._closed_records = self._closed_bytes = 0
        self._open: int | None = None
        self._path = self._folder
        self._records = self._size = self._number = 0
        self._since = 0.0
        self._own_lock: int | None = None
        self.appended = 0
        self.gone = 0

    def start(self) -> None:
        """Make this worker's folder, hold its lock, and take over what dead workers left."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locks.held(self._root / "lock"):
            self._folder.mkdir(mode=0o700)
            self._own_lock = locks.taken(self._folder / "lock")
        self.adopt()

    def append(self, lines: bytes, records: int) -> None:
        """Append whole lines; when this returns, a kill of the process loses none of them.

        Raises:
            HistoryFull: the spool has reached its bound, or the disk takes no more;
                nothing was appended.
        """
        with self._guard:
            if self._closed_bytes + self._size + len(lines) > self._max_bytes:
                message = (
                    f"the history's database is away and the spool holds {self.depth.records} "
                    f"records already: restore the database, or raise VIGIA_HISTORY_SPOOL_MAX_BYTES"
                )
                raise HistoryFull(message)
            try:
                self._append(lines)
            except OSError as error:
                message = f"the history's spool cannot be written ({error.strerror}): free the disk"
                raise HistoryFull(message) from None
            self._size += len(lines)
            self._records += records
            self.appended += records
            if self._size >= self._segment_bytes:
                self._close_segment()

    def rotate(self) -> None:
        """Close the open segment, if there is anything in it."""
        with self._guard:
            self._close_segment()

    def oldest(self) -> Segment | None:
        """Return the closed segment that comes next."""
        return self._closed[0] if self._closed else None

    def drop(self, segment: Segment) -> None:
        """Delete the oldest segment, whose lines are in the database now."""
        segment.path.unlink()
        self._forget(segment)

    def put_aside(self, segment: Segment) -> Path:
        """Move the oldest segment, which cannot be read, to where nobody reads; return it."""
        there = self._refused() / segment.path.name
        segment.path.rename(there)
        self._forget(segment)
        return there

    def adopt(self) -> None:
        """Take over the segments of workers that live no more."""
        with locks.held(self._root / "lock"):
            for folder in sorted(self._root.glob("worker-*")):
                if folder != self._folder and folder.is_dir():
                    self._adopt(folder)

    def stop(self) -> None:
        """Close the open segment and let go of the folder; what is left is for the next."""
        self.rotate()
        with locks.held(self._root / "lock"):
            if not self._closed:
                (self._folder / "lock").unlink()
                self._folder.rmdir()
            if self._own_lock is not None:
                os.close(self._own_lock)

    @property
    def depth(self) -> Depth:
        """What waits in this worker's spool."""
        try:
            since = self._closed[0].since
        except IndexError:
            since = self._since if self._records else 0.0
        return Depth(self._closed_records + self._records, self._closed_bytes + self._size, since)

    @property
    def crowded(self) -> bool:
        """Whether the spool has reached an eighth of its bound."""
        return self.depth.size * 8 > self._max_bytes

    def elsewhere(self) -> int:
        """Return how many records wait in the spools of other workers."""
        found = 0
        for path in self._root.glob(f"worker-*/*{_ENDING}"):
            if path.parent != self._folder:
                found += _lines(path)
        return found

    def set_aside(self, segment: Segment, lines: list[bytes]) -> Path:
        """Keep lines that the database refuses in a file of their own; return it."""
        path = self._refused() / segment.path.name
        with path.open("wb") as file:
            file.writelines(line + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        return path

    def _refused(self) -> Path:
        folder = self._root / "refused"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _forget(self, segment: Segment) -> None:
        with self._guard:
            self._closed.popleft()
            self._closed_records -= segment.records
            self._closed_bytes -= segment.size
            self.gone += segment.records

    def _append(self, lines: bytes) -> None:
        descriptor = self._descriptor()
        rest = memoryview(lines)
        try:
            while rest:  # a write is short only where the disk is full
                rest = rest[os.write(descriptor, rest) :]
            if self._fsync:
                os.fdatasync(descriptor)
        except OSError:
            os.ftruncate(descriptor, self._size)
            raise

    def _descriptor(self) -> int:
        if self._open is None:
            self._path = self._folder / f"{self._folder.name[7:]}-{self._number:08x}{_ENDING}"
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._open = os.open(self._path, flags, 0o600)
            self._number += 1
            self._since = time.time()
            if self._fsync:
                _sync_folder(self._folder)
        return self._open

    def _close_segment(self) -> None:
        if self._open is None or not self._size:
            return
        os.close(self._open)
        self._open = None
        self._add(Segment(self._path, self._records, self._size, self._since))
        self._records = self._size = 0

    def _add(self, segment: Segment) -> None:
        self._closed.append(segment)
        self._closed_records += segment.records
        self._closed_bytes += segment.size

    def _adopt(self, folder: Path) -> None:
        lock = locks.taken(folder / "lock")
        if lock is None:
            return  # its worker lives
        found = sorted(folder.glob(f"*{_ENDING}"))
        for path in found:
            status = path.stat()
            here = path.rename(self._folder / path.name)
            records = _lines(here)
            with self._guard:
                self._close_segment()  # segments are written in the order of their counting
                self._add(Segment(here, records, status.st_size, status.st_mtime))
                self.appended += records
        (folder / "lock").unlink()
        with suppress(OSError):  # what is no segment stays there
            folder.rmdir()
        os.close(lock)
        if found:
            log.info("history_spool_adopted", worker=folder.name, segments=len(found))


def whole_lines(segment: Segment) -> bytes:
    """Return the complete lines of a segment.

    A last line without an end was torn by a kill in mid-write: its request was never
    answered, so it is left out.
    """
    content = segment.path.read_bytes()
    end = content.rfind(b"\n") + 1
    if end < len(content):
        torn = len(content) - end
        log.warning("history_torn_line_skipped", segment=segment.path.name, bytes=torn)
    return content[:end]


def _lines(path: Path) -> int:
    """Return how many lines a file has; one that cannot be read counts for nothing."""
    try:
        with path.open("rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(2**20), b""))
    except OSError:  # deleted by its worker in the meantime, or the writer puts it aside
        return 0


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
