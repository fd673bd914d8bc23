"""Ports for servers that tests start, of which no two test runs of a machine get the same."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from functools import cache
from itertools import cycle

HOST = "127.0.0.1"
# Below the ports that the system gives to clients, which may take one before its server does.
_BLOCKS = range(23_000, 32_700, 100)


def free_port() -> int:
    """Return a port on which nobody listens, and which was given to nobody of late."""
    _, ports = _block()
    return next(port for port in ports if _can_be_bound(port))


@cache
def _block() -> tuple[socket.socket, Iterator[int]]:
    """Return the ports of this process, and the socket that claims them until it ends.

    The claim is the block's first port for datagrams, which nothing here uses: unlike a file
    it is the same for all users, and gone with the process, however that ends.
    """
    for first in _BLOCKS:
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((HOST, first))
        except OSError:
            claim.close()
        else:
            return claim, cycle(range(first + 1, first + _BLOCKS.step))
    message = f"each block of ports in {_BLOCKS} is claimed by a test run"
    raise RuntimeError(message)


def _can_be_bound(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port that only waits for old connections to fade is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
