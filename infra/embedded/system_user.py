"""The system user that PostgreSQL runs as where the stack is started by root."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from contextlib import suppress
from pathlib import Path

from ml.errors import ServiceFailed


def let_in(user: str, folder: Path, installed: Path) -> None:
    """Give `folder` to a system user, and let it run what is installed in `installed`.

    Args:
        user: the system user; made where there is none of that name.
        folder: what becomes its own.
        installed: programs, libraries and their data.
    """
    owner = _ensure(user)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(stat.S_IRWXU)
    for parent in (*folder.parents, *installed.parents):
        _allow(parent, stat.S_IXOTH)  # pass through, not list
    if not installed.stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
        for path in (installed, *installed.rglob("*")):
            _allow(path, stat.S_IROTH | stat.S_IXOTH)


def group_of(user: str | None) -> int | None:
    """Return the id of a user's own group; `None` for the caller's."""
    return None if user is None else pwd.getpwnam(user).pw_gid


def _allow(path: Path, permission: int) -> None:
    mode = path.stat().st_mode
    if mode & permission != permission:
        path.chmod(mode | permission)


def _ensure(name: str) -> pwd.struct_passwd:
    with suppress(KeyError):
        return pwd.getpwnam(name)
    try:
        subprocess.run(
            (
                "/usr/sbin/useradd",
                "--system",
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                name,
            ),
            capture_output=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        with suppress(KeyError):  # another start has made it meanwhile
            return pwd.getpwnam(name)
        message = (
            f"PostgreSQL does not run as root, and a system user {name!r} for it "
            f"could not be made ({error}): run as an ordinary user"
        )
        raise ServiceFailed(message) from None
    return pwd.getpwnam(name)
