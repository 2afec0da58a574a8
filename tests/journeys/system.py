"""A whole system under test: its own database, real granian and procrastinate processes on loopback, killable one by one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg

ROOT = Path(__file__).resolve().parents[2]
GRANIAN = [sys.executable, "-m", "granian", "--host", "127.0.0.1", "--no-ws"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class System:
    """Start with `start()`; `kill("web")` is SIGKILL to the whole process group, as a power cut would be."""

    def __init__(self, server_url: str, folder: Path, *, name: str, web_workers: int = 1, **environment: str) -> None:
        parts = urlsplit(server_url)
        self.admin_url = urlunsplit(parts._replace(path="/postgres"))
        self.database = f"{name}_{os.getpid()}"
        self.folder, self.web_workers = folder, web_workers
        self.ports = {"web": free_port(), "live": free_port()}
        self.url = f"http://127.0.0.1:{self.ports['web']}"
        self.live_url = f"http://127.0.0.1:{self.ports['live']}"
        self.sign_ins = folder / "sign-ins.json"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "backend.settings",
            "DATABASE_URL": urlunsplit(parts._replace(path=f"/{self.database}")),
            "PATROL_SECRET_KEY": "for-tests-only-" + "x" * 50,
            "PATROL_DEMO": "1",
            "PATROL_LIVE_URL": self.live_url,
            "PATROL_MEDIA_ROOT": str(folder / "media"),
            "PATROL_STATIC_ROOT": str(folder / "static"),
            **environment,
        }

    def prepare(self) -> None:
        """Make the database and fill it with the county and the demo township."""
        with psycopg.connect(self.admin_url, autocommit=True) as server:
            server.execute(f'drop database if exists "{self.database}" with (force)')
            known = server.execute("select 1 from pg_database where datname = 'template_postgis'").fetchone()
            server.execute(f'create database "{self.database}"' + (" template template_postgis" if known else ""))
        for words in (
            ["migrate", "-v0"],
            ["load_units"],
            ["load_demo", "--sign-ins", str(self.sign_ins)],
            ["collectstatic", "--noinput", "-v0"],
        ):
            self.manage(*words)

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=300
        )
        if done.returncode:
            raise AssertionError(f"manage.py {' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
        return done.stdout

    def start(self, *names: str) -> None:
        commands = {
            "web": [
                *GRANIAN,
                "--interface",
                "wsgi",
                "--port",
                str(self.ports["web"]),
                "--workers",
                str(self.web_workers),
                "--blocking-threads",
                "32",
                "backend.wsgi:application",
            ],
            "live": [*GRANIAN, "--interface", "asginl", "--port", str(self.ports["live"]), "backend.asgi:application"],
            "worker": [sys.executable, "manage.py", "work", "--grace", "3"],
        }
        for name in names or commands:
            log = (self.folder / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                commands[name], cwd=ROOT, env=self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        for name in set(names or commands) & {"web", "live"}:
            self.await_port(name)

    def await_port(self, name: str, *, seconds: float = 40) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.processes[name].poll() is not None:
                break
            try:
                httpx.get(f"http://127.0.0.1:{self.ports[name]}/healthz", timeout=5, trust_env=False)
            except httpx.HTTPError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"{name} does not answer:\n{self.log(name)}")

    def log(self, name: str) -> str:
        return self.whole_log(name)[-4000:]

    def whole_log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def kill(self, name: str) -> None:
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def sql(self, query: str, *values: object) -> list[tuple]:
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as link:
            cursor = link.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def stop(self) -> None:
        for name in list(self.processes):
            self.kill(name)
        with psycopg.connect(self.admin_url, autocommit=True) as server:
            server.execute(f'drop database if exists "{self.database}" with (force)')
