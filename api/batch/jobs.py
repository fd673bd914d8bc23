"""Jobs: batches that are answered in the background, their results kept on disk for a while.

A job is a folder: `status.json`, `result`, and `owner`, on which the worker that answers it
holds a lock. So every worker of a machine can tell how a job stands, and one whose owner is
gone says that it was interrupted.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from uuid import uuid4

import msgspec
import structlog

from api.batch.answers import BatchJob
from api.batch.errors import DiskFull, JobNotDone, TooManyJobs, UnknownJob
from api.batch.run import Run
from api.batch.settings import BatchSettings
from api.problem_documents import internal_error, of_error
from api.security.callers import Caller, Role
from ml.errors import VigiaError
from ml.logs import describe

log = structlog.get_logger()

_ID = re.compile(r"[0-9a-f]{32}")
# Made at import: two threads that make msgspec look at one class at once end the process.
_DECODER = msgspec.json.Decoder(BatchJob)
_STATUS, _RESULT, _OWNER = "status.json", "result", "owner"


class Jobs:
    """The jobs of all workers that share the folder. Its methods block.

    Args:
        settings: where jobs lie, how many there may be, and for how long.
    """

    def __init__(self, settings: BatchSettings) -> None:
        self._folder = settings.batch_dir / "jobs"
        self._most = settings.batch_jobs
        self._keep = timedelta(hours=settings.batch_keep_hours)
        self._stopped = threading.Event()
        # One at a time: a job must not take the cores from those who wait for an answer.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="batch-job")

    def submit(self, problem: str, caller: Caller, run: Run) -> BatchJob:
        """Take a run on for a caller and return its job.

        Raises:
            TooManyJobs: as many jobs as are kept are there already.
            DiskFull: nothing can be written.
        """
        self.remove_expired()
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if sum(1 for path in self._folder.iterdir() if _ID.fullmatch(path.name)) >= self._most:
                message = f"{self._most} jobs are kept already: delete one, or try later"
                raise TooManyJobs(message)
            job = BatchJob(
                job=uuid4().hex,
                problem=problem,
                state="waiting",
                format=run.format,
                model=run.model,
                request_id=run.request_id,
                caller=caller.name,
                rows_total=run.total,
                created=datetime.now(UTC),
            )
            folder = self._folder / job.job
            folder.mkdir(mode=0o700)
            owner = _locked(folder / _OWNER)
            _write(folder, job)
        except OSError as error:
            raise _disk_full(error) from None
        self._worker.submit(self._answer, folder, owner, job, run)
        return job

    def status(self, problem: str, caller: Caller, job_id: str) -> BatchJob:
        """Return how a job stands.

        Raises:
            UnknownJob: the caller has none of that id, or its time is over.
        """
        job = self._read(job_id)
        if job is None or job.problem != problem or self._is_over(job) or not _sees(caller, job):
            message = (
                f"no job of that id is kept for {problem}: it was deleted, or its time is over"
            )
            raise UnknownJob(message)
        return job

    def result(self, problem: str, caller: Caller, job_id: str) -> tuple[BatchJob, Path]:
        """Return a job that is done, and the file of its result.

        Raises:
            UnknownJob: the caller has none of that id.
            JobNotDone: it is under way, or it will have no result.
        """
        job = self.status(problem, caller, job_id)
        if job.state != "done":
            hint = "ask again later" if job.state in ("waiting", "running") else "send it again"
            raise JobNotDone(f"the job has no result, it is {job.state}: {hint}")
        return job, self._folder / job_id / _RESULT

    def delete(self, problem: str, caller: Caller, job_id: str) -> None:
        """Stop a job, and remove it and its result.

        Raises:
            UnknownJob: the caller has none of that id.
        """
        self.status(problem, caller, job_id)
        # Whoever answers it finds its folder gone at the next piece, and stops.
        self._remove(job_id)

    def remove_expired(self) -> None:
        """Remove the jobs whose time is over."""
        for folder in self._folder.glob("*"):
            job = self._read(folder.name)
            if job is not None and self._is_over(job):
                self._remove(folder.name)

    def stop(self) -> None:
        """Interrupt the job that runs; those that wait let go of their uploads."""
        self._stopped.set()
        self._worker.shutdown(wait=True)

    def _read(self, job_id: str) -> BatchJob | None:
        folder = self._folder / job_id
        if not _ID.fullmatch(job_id):
            return None
        try:
            job = _DECODER.decode((folder / _STATUS).read_bytes())
            if job.state in ("waiting", "running") and _is_free(folder / _OWNER):
                # It may have ended between the two looks.
                job = _DECODER.decode((folder / _STATUS).read_bytes())
                if job.state in ("waiting", "running"):
                    return self._ended(job, "interrupted", ended=job.created)
        except FileNotFoundError:
            return None
        return job

    def _remove(self, job_id: str) -> None:
        """Remove a job's folder, first its name, so that nobody writes into it any more."""
        gone = self._folder / f"gone-{job_id}"
        with suppress(FileNotFoundError):  # another worker was quicker
            (self._folder / job_id).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _is_over(self, job: BatchJob) -> bool:
        return job.expires is not None and datetime.now(UTC) >= job.expires

    def _answer(self, folder: Path, owner: IO[bytes], job: BatchJob, run: Run) -> None:
        """Answer a job to its end; runs in the thread of jobs."""
        with owner:
            try:
                self._write_result(folder, job, run)
            except FileNotFoundError:
                log.info("batch_job_deleted", job=job.job)
            except _Stopped:
                log.info("batch_job_interrupted", job=job.job, rows=run.done)
            except VigiaError as error:
                self._fail(folder, job, run, error)
            except OSError as error:
                self._fail(folder, job, run, _disk_full(error))
            except Exception as error:  # noqa: BLE001 # nobody else would ever hear of it
                log.error("batch_job_failed", job=job.job, error=describe(error))  # noqa: TRY400 # no values
                self._fail(folder, job, run, None)
            finally:
                run.close()

    def _write_result(self, folder: Path, job: BatchJob, run: Run) -> None:
        with (folder / _RESULT).open("wb") as result:
            for chunk in self._until_stopped(run.chunks()):
                result.write(chunk)
                state = msgspec.structs.replace(
                    job, state="running", rows_done=run.done, rows_refused=run.refused
                )
                _write(folder, state)
        if run.error is not None:
            raise run.error
        _write(folder, self._ended(state, "done", rows_total=run.done))

    def _until_stopped(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            if self._stopped.is_set():
                raise _Stopped
            yield chunk

    def _fail(self, folder: Path, job: BatchJob, run: Run, error: VigiaError | None) -> None:
        document = of_error(error, job.request_id) if error else internal_error(job.request_id)
        failed = self._ended(job, "failed", rows_done=run.done, error=document)
        with suppress(OSError):  # then the lock's end says that it did not go well
            (folder / _RESULT).unlink(missing_ok=True)
            _write(folder, failed)

    def _ended(self, job: BatchJob, state: str, **changes: object) -> BatchJob:
        ended = changes.pop("ended", datetime.now(UTC))
        assert isinstance(ended, datetime)  # noqa: S101 # narrows the type
        return msgspec.structs.replace(
            job, state=state, ended=ended, expires=ended + self._keep, **changes
        )


def _sees(caller: Caller, job: BatchJob) -> bool:
    """Tell whether a job is the caller's own, or the caller looks after all of them."""
    return caller.name == job.caller or Role.OPERATOR in caller.roles


class _Stopped(Exception):
    """The service ends while a job is under way."""


def _write(folder: Path, job: BatchJob) -> None:
    """Replace the status as a whole; a folder that is gone raises `FileNotFoundError`."""
    scratch = folder / "status.new"
    scratch.write_bytes(msgspec.json.encode(job))
    scratch.replace(folder / _STATUS)


def _locked(path: Path) -> IO[bytes]:
    file = path.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _is_free(path: Path) -> bool:
    """Tell whether nobody holds the lock: the worker that held it is gone."""
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _disk_full(error: OSError) -> DiskFull:
    reason = os.strerror(error.errno or 0)
    return DiskFull(f"the job could not be written to disk ({reason}); try later")
