"""`objects.py {count,save,load}`: the bucket of the artifacts, as a tar out or in.

Runs in the MLflow image, which knows the bucket and its login.
"""

import io
import os
import sys
import tarfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

_PLACE = urlsplit(os.environ["MLFLOW_ARTIFACTS_DESTINATION"])
_BUCKET, _PREFIX = _PLACE.netloc, _PLACE.path.lstrip("/")


def main(command: str) -> int:
    """Run one command."""
    client = boto3.client(
        "s3",
        endpoint_url=os.environ.get("MLFLOW_S3_ENDPOINT_URL"),
        config=Config(s3={"addressing_style": "path"}),
    )
    match command:
        case "count":
            sys.stdout.write(f"{sum(1 for _ in _objects(client))}\n")
        case "save":
            _save(client)
        case "load":
            _load(client)
        case _:
            sys.stderr.write(f"error: {command!r} is none of count, save, load\n")
            return 2
    return 0


def _save(client: Any) -> None:
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
        for found in _objects(client):
            content = client.get_object(Bucket=_BUCKET, Key=found["Key"])["Body"].read()
            entry = tarfile.TarInfo(found["Key"])
            entry.size = len(content)
            entry.mtime = int(found["LastModified"].timestamp())
            tar.addfile(entry, io.BytesIO(content))


def _load(client: Any) -> None:
    """Put back what is in the tar; what else is in the bucket stays."""
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            if file is not None:
                client.put_object(Bucket=_BUCKET, Key=entry.name, Body=file.read())


def _objects(client: Any) -> Iterator[dict[str, Any]]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=_BUCKET, Prefix=_PREFIX)
    for page in pages:
        yield from page.get("Contents", ())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
