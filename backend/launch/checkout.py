"""Where things are in one checkout, and the locks that say who is at work in it."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Checkout:
    """A working copy. Everything the launcher makes is in `.local`, `.venv` and `node_modules` of it."""

    root: Path

    @classmethod
    def here(cls) -> Checkout:
        return cls(Path(__file__).resolve().parents[2])

    @property
    def local(self) -> Path:
        return self.root / ".local"

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Debian's packages, unpacked for a user without root."""
        return self.local / "packages"

    @property
    def sign_ins(self) -> Path:
        return self.local / "sign-ins.json"

    @property
    def secrets(self) -> Path:
        return self.local / "secrets.json"

    @property
    def media(self) -> Path:
        return self.local / "media"

    @property
    def static(self) -> Path:
        return self.local / "static"

    @property
    def tag(self) -> str:
        """Ten letters that tell this checkout from its neighbours."""
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:10]


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """One at a time; the next one waits. The kernel lets go of the lock when its holder dies, however it dies."""
    fd = _open(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def try_lock(path: Path) -> int | None:
    """A descriptor that holds the lock until it is closed, or None when somebody else holds it."""
    fd = _open(path)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


def is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    fd = try_lock(path)
    if fd is None:
        return True
    os.close(fd)
    return False


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0:  # under sudo the checkout's owner must be able to take this lock tomorrow
        folder = path.parent.stat()
        os.fchown(fd, folder.st_uid, folder.st_gid)
    return fd
