"""One service's processes: started in a session of their own, found again, ended to the last."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from infra.embedded.system_user import group_of
from ml.errors import ServiceFailed

# Every process of a service inherits this variable, so that even one that has left its
# parent and session is found again.
MARK = "VIGIA_PROCESS_OF"
# Process titles are written over the environment, which would hide the mark; this is
# setproctitle's own switch against it.
_KEEP_MARK_READABLE = {"SPT_NOENV": "1"}
_LOG_LINES = 15
_FORCED_SECONDS = 3.0
# Linux derives a process's start from the clock at boot, which is known to the second.
_CLOCK_SECONDS = 2.0


class Supervised:
    """The processes of one service.

    Args:
        name: the service's name.
        state_dir: the stack's folder; the log lies in its `logs`, the record in its `run`.
    """

    def __init__(self, name: str, state_dir: Path) -> None:
        self.name = name
        self.log = state_dir / "logs" / f"{name}.log"
        self._record = state_dir / "run" / f"{name}.json"
        self._mark = f"{state_dir}:{name}"
        self._launched: psutil.Popen | None = None

    def launch(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        user: str | None = None,
    ) -> psutil.Process:
        """Start the service and record it; its output goes to a fresh log.

        Args:
            command: program and arguments.
            environment: all that it gets to know of the environment.
            folder: its working directory.
            user: system user to run as; the caller's where `None`.
        """
        for parent in (self.log.parent, self._record.parent):
            parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            self.log.replace(self.log.with_suffix(".previous.log"))
        with self.log.open("wb") as log:
            process = self._launched = psutil.Popen(
                command,
                cwd=folder,
                env={**environment, **_KEEP_MARK_READABLE, MARK: self._mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=group_of(user),
                extra_groups=None if user is None else (),
            )
        self._record.write_text(json.dumps({"pid": process.pid, "created": process.create_time()}))
        return process

    def find(self) -> psutil.Process | None:
        """Return the process that was launched or recorded, if it still runs."""
        process = self._launched or self._recorded()
        return process if process is not None and alive(process) else None

    def exit_code(self) -> int | None:
        """Return how the process that this object launched has ended, if that is known."""
        return None if self._launched is None or alive(self._launched) else self._launched.wait()

    def members(self) -> set[psutil.Process]:
        """Return every live process of the service: recorded, descended, or bearing its mark."""
        parent = self.find()
        found = set() if parent is None else {parent, *_descendants(parent)}
        return found | _marked(lambda mark: mark == self._mark)

    def stop(self, polite: signal.Signals, seconds: float) -> None:
        """End every process of the service, or raise `ServiceFailed` naming what remains.

        Args:
            polite: the signal that makes the service end cleanly.
            seconds: how long it may take for that before it is forced.
        """
        members = self.members()
        parent = self.find()
        if parent is not None:
            _end({parent}, polite, seconds)
        _force(self.name, members | self.members())
        self.exit_code()  # takes notice, so that no zombie stays behind
        self._record.unlink(missing_ok=True)

    def tail(self) -> str:
        """Return where the log is and its last lines."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join([f"the log is {self.log}", *lines[-_LOG_LINES:]])

    def _recorded(self) -> psutil.Process | None:
        with suppress(FileNotFoundError, psutil.NoSuchProcess, ValueError, KeyError):
            record = json.loads(self._record.read_text())
            process = psutil.Process(record["pid"])
            if abs(process.create_time() - record["created"]) < _CLOCK_SECONDS:
                return process
        return None  # nothing recorded, gone, or its number was given to another process


def sweep(state_dir: Path) -> None:
    """End every process of any service of this state folder that still lives."""
    _force("a service", _marked(lambda mark: mark.startswith(f"{state_dir}:")))


def alive(process: psutil.Process) -> bool:
    """Tell whether a process runs; one that only waits for its parent's notice does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _marked(wanted: Callable[[str], bool]) -> set[psutil.Process]:
    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):  # another user's process, or gone: not one of ours
            mark = process.environ().get(MARK)
            if mark is not None and wanted(mark) and alive(process):
                found.add(process)
    return found


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children(recursive=True)
    return []


def _end(processes: Iterable[psutil.Process], sign: signal.Signals, seconds: float) -> None:
    waiting = list(processes)
    for process in waiting:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(sign)
    deadline = time.monotonic() + seconds
    while any(alive(process) for process in waiting) and time.monotonic() < deadline:
        time.sleep(0.05)


def _force(name: str, members: Iterable[psutil.Process]) -> None:
    """End these processes and what they have started meanwhile."""
    remaining = {process for process in members if alive(process)}
    for forced in (signal.SIGTERM, signal.SIGKILL):
        remaining |= {child for process in remaining for child in _descendants(process)}
        _end(remaining, forced, _FORCED_SECONDS)
        remaining = {process for process in remaining if alive(process)}
    if remaining:
        numbers = sorted(process.pid for process in remaining)
        message = f"{name} could not be stopped: the processes {numbers} remain"
        raise ServiceFailed(message)
