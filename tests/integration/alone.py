"""A thread with a network of its own: it and the processes that it starts see loopback alone."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

# <linux/sched.h>, <linux/sockios.h>, <linux/if.h>
_CLONE_NEWNET, _SIOCSIFFLAGS, _IFF_UP = 0x40000000, 0x8914, 0x1


@pytest.fixture
def alone() -> Iterator[ThreadPoolExecutor]:
    """One thread without a network but loopback; a namespace is a thread's own matter."""
    with ThreadPoolExecutor(1) as pool:
        try:
            pool.submit(_leave_the_network).result()
        except PermissionError:
            pytest.skip("making a network namespace needs root")
        yield pool


def _leave_the_network() -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    with socket.socket() as any_socket:
        up = struct.pack("16sh14x", b"lo", _IFF_UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, up)
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
