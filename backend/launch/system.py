"""One running system in a checkout: made ready, started, announced, found again by the next command, and ended."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import signal
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.launch import environment
from backend.launch.address import Address, is_free
from backend.launch.checkout import Checkout, is_locked, try_lock, waiting_lock
from backend.launch.cluster import TEMPLATE, Cluster
from backend.launch.messages import Problem, command, say, step
from backend.launch.supervisor import Supervisor, read_procfile

HEALTH_WAIT_S = 60.0
WELL_WAIT_S = 15.0  # for the worker's first sign of life; a system that serves is announced without it
STOP_WAIT_S = 40.0
SETTLE_S = 12.0
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # private keys are the numbers below it
SOURCES = ("backend", "geo", "notifications", "fixtures", "web", "requirements.lock", "package-lock.json")


def running(checkout: Checkout) -> dict[str, Any] | None:
    """What `run` wrote down about itself, if that run lives. The lock is the truth: pid files outlive what they name."""
    if not is_locked(lock_file(checkout)):
        return None
    try:
        return dict(json.loads(state_file(checkout).read_text()))
    except (OSError, ValueError):
        return {}  # only just begun, or almost over


def lock_file(checkout: Checkout) -> Path:
    return checkout.local / "run.lock"


def state_file(checkout: Checkout) -> Path:
    return checkout.local / "run.json"


def settle(checkout: Checkout) -> None:
    """Give the processes of a run that was killed a moment to end, so that its port is free again."""
    try:
        left = json.loads(state_file(checkout).read_text())
        bind, port = str(left["bind"]), int(left["port"])
    except (OSError, ValueError, KeyError):
        return
    deadline = time.monotonic() + SETTLE_S
    with step("等待上次的进程结束", "waiting for the last run's processes to end"):
        while not (is_free(bind, port) and is_free(bind, port + 1)) and time.monotonic() < deadline:
            time.sleep(0.1)


def django_environment(checkout: Checkout, *, database_url: str, **more: str) -> dict[str, str]:
    """The environment of every Django process of this checkout."""
    env = dict(os.environ)
    env["PATH"] = f"{checkout.venv}/bin:{environment.node(checkout).parent}:{env.get('PATH', os.defpath)}"
    env["DATABASE_URL"] = database_url
    env["DJANGO_SETTINGS_MODULE"] = "backend.settings"
    env["PYTHONUNBUFFERED"] = "1"
    env.setdefault("PATROL_SECRET_KEY", secret_key(checkout))
    env.setdefault("PATROL_VAPID_KEY", vapid_key(checkout))
    env.setdefault("PATROL_MEDIA_ROOT", str(checkout.media))
    env.setdefault("PATROL_STATIC_ROOT", str(checkout.static))
    env |= more
    return env


def secret_key(checkout: Checkout) -> str:
    """Made at random once for this installation; receipts and sessions are signed with it, so a backup carries it."""
    return _kept(checkout, "secret_key", lambda: secrets.token_urlsafe(64))


def vapid_key(checkout: Checkout) -> str:
    """What push messages are signed with. Browsers subscribe with its public half, so it is kept as long as they are."""

    def number() -> str:
        drawn = secrets.randbelow(P256_ORDER - 1) + 1
        return base64.urlsafe_b64encode(drawn.to_bytes(32, "big")).decode().rstrip("=")

    return _kept(checkout, "vapid_key", number)


def _kept(checkout: Checkout, name: str, make: Callable[[], str]) -> str:
    """A secret of this installation, made when it is first asked for."""
    with waiting_lock(checkout.local / "secrets.lock"):
        known: dict[str, str] = {}
        with suppress(OSError, ValueError, TypeError):
            known = dict(json.loads(checkout.secrets.read_text()))
        if name not in known:
            known[name] = make()
            write_private(checkout.secrets, json.dumps(known) + "\n")
        return str(known[name])


def write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    part.replace(path)


def manage(checkout: Checkout, env: dict[str, str], *argv: str, zh: str, en: str) -> str:
    return command([checkout.python, "manage.py", *argv], env=env, cwd=checkout.root, zh=zh, en=en)


class System:
    """A run of this checkout, from the database to the processes, inside a `with`."""

    def __init__(self, checkout: Checkout, address: Address, *, with_demo: bool, with_shift: bool = False) -> None:
        self.checkout, self.address, self.with_demo, self.with_shift = checkout, address, with_demo, with_shift
        self.cluster = None if os.environ.get("DATABASE_URL") else Cluster(checkout)
        self.env: dict[str, str] = {}
        self._lock: int | None = None

    def __enter__(self) -> System:
        self._lock = try_lock(lock_file(self.checkout))
        if self._lock is None:
            raise Problem(
                "本目录的系统正在启动或停止，请稍候。", "The system of this checkout is starting or ending; wait a moment."
            )
        self._write_state()
        try:
            if self.cluster:
                self.cluster.ensure()
            self.env = self._environment()
            self._make_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _write_state(self, **more: str) -> None:
        state = {"pid": os.getpid(), "bind": self.address.bind, "port": self.address.port, **more}
        write_private(state_file(self.checkout), json.dumps(state) + "\n")

    def __exit__(self, *exc: object) -> None:
        state_file(self.checkout).unlink(missing_ok=True)
        if self.cluster:
            self.cluster.stop()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _environment(self) -> dict[str, str]:
        url = self.cluster.url() if self.cluster else os.environ["DATABASE_URL"]
        more = self.address.environment() | {"PATROL_DEMO": "1" if self.with_demo else "0"}
        if self.cluster:
            more["PATROL_TEST_TEMPLATE"] = TEMPLATE
        self.checkout.media.mkdir(parents=True, exist_ok=True)
        return django_environment(self.checkout, database_url=url, **more)

    def _make_ready(self) -> None:
        """Tables, browser files, units and demo data, in one Python process; nothing at all when nothing changed since."""
        static, done = self.checkout.local / "static.stamp", prepared_stamp(self.checkout)
        pages = fingerprint(self.checkout, "web", "package-lock.json")
        everything = (
            f"{fingerprint(self.checkout, *SOURCES)} {self.with_demo} {self.cluster.identity() if self.cluster else ''}"
        )
        is_collected = static.exists() and static.read_text() == pages
        if is_collected and self.cluster and done.exists() and done.read_text() == everything:
            return
        argv = ["prepare"] if is_collected else ["prepare", "--static"]
        if self.with_demo:
            argv += ["--demo", "--sign-ins", str(self.checkout.sign_ins)]
        if self.with_shift:
            argv.append("--history")
        manage(self.checkout, self.env, *argv, zh="准备数据表与数据", en="preparing tables and data")
        static.write_text(pages)
        if self.cluster:
            done.write_text(everything)

    def serve(self) -> None:
        """Run the processes and say where they answer, until told to end."""
        supervisor = Supervisor(self._commands() | self.shift(), env=self.env, cwd=self.checkout.root)
        self._supervise(supervisor, self._welcome)

    def serve_while(self, work: Callable[[], None]) -> None:
        """Run the processes until `work` is done; what they print goes to a file."""
        with (self.checkout.local / "run.log").open("w") as log:
            supervisor = Supervisor(self._commands(), env=self.env, cwd=self.checkout.root, out=log)
            self._supervise(supervisor, work, then_end=True)

    def _commands(self) -> dict[str, list[str]]:
        return read_procfile(self.checkout.root / "Procfile", self.env)

    def shift(self) -> dict[str, list[str]]:
        """The simulated phones of the demo township; it looks itself whether it is one."""
        if not self.with_shift or not self.checkout.sign_ins.exists():
            return {}
        words = ["-m", "backend.demo.shift", "--url", self.address.url, "--sign-ins", str(self.checkout.sign_ins)]
        return {"shift": [str(self.checkout.python), *words, "--keep", str(self.checkout.local / "shift.json")]}

    def _supervise(self, supervisor: Supervisor, once_healthy: Callable[[], None], *, then_end: bool = False) -> None:
        def tell() -> None:
            answer = "not asked yet"
            while answer and not supervisor.is_ending:
                answer = wait_for_health(self.address, is_ending=lambda: supervisor.is_ending)
                if answer and not supervisor.is_ending:
                    say(f"系统尚未就绪：{answer}", f"not healthy yet: {answer}")
                if then_end:
                    break
            try:
                if not answer:
                    self._write_state(url=self.address.url)
                    once_healthy()
            finally:
                supervisor.is_ending |= then_end

        teller = threading.Thread(target=tell, daemon=True)
        teller.start()
        supervisor.run()
        teller.join(timeout=5)

    def _welcome(self) -> None:
        print(welcome(self.checkout, self.address.url, with_demo=self.with_demo), flush=True)


def prepared_stamp(checkout: Checkout) -> Path:
    """For which sources the private database was made ready. A restore removes it."""
    return checkout.local / "prepared.stamp"


def fingerprint(checkout: Checkout, *names: str) -> str:
    """Changes when one of these files, or a file in one of these folders, does."""
    total = hashlib.sha256()
    for name in names:
        top = checkout.root / name
        for file in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if "__pycache__" not in file.parts and file.is_file():
                found = file.stat()
                total.update(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return total.hexdigest()


def wait_for_health(address: Address, *, is_ending: Callable[[], bool] = lambda: False) -> str:
    """An empty string once the web and the live process answer 200; the last other answer after a minute."""
    headers = {"Host": address.url.partition("://")[2], "X-Forwarded-Proto": address.url.partition("://")[0]}
    local = ssl.create_default_context()
    local.check_hostname, local.verify_mode = False, ssl.CERT_NONE  # our own process, asked by its number, not its name
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=local))
    answer, began = "no answer", time.monotonic()
    while time.monotonic() - began < HEALTH_WAIT_S and not is_ending():
        try:
            for url in address.health_urls:
                with opener.open(urllib.request.Request(url, headers=headers), timeout=5) as response:
                    answer = response.read(2000).decode(errors="replace")
            if is_well(answer) or time.monotonic() - began > WELL_WAIT_S:
                return ""
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read(500).decode(errors='replace')}"
        except OSError as error:
            answer = str(error)
        time.sleep(0.1)
    return answer


def is_well(answer: str) -> bool:
    """Does `/healthz` say that nothing needs a person?"""
    try:
        return bool(json.loads(answer)["ok"])
    except (ValueError, KeyError, TypeError):
        return False


def welcome(checkout: Checkout, url: str, *, with_demo: bool) -> str:
    """The lines printed when the system answers: where it is, and who may sign in."""
    lines = ["", f"  巡格 已启动 · Xunge is running:  {url}", ""]
    with suppress(OSError, ValueError):
        people = json.loads(checkout.sign_ins.read_text()) if with_demo else []
        for person in people:
            lines.append(f"    {person['role']:<18} {person['username']:<14} {person['password']:<18} {person['name']}")
        if people:
            where = checkout.sign_ins.relative_to(checkout.root)
            lines += ["", f"  以上为本机随机生成的登录，保存在 {where} · random sign-ins of this installation, kept there", ""]
    lines += ["  Ctrl-C 结束全部进程 · ends all of it", ""]
    return "\n".join(lines)


def stop(checkout: Checkout) -> bool:
    """End the run of this checkout, if there is one, and its database, which a killed run leaves behind."""
    found = running(checkout)
    if found and (pid := found.get("pid")):
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGTERM)
    deadline = time.monotonic() + STOP_WAIT_S
    while is_locked(lock_file(checkout)):
        if time.monotonic() > deadline:
            raise Problem("系统未能及时停止。", "The system did not end in time.")
        time.sleep(0.1)
    had_cluster = (checkout.local / "pg").exists() and Cluster(checkout).stop()
    return found is not None or had_cluster
