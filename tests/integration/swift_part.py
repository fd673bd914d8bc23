"""`python swift_part.py FOLDER {proxy,object,container,account}`: one server of OpenStack Swift.

Swift looks for its configuration in /etc; this lets it look into a folder of a test's own. It
runs in a process of its own because eventlet changes the standard library of its process.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path

from swift.common import utils
from swift.common.ring import RingBuilder


def make_ring(folder: Path, kind: str, port: int) -> None:
    """Write the ring of one kind of server: one device, on this machine."""
    builder = RingBuilder(part_power=2, replicas=1, min_part_hours=0)
    device = {"zone": 1, "region": 1, "weight": 1, "device": "disk", "ip": "127.0.0.1"}
    builder.add_dev(device | {"port": port})
    builder.rebalance()
    unfinished = folder / f"{kind}.ring"
    builder.get_ring().save(str(unfinished))
    unfinished.rename(folder / f"{kind}.ring.gz")


def main(folder: Path, kind: str, port: int) -> int:
    """Serve until a signal."""
    utils.SWIFT_CONF_FILE = str(folder / "swift.conf")
    if kind == "proxy":
        while len(list(folder.glob("*.ring.gz"))) < 3:
            time.sleep(0.05)
    else:
        make_ring(folder, kind, port)
    server = importlib.import_module(f"swift.{'obj' if kind == 'object' else kind}.server")
    sys.argv = [kind, str(folder / f"{kind}.conf")]
    return int(server.main() or 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
