"""Receiving an upload: from the connection to a file without a name."""

from __future__ import annotations

import codecs
import os
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

import anyio.to_thread
from starlette.requests import Request

from api.batch.errors import DiskFull
from api.batch.formats import Format, format_of
from api.batch.settings import BatchSettings
from api.errors import BodyTooLarge, InvalidRequest, MalformedBody

# Bytes that are written at once, each time in a thread.
_BLOCK = 1 << 20
_TEXTS: tuple[Format, ...] = ("csv", "ndjson")


class Upload(NamedTuple):
    """An upload as it lies on disk.

    Args:
        format: what its content type says.
        file: its bytes; the file is gone once it is closed.
        size: how many there are.
        lines: how many lines a text has.
    """

    format: Format
    file: IO[bytes]
    size: int
    lines: int


class _Spool:
    """Writes an upload and keeps count; its methods block."""

    def __init__(self, folder: Path, *, text: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 # lives on
        self.size = 0
        self.lines = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")() if text else None
        self._unended = False

    def add(self, block: bytes, *, last: bool) -> None:
        """Append bytes.

        Raises:
            MalformedBody: a text is not UTF-8.
            DiskFull: they could not be written.
        """
        if self._decoder is not None:
            self._check(self._decoder, block, last=last)
            self.lines += block.count(b"\n")
            self._unended = block[-1:] != b"\n" if block else self._unended
            self.lines += last and self._unended
        try:
            self.file.write(block)
            if last:
                self.file.seek(0)  # flushes, too
        except OSError as error:
            message = (
                f"the upload could not be written ({os.strerror(error.errno or 0)}); try later"
            )
            raise DiskFull(message) from None
        self.size += len(block)

    def _check(self, decoder: codecs.IncrementalDecoder, block: bytes, *, last: bool) -> None:
        waiting = len(decoder.getstate()[0])
        try:
            decoder.decode(block, last)
        except UnicodeDecodeError as error:
            position = self.size - waiting + error.start
            message = f"the upload is not UTF-8 at byte {position}: save it as UTF-8"
            raise MalformedBody(message, position) from None


async def receive(request: Request, settings: BatchSettings, json_max_bytes: int) -> Upload:
    """Spool the body of a request.

    Raises:
        UnsupportedMediaType: the content type is none of an upload.
        BodyTooLarge: it has more bytes than its limit.
        InvalidRequest: a text has more lines than rows are taken.
        MalformedBody: it is empty, or a text that is not UTF-8.
        DiskFull: it could not be written.
    """
    kind = format_of(request)
    limit = json_max_bytes if kind == "json" else settings.batch_max_bytes
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    spool = await anyio.to_thread.run_sync(_spool, settings.batch_dir, kind)
    try:
        async for block, last in _blocks(request, limit):
            await anyio.to_thread.run_sync(partial(spool.add, block, last=last))
            _check_lines(spool.lines, settings.batch_max_rows)
        _check_empty(spool.size)
    except BaseException:
        spool.file.close()
        raise
    return Upload(kind, spool.file, spool.size, spool.lines)


def _check_lines(lines: int, most: int) -> None:
    if lines > most + 1:  # the first one of a CSV is no row
        message = f"send at most {most} rows; split what is more"
        raise InvalidRequest("max_rows", message, field="")


def _check_empty(size: int) -> None:
    if not size:
        raise MalformedBody("the upload is empty: send rows", 0)


def _spool(folder: Path, kind: Format) -> _Spool:
    try:
        return _Spool(folder, text=kind in _TEXTS)
    except OSError as error:
        message = f"no upload can be written ({os.strerror(error.errno or 0)}); try later"
        raise DiskFull(message) from None


async def _blocks(request: Request, limit: int) -> AsyncIterator[tuple[bytes, bool]]:
    """Yield the body in blocks, the last one marked as such."""
    block, size = bytearray(), 0
    async for chunk in request.stream():
        block += chunk
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        if len(block) >= _BLOCK:
            yield bytes(block), False
            block.clear()
    yield bytes(block), True


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"an upload of this kind may have at most {limit} bytes: split it")
