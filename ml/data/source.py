"""Fetch a problem's source into the cache: download, unpack, digest, parse once."""

from __future__ import annotations

import hashlib
import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from ml.data.csv_writer import write_csv
from ml.data.delivery import Delivery
from ml.data.download import download, shown, way_out
from ml.data.parse import parse
from ml.data.unpack import unpack
from ml.errors import SourceInvalid, SourceUnavailable
from ml.settings import SYNTHETIC

if TYPE_CHECKING:
    import pyarrow as pa

    from ml.problems.problem import Problem, Source
    from ml.settings import Settings

log = logging.getLogger(__name__)


def fetch(problem: Problem, location: str, settings: Settings) -> Delivery:
    """Bring a source into the cache and return what the loading steps need of it.

    Args:
        problem: whose source it is.
        location: a path (plain, gzip or zip), an http, https or file URL, `synthetic`
            for the problem's generator, or empty for the source that it declares. A
            declared source that the cache already holds is not fetched again.
        settings: cache folder, limits, batch size; rows and seed of the generator.

    Raises:
        SourceUnavailable: nothing could be read from there.
        SourceInvalid: what was read is not the declared file, or no such CSV.
    """
    settings.cache_dir.mkdir(parents=True, exist_ok=True)
    generated = location == SYNTHETIC or (not location and _is_generator(problem.source))
    with tempfile.TemporaryDirectory(dir=settings.cache_dir, prefix="partial-") as folder:
        place = SYNTHETIC if generated else location
        digest, source = _bring(problem, place, settings, Path(folder))
    try:
        parquet, rows = parse(problem, csv_of(settings, digest), settings.batch_rows)
    except SourceInvalid as error:
        message = f"{source} cannot be used: {error}"
        raise SourceInvalid(message) from None
    return Delivery(
        problem=problem.name,
        digest=digest,
        source=source,
        kind="synthetic" if generated or problem.source.synthetic else "real",
        parquet=str(parquet),
        rows=rows,
        batch_rows=settings.batch_rows,
    )


def _is_generator(declared: Source) -> bool:
    return not declared.url and declared.shipped is None


def csv_of(settings: Settings, digest: str) -> Path:
    """Return where the cache keeps the unpacked CSV of that digest."""
    return settings.cache_dir / digest / "source.csv"


def _bring(problem: Problem, location: str, settings: Settings, folder: Path) -> tuple[str, str]:
    """Put the CSV into the cache; return its digest and where it came from."""
    declared = problem.source.sha256
    if not location and declared and _holds(settings, declared):
        return declared, _declared(problem.source)
    packed, source = _packed(problem, location, settings, folder)
    unpacked = folder / "source.csv"
    digest = unpack(packed, problem.source.member, unpacked, settings.source_max_bytes, source)
    if not location and declared:
        _compare(problem, digest)
    kept = csv_of(settings, digest)
    kept.parent.mkdir(exist_ok=True)
    unpacked.replace(kept)
    return digest, source


def _declared(source: Source) -> str:
    """Return what to call the declared source."""
    return source.shipped.name if source.shipped else shown(source.url)


def _packed(problem: Problem, location: str, settings: Settings, folder: Path) -> tuple[Path, str]:
    """Return a local file with the source's bytes, and the source without credentials."""
    declared = problem.source
    if location == SYNTHETIC:
        rows = problem.generate(settings.synthetic_rows, settings.seed)
        return _written(rows, folder), SYNTHETIC
    if not location and declared.shipped:
        return _written(declared.shipped.rows(), folder), declared.shipped.name
    return _file(problem, location or declared.url, settings, folder)


def _written(rows: pa.Table, folder: Path) -> Path:
    made = folder / "made.csv"
    write_csv(rows, made, header=True)
    return made


def _file(problem: Problem, location: str, settings: Settings, folder: Path) -> tuple[Path, str]:
    """Return the file at a path or an address, and the source without credentials."""
    scheme = location.partition("://")[0].lower() if "://" in location else ""
    if scheme in {"http", "https"}:
        target = folder / "download"
        download(location, target, settings, way_out(problem.name))
        return target, shown(location)
    if scheme not in {"", "file"}:
        message = f"{shown(location)} is no http, https or file address: {way_out(problem.name)}"
        raise SourceInvalid(message)
    path = Path(url2pathname(urlsplit(location).path) if scheme else location).expanduser()
    # The folder is this machine's own matter; the digest says which file it was.
    return _existing(path, problem), path.name


def _existing(path: Path, problem: Problem) -> Path:
    if path.is_dir():
        message = f"the source {path} is a folder: {way_out(problem.name)}"
        raise SourceInvalid(message)
    if not path.is_file():
        message = f"there is no file {path.absolute()}: {way_out(problem.name)}"
        raise SourceUnavailable(message)
    return path


def _holds(settings: Settings, digest: str) -> bool:
    """Whether the cache holds the CSV of that digest, whole."""
    kept = csv_of(settings, digest)
    if not kept.is_file():
        return False
    with kept.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest() == digest
    if not whole:
        log.warning("the cached %s does not match its digest and is fetched again", kept)
    return whole


def _compare(problem: Problem, digest: str) -> None:
    if digest != problem.source.sha256:
        message = (
            f"{_declared(problem.source)} is not the declared file: its SHA-256 is {digest}, "
            f"declared is {problem.source.sha256}. If the publisher has changed it, check the "
            f"new file and declare its digest; to use a file as it is, {way_out(problem.name)}"
        )
        raise SourceInvalid(message)
