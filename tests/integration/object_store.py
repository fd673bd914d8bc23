"""A real object store that speaks S3: OpenStack Swift, in four processes."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import boto3
import botocore.config
import httpx
import psutil

from tests.ports import free_port

ACCESS_KEY, SECRET_KEY = "test:tester", "testing"
BUCKET = "models"
_PART = Path(__file__).parent / "swift_part.py"
_PATIENCE_SECONDS = 180

_SWIFT = """
[swift-hash]
swift_hash_path_suffix = test
[storage-policy:0]
name = only
default = yes
"""
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
bind_ip = 127.0.0.1
bind_port = {port}
workers = 0
swift_dir = {folder}
user = {user}
log_level = WARNING
[pipeline:main]
pipeline = healthcheck s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:bulk]
use = egg:swift#bulk
[filter:slo]
use = egg:swift#slo
"""


class ObjectStore:
    """A store with one bucket, which a test can kill and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = {kind: free_port() for kind in ("account", "container", "object", "proxy")}
        self._processes: list[psutil.Popen] = []
        self.url = f"http://127.0.0.1:{self._ports['proxy']}"
        self.uri = f"s3://{BUCKET}"
        # What a client has to know of it.
        self.environment = {
            "MLFLOW_S3_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            # Checksums that Amazon's own store alone understands.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        }

    def make(self) -> None:
        """Configure it, start it, and make the bucket."""
        (self._folder / "disk").mkdir(parents=True)
        (self._folder / "swift.conf").write_text(_SWIFT)
        user = psutil.Process().username()
        for kind, port in self._ports.items():
            text = _PROXY if kind == "proxy" else _STORAGE
            values = {"kind": kind, "port": port, "folder": self._folder, "user": user}
            (self._folder / f"{kind}.conf").write_text(text.format(**values))
        self.start()
        client = boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name="us-east-1",
            config=botocore.config.Config(s3={"addressing_style": "path"}),
        )
        client.create_bucket(Bucket=BUCKET)

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            for kind, port in self._ports.items():
                command = (sys.executable, str(_PART), str(self._folder), kind, str(port))
                self._processes.append(
                    psutil.Popen(command, stdout=log, stderr=log, cwd=self._folder)
                )
        for port in self._ports.values():
            self._wait(f"http://127.0.0.1:{port}/healthcheck")

    def kill(self) -> None:
        """Kill all of its processes at once, as a machine does that loses its power."""
        for process in self._processes:
            process.send_signal(signal.SIGKILL)
        for process in self._processes:
            process.wait(30)
        self._processes.clear()

    def _wait(self, address: str) -> None:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                httpx.get(address, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise TimeoutError((self._folder / "log").read_text()[-2000:])
