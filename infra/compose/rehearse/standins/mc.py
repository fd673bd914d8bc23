#!/opt/venv/bin/python
"""The few commands of MinIO's client that infra/minio/init.sh gives, over boto3.

Users are the server's own here: `admin user` checks that the secret is right, policies are taken
and dropped.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

_ALIASES = Path(os.environ.get("MC_CONFIG_DIR", "/tmp/mc"))  # noqa: S108 - a container's own


def client(address: str, user: str, secret: str) -> Any:
    """Return a client for a user."""
    return boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id=user,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}),
    )


def main(arguments: list[str]) -> int:
    """Run one command."""
    words = [word for word in arguments if not word.startswith("--")]
    match words:
        case ["alias", "set", name, address, user, secret]:
            client(address, user, secret).list_buckets()
            _ALIASES.mkdir(parents=True, exist_ok=True)
            (_ALIASES / name).write_text(json.dumps([address, user, secret]))
        case ["mb", place]:
            alias, _, bucket = place.partition("/")
            store = _of(alias)
            if bucket not in {found["Name"] for found in store.list_buckets()["Buckets"]}:
                store.create_bucket(Bucket=bucket)
        case ["admin", "user", "add", alias, user, secret]:
            address = json.loads((_ALIASES / alias).read_text())[0]
            client(address, user, secret).list_buckets()
        case ["admin", "policy", "create" | "attach", *_] | ["admin", "user", "info", *_]:
            sys.stdout.write("stand-in: policies are taken and dropped\n")
        case _:
            sys.stderr.write(f"stand-in: unknown command {' '.join(words)}\n")
            return 2
    return 0


def _of(alias: str) -> Any:
    return client(*json.loads((_ALIASES / alias).read_text()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
