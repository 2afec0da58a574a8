"""Whose the private cluster is and where it may live: PostgreSQL refuses root, and needs a folder its user can reach and close."""

from __future__ import annotations

import os
import pwd
import secrets
import stat
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.launch.checkout import Checkout
from backend.launch.messages import Problem

SYSTEM_USER = "xunge-db"
SOCKET_PATH_BYTES = 107 - len("/.s.PGSQL.5432.lock")
CAN_CLOSE = 'umask 077; mkdir "$1" && { case $(ls -ld "$1") in drwx------*) r=0;; *) r=1;; esac; rmdir "$1"; exit $r; }'


def owner(checkout: Checkout) -> pwd.struct_passwd:
    """The caller; for root, whoever owns the cluster or the checkout already, else `postgres`, else a system user of our own."""
    me = os.geteuid()
    if me != 0:
        try:
            return pwd.getpwuid(me)
        except KeyError as error:
            raise Problem(
                f"用户编号 {me} 在 passwd 中没有条目，PostgreSQL 不能运行；请补上，或设置 DATABASE_URL。",
                f"User id {me} has no passwd entry, which PostgreSQL needs; add one, or set DATABASE_URL.",
            ) from error
    for path in (_inside(checkout), Path("/var/lib/xunge", checkout.tag), checkout.root):
        with suppress(OSError, KeyError):
            if uid := path.stat().st_uid:
                return pwd.getpwuid(uid)
    for name in ("postgres", SYSTEM_USER):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    no_login = ["--system", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/usr/sbin/nologin"]
    subprocess.run(["useradd", *no_login, SYSTEM_USER], check=True)
    return pwd.getpwnam(SYSTEM_USER)


def home(checkout: Checkout, who: pwd.struct_passwd) -> Path:
    """`.local/pg`, or outside the checkout where that user cannot get there (root's checkout under a closed home)."""
    inside = _inside(checkout)
    base = Path("/var/lib") if os.geteuid() == 0 else Path(who.pw_dir) / ".local/share"
    outside = base / "xunge" / checkout.tag
    for folder in (inside, outside):
        if _can_live(folder, who):
            return folder
    raise Problem(
        f"用户 {who.pw_name} 在 {inside} 和 {outside} 都不能建立数据库目录。请把检出目录放到本机磁盘上，或设置 DATABASE_URL。",
        f"User {who.pw_name} can make the database's folder neither in {inside} nor in {outside}. "
        "Put the checkout on a local disk, or set DATABASE_URL.",
    )


def _inside(checkout: Checkout) -> Path:
    return checkout.local / "pg"


def _can_live(folder: Path, who: pwd.struct_passwd) -> bool:
    """Really make a closed folder as that user: this also finds mounts that ignore permissions."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, who.pw_uid, who.pw_gid)
        probe = str(folder / f".probe-{secrets.token_hex(6)}")  # a fixed name would race with a second start
        return subprocess.run(["sh", "-c", CAN_CLOSE, "sh", probe], cwd="/", capture_output=True, **become(who)).returncode == 0
    except OSError:
        return False


def become(who: pwd.struct_passwd) -> dict[str, Any]:
    """Options for `subprocess` that make a child that user's; nothing to do unless we are root."""
    if os.geteuid() != 0:
        return {}
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": os.getgrouplist(who.pw_name, who.pw_gid)}


def trusted_names(who: pwd.struct_passwd) -> list[str]:
    """System users who may be the database's role: its owner, root, and the one behind sudo."""
    return sorted({who.pw_name, "root", os.environ.get("SUDO_USER") or "root"})


def make_socket_folder(wanted: Path, who: pwd.struct_passwd) -> Path:
    """The folder beside the data, or a new one under the system's temporary folder when that path is too long for a socket."""
    if len(os.fsencode(wanted)) > SOCKET_PATH_BYTES:
        folder = Path(tempfile.mkdtemp(prefix="xunge-", dir="/tmp"))
    else:
        folder = wanted
        folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, who.pw_uid, who.pw_gid)
    folder.chmod(0o755)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != who.pw_uid:
        raise Problem(f"{folder} 不属于数据库用户，请删除。", f"{folder} does not belong to the database's user; remove it.")
    return folder
