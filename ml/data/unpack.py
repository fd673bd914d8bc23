"""Unpack a source: plain, gzip or zip, told apart by the first bytes."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from ml.data.download import too_large
from ml.errors import SourceInvalid, SourceUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def unpack(packed: Path, member: str, target: Path, limit: int, source: str) -> str:
    """Write the CSV inside `packed` to `target` and return its SHA-256 in hexadecimal.

    Args:
        packed: the file as it came.
        member: the CSV's name inside a zip archive; where empty or absent, the archive
            must hold one CSV only.
        target: the file to write.
        limit: the most bytes to unpack.
        source: what to call it in messages.

    Raises:
        SourceInvalid: empty, damaged, too large, or not UTF-8.
        SourceUnavailable: the file may not be read.
    """
    try:
        with _opened(packed, member, source) as file, target.open("wb") as sink:
            return _copy(file, sink, limit, source)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        message = f"{source} is damaged or cut short ({error}): fetch or pack it again"
        raise SourceInvalid(message) from error
    except (RuntimeError, NotImplementedError) as error:
        message = f"{source} cannot be unpacked ({error}): pack it again as plain zip or gzip"
        raise SourceInvalid(message) from error
    except PermissionError as error:
        message = f"{source} may not be read: give this account the right to read it"
        raise SourceUnavailable(message) from error


@contextmanager
def _opened(packed: Path, member: str, source: str) -> Iterator[IO[bytes]]:
    with packed.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic.startswith(_GZIP):
            with gzip.open(file) as unzipped:
                yield cast("IO[bytes]", unzipped)
        elif magic in _ZIP:
            with (
                zipfile.ZipFile(file) as archive,
                archive.open(_member(archive.namelist(), member, source)) as entry,
            ):
                yield entry
        else:
            yield file


def _member(names: list[str], member: str, source: str) -> str:
    """Return the name of the CSV inside an archive, or raise `SourceInvalid`."""
    if member in names:
        return member
    tables = [name for name in names if name.lower().endswith(".csv")]
    if len(tables) != 1:
        expected = f"{member!r} or one single CSV" if member else "one single CSV"
        message = f"the archive {source} must hold {expected}, but holds {', '.join(names)}"
        raise SourceInvalid(message)
    return tables[0]


def _copy(file: IO[bytes], sink: IO[bytes], limit: int, source: str) -> str:
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    size = lines = 0
    while chunk := file.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise too_large(source, limit)
        _demand_utf8(decoder, chunk, lines, source)
        lines += chunk.count(b"\n")
        digest.update(chunk)
        sink.write(chunk)
    if not size:
        message = f"{source} is empty: check where it comes from"
        raise SourceInvalid(message)
    return digest.hexdigest()


def _demand_utf8(decoder: codecs.IncrementalDecoder, chunk: bytes, lines: int, source: str) -> None:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        line = lines + error.object[: error.start].count(b"\n") + 1
        message = (
            f"{source} is not UTF-8 text: line {line} holds other bytes; "
            f"convert it first, for example with `iconv -f latin1 -t utf-8`"
        )
        raise SourceInvalid(message) from None
