"""Debian's packages: installed as root or by sudo; without either, unpacked into the checkout; else the exact line to type."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from xml.sax.saxutils import escape

from backend.launch.checkout import Checkout, waiting_lock
from backend.launch.messages import Problem, command, step

POSTGRES_SERVER = re.compile(r"^postgresql-(\d+)$")


def provide(checkout: Checkout, *names: str, zh: str, en: str) -> None:
    """Make Debian's packages available, on the machine if we may, in the checkout if not."""
    if not shutil.which("apt-get"):
        raise Problem(
            f"需要 {zh}，而本机没有 apt-get。请用系统自带的工具安装（macOS: brew install postgresql postgis chromium；"
            "Fedora: dnf install postgis chromium），或用 DATABASE_URL 指向带 PostGIS 的数据库。",
            f"{en} is needed and this machine has no apt-get. Install it with the system's own tool (macOS: brew install "
            "postgresql postgis chromium; Fedora: dnf install postgis chromium), or name a server with PostGIS in DATABASE_URL.",
        )
    with waiting_lock(checkout.local / "packages.lock"):
        rights = _rights()
        if rights is not None:
            _install(rights, names, zh=zh, en=en)
            return
        try:
            _unpack(checkout.packages, names, zh=zh, en=en)
        except Problem as problem:
            line = f"sudo apt-get update && sudo apt-get install -y --no-install-recommends {' '.join(names)}"
            raise Problem(
                f"需要 {zh}，本用户不能安装，也不能下载到检出目录。请执行一次：\n    {line}",
                f"{en} is needed; this user can neither install it nor download it into the checkout. Run the line above once.",
                detail=str(problem),
            ) from problem


def _rights() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]
    return None


def _install(rights: list[str], names: tuple[str, ...], *, zh: str, en: str) -> None:
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8")
    wait = ["-o", "DPkg::Lock::Timeout=300"]
    install = [*rights, "apt-get", "install", "-y", "-q", "--no-install-recommends", *wait, *names]
    update = [*rights, "apt-get", "update", "-q", *wait]
    with suppress(Problem):  # one unreachable third-party source must not stop us: the install below has the last word
        command(update, env=env, zh="更新软件包列表", en="apt-get update")
    command(install, env=env, zh=f"安装{zh}", en=f"installing {en}")


def _unpack(place: Path, names: tuple[str, ...], *, zh: str, en: str) -> None:
    """Download the packages and whatever of their dependencies is missing here, and unpack them under `place/root`."""
    for folder in ("lists/partial", "cache/archives/partial", "debs", "root"):
        (place / folder).mkdir(parents=True, exist_ok=True)
    own = [f"Dir::State::Lists={place}/lists", f"Dir::Cache={place}/cache", "Debug::NoLocking=1", "APT::Sandbox::User="]
    apt = ["apt-get", "-q", *(part for option in own for part in ("-o", option))]
    env = dict(os.environ, LC_ALL="C.UTF-8")
    with suppress(Problem):  # as above
        command([*apt, "update"], env=env, zh="更新软件包列表", en="apt-get update")
    plan = command([*apt, "install", "-s", "--no-install-recommends", *names], env=env, zh="查询依赖", en="resolving packages")
    wanted = _with_server(re.findall(r"^Inst (\S+)", plan, re.MULTILINE), names)
    have = place / "unpacked"
    done = set(have.read_text().split()) if have.exists() else set()
    missing = [name for name in dict.fromkeys([*wanted, *names]) if name not in done]
    if missing:
        command([*apt, "download", *missing], env=env, cwd=place / "debs", zh=f"下载{zh}", en=f"downloading {en}")
    with step(f"解包{zh}", f"unpacking {en}"):
        for deb in sorted((place / "debs").glob("*.deb")):
            command(["dpkg", "-x", deb, place / "root"], zh=f"解包 {deb.name}", en=f"unpacking {deb.name}")
            deb.unlink()
    have.write_text("\n".join(sorted(done | set(missing))))
    _choose_alternatives(place / "root")
    for scratch in ("lists", "cache", "debs"):
        shutil.rmtree(place / scratch)


def _with_server(planned: list[str], names: tuple[str, ...]) -> list[str]:
    """PostgreSQL looks for extensions beside its own binary, so the server comes along even where Debian has it installed."""
    majors = [m[1] for name in (*planned, *names) if (m := re.match(r"postgresql-(\d+)-postgis", name))]
    if not majors or any(POSTGRES_SERVER.match(name) for name in planned):
        return planned
    return [*planned, f"postgresql-{max(majors, key=int)}"]


def _choose_alternatives(root: Path) -> None:
    """What `update-alternatives` does after an install: PostGIS names its control files with its major version."""
    for control in root.glob("usr/share/postgresql/*/extension/*-3.control"):
        plain = control.with_name(control.name.replace("-3.control", ".control"))
        if not plain.is_symlink():
            plain.symlink_to(control.name)


def library_path(checkout: Checkout) -> str:
    """Where programs out of the unpacked tree find their libraries; empty when there is no such tree."""
    roots = sorted((checkout.packages / "root").glob("usr/lib/*-linux-gnu*")) + sorted(
        (checkout.packages / "root").glob("lib/*-linux-gnu*")
    )
    return ":".join(str(folder) for root in roots for folder in (root, root / "blas", root / "lapack", root / "pulseaudio"))


def find_chromium(checkout: Checkout) -> str | None:
    """A Chromium to test with: CHROMIUM, the system's, or the unpacked one behind a script that sets its libraries."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    for name in names:
        if name and (found := shutil.which(name)):
            return found
    binary = checkout.packages / "root/usr/lib/chromium/chromium"
    if not binary.exists():
        return None
    fonts = checkout.packages / "fonts.conf"
    folders = (checkout.packages / "root/usr/share/fonts", Path("/usr/share/fonts"))
    known = "".join(f"<dir>{escape(str(folder))}</dir>" for folder in folders)
    cache = f"<cachedir>{escape(str(checkout.packages / 'fontcache'))}</cachedir>"
    fonts.write_text(f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>{known}{cache}</fontconfig>')
    script = checkout.packages / "chromium"
    settings = f"LD_LIBRARY_PATH={shlex.quote(library_path(checkout))} FONTCONFIG_FILE={shlex.quote(str(fonts))}"
    script.write_text(f'#!/bin/sh\nexport {settings}\nexec {shlex.quote(str(binary))} "$@"\n')
    script.chmod(0o755)
    return str(script)


def has_chinese_font(checkout: Checkout) -> bool:
    return _holds_chinese_font(Path("/usr/share/fonts")) or _holds_chinese_font(checkout.packages / "root/usr/share/fonts")


def _holds_chinese_font(folder: Path) -> bool:
    return any(True for name in ("wqy*", "*CJK*", "*cjk*", "*allback*") for _ in folder.rglob(name))
