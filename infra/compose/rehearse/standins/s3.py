"""OpenStack Swift as one S3 server on port 9000, in MinIO's place: four processes, one volume.

Its users are MINIO_ROOT_USER and S3_ACCESS_KEY, both named `account:user` as Swift wants them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

FOLDER = Path("/data/swift")
PORTS = {"account": 6202, "container": 6201, "object": 6200, "proxy": 9000}

_STORAGE = """
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
devices = {folder}
mount_check = false
swift_dir = {folder}
user = {user}
log_level = WARNING
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """
[DEFAULT]
bind_ip = 0.0.0.0
bind_port = {port}
workers = 0
swift_dir = {folder}
user = {user}
log_level = WARNING
[pipeline:main]
pipeline = health s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:health]
paste.filter_factory = minio_health:factory
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
{users}
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
"""


def configure() -> None:
    """Write Swift's files; what it has stored stays."""
    (FOLDER / "disk").mkdir(parents=True, exist_ok=True)
    (FOLDER / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_suffix = rehearsal\n"
        "[storage-policy:0]\nname = only\ndefault = yes\n"
    )
    logins = {
        os.environ["MINIO_ROOT_USER"]: os.environ["MINIO_ROOT_PASSWORD"],
        os.environ["S3_ACCESS_KEY"]: os.environ["S3_SECRET_KEY"],
    }
    users = "\n".join(
        f"user_{name.replace(':', '_')} = {secret} .admin" for name, secret in logins.items()
    )
    for kind, port in PORTS.items():
        text = _PROXY if kind == "proxy" else _STORAGE
        values = {"kind": kind, "port": port, "folder": FOLDER, "user": "swift", "users": users}
        (FOLDER / f"{kind}.conf").write_text(text.format(**values))


def main() -> int:
    """Serve until a signal, or until one of the four has ended."""
    configure()
    part = str(Path(__file__).with_name("swift_part.py"))
    processes = [
        subprocess.Popen((sys.executable, part, str(FOLDER), kind, str(port)))
        for kind, port in PORTS.items()
    ]

    def end(number: int, _: FrameType | None) -> None:
        for process in processes:
            process.send_signal(number)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    while all(process.poll() is None for process in processes):
        time.sleep(0.2)
    end(signal.SIGTERM, None)
    return max(abs(process.wait()) for process in processes)


if __name__ == "__main__":
    sys.exit(main())
