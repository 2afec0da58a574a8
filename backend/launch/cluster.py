"""A private PostgreSQL with PostGIS: made on first use, on a Unix socket, in the checkout, for root and for ordinary users."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from backend.launch import homes, postgres
from backend.launch.checkout import Checkout, is_locked, try_lock, waiting_lock
from backend.launch.messages import Problem, step
from backend.launch.postgres import Postgres

NAME = "xunge"  # of the database and of its role
TEMPLATE = "template_postgis"
SOCKET_FILE = ".s.PGSQL.5432"
STOP_WAIT_S = 30.0

COMMON = """
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 120
work_mem = 16MB
maintenance_work_mem = 128MB
jit = off
random_page_cost = 1.1
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
min_wal_size = 80MB
dynamic_shared_memory_type = posix
wal_level = minimal
max_wal_senders = 0
"""
DURABLE = "shared_buffers = 256MB\nmax_wal_size = 1GB\n"
THROW_AWAY = """
shared_buffers = 128MB
max_wal_size = 4GB
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
checkpoint_timeout = 30min
"""


class Cluster:
    """One data folder and the server that works in it."""

    def __init__(self, checkout: Checkout, kind: str = "dev", *, throw_away: bool = False) -> None:
        self.checkout, self.kind, self.throw_away = checkout, kind, throw_away
        self.owner = homes.owner(checkout)
        self.data = homes.home(checkout, self.owner) / kind
        self.log = self._beside(".log")
        self._ready = self._beside(".ready")
        # Held by the server and by each of its backends for as long as one of them lives, whatever pid files say.
        self._alive = self._beside(".alive")

    def _beside(self, ending: str) -> Path:
        return self.data.with_name(self.data.name + ending)

    @property
    def server(self) -> Postgres:
        """The programs of this data folder's own version."""
        made_by = self.data / "PG_VERSION"
        said = made_by.read_text().strip() if made_by.exists() else ""
        if not said:  # nothing there, or another process is about to make it
            return postgres.find_or_install(self.checkout)
        major = int(said)
        if found := postgres.find(self.checkout, major=major):
            return found
        newest = postgres.find_or_install(self.checkout)
        if newest.major == major:
            return newest
        raise Problem(
            f"数据库 {self.data} 由 PostgreSQL {major} 建立，本机现有 {newest.major}。请装回 {major}，备份后再换；或移走该目录重新开始。",
            f"{self.data} was made by PostgreSQL {major}; this machine has {newest.major}. Install {major} again, back up, then change; "
            "or move that folder away and start anew.",
        )

    # ------------------------------------------------------------------------------------------------ what others need

    def url(self, database: str = NAME) -> str:
        return f"postgresql://{NAME}@/{database}?host={quote(str(self.socket()))}"

    def is_running(self) -> bool:
        return is_locked(self._alive) and self._pid() is not None

    def ensure(self) -> bool:
        """Make and start the server where it is missing; True if this call started it."""
        server = self.server
        with step("准备数据库", "preparing the database"), waiting_lock(self._beside(".lock")):
            if self.is_running():
                return False
            is_new = not self._ready.exists() or not (self.data / "global/pg_control").exists()
            if is_new:
                self._initialise(server)
            self._start(server)
            if is_new:
                self._make_databases()
                self._ready.touch()
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> bool:
        """End the server: SIGINT rolls open transactions back, SIGQUIT does not wait even for that."""
        with waiting_lock(self._beside(".lock")):
            pid = self._pid()
            if pid is None or not is_locked(self._alive):
                return False
            socket = self.socket()
            os.kill(pid, how)
            deadline = time.monotonic() + STOP_WAIT_S
            while is_locked(self._alive):
                if time.monotonic() > deadline:
                    raise Problem(f"数据库未能停止（进程 {pid}）。", f"The database did not stop (process {pid}).")
                time.sleep(0.02)
            shutil.rmtree(socket, ignore_errors=True)
        return True

    def destroy(self) -> None:
        self.stop(signal.SIGQUIT)
        for pid in self._processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.data, ignore_errors=True)
        for ending in (".ready", ".log", ".alive", ".lock"):
            self._beside(ending).unlink(missing_ok=True)

    def sql(self, statement: str, *, database: str = NAME) -> str:
        connect = ["-h", str(self.socket()), "-U", NAME, "-d", database]
        done = self.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", *connect, "-c", statement], capture_output=True, text=True)
        if done.returncode:
            raise Problem(f"数据库语句失败：{statement}", f"The database refused: {statement}", detail=done.stderr)
        return str(done.stdout).strip()

    def identity(self) -> str:
        """The number PostgreSQL gave to this data folder when it was made."""
        return self.sql("SELECT system_identifier FROM pg_control_system()")

    def run(self, argv: Sequence[str], **options: Any) -> subprocess.CompletedProcess[Any]:
        """Run one of PostgreSQL's programs as the user the cluster belongs to."""
        server = self.server
        options.setdefault("stdin", subprocess.DEVNULL)
        program = [server.program(argv[0]), *argv[1:]]
        return subprocess.run(program, cwd="/", env=server.environment(), **homes.become(self.owner), **options)

    # ------------------------------------------------------------------------------------------------ making and starting

    def _initialise(self, server: Postgres) -> None:
        self._end_orphans()
        shutil.rmtree(self.data, ignore_errors=True)
        sync = ["--no-sync"] if self.throw_away else []
        encoding = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"]
        made = subprocess.run(
            [server.program("initdb"), "-D", str(self.data), "-U", NAME, "--auth=peer", *encoding, *sync],
            cwd="/", env=server.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, **homes.become(self.owner),
        )  # fmt: skip
        if made.returncode:
            raise Problem("建立数据库失败。", "initdb failed.", detail=made.stdout + made.stderr)
        with (self.data / "pg_ident.conf").open("a") as ident:
            ident.writelines(f"xunge {name} {NAME}\n" for name in homes.trusted_names(self.owner))
        (self.data / "pg_hba.conf").write_text("local all all peer map=xunge\n")
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write(COMMON + (THROW_AWAY if self.throw_away else DURABLE))

    def _start(self, server: Postgres) -> None:
        self._end_orphans()
        socket = homes.make_socket_folder(self._beside(".sock"), self.owner)
        alive = self._take_alive()
        try:
            pg_ctl = [server.program("pg_ctl"), "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(self.log)]
            pg_ctl += ["-o", f"-k {shlex.quote(str(socket))}"]
            started = subprocess.run(
                pg_ctl, cwd="/", env=server.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, pass_fds=[alive], **homes.become(self.owner),
            )  # fmt: skip
        finally:
            os.close(alive)
        if started.returncode:
            tail = self.log.read_text(errors="replace").splitlines()[-10:] if self.log.exists() else []
            raise Problem("数据库未能启动。", "The database did not start; its log ends:", detail="\n".join(tail))

    def _take_alive(self) -> int:
        for _ in range(40):  # somebody who only looks holds it for a moment
            if (alive := try_lock(self._alive)) is not None:
                return alive
            time.sleep(0.025)
        raise Problem(f"{self.data} 已有数据库在运行（可能在另一个容器里）。", f"Another server works in {self.data}.")

    def _make_databases(self) -> None:
        self.sql(f"CREATE DATABASE {TEMPLATE}", database="postgres")
        self.sql("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist", database=TEMPLATE)
        self.sql(f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true", database="postgres")
        self.sql(f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}", database="postgres")

    # ------------------------------------------------------------------------------------------------ who is alive

    def socket(self) -> Path:
        """The running server's socket folder, as it wrote it down; the one it will have, otherwise."""
        with suppress(OSError, IndexError):
            if folder := (self.data / "postmaster.pid").read_text().splitlines()[4]:
                return Path(folder)
        return self._beside(".sock")

    def _pid(self) -> int | None:
        with suppress(OSError, ValueError, IndexError):
            pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
            if not Path("/proc/self").exists() or pid in self._processes():
                return pid
        return None

    def _processes(self) -> list[int]:
        """Every process at work in the data folder. A zombie, and a stranger who got an old number, have another folder or none."""
        found = []
        with suppress(OSError):
            real = str(self.data.resolve())
            for entry in Path("/proc").iterdir():
                with suppress(OSError):
                    if entry.name.isdigit() and str((entry / "cwd").readlink()) == real:
                        found.append(int(entry.name))
        return found

    def _end_orphans(self) -> None:
        """No server is here: end the backends that outlived it, which may still write, and only then drop its pid file.

        PostgreSQL itself would believe that file for as long as anything, a zombie too, answers to the number in it.
        """
        for how, patience_s in ((signal.SIGQUIT, 3.0), (signal.SIGKILL, 10.0)):
            deadline = time.monotonic() + patience_s
            while (left := self._processes()) and time.monotonic() < deadline:
                for pid in left:
                    with suppress(ProcessLookupError):
                        os.kill(pid, how)
                time.sleep(0.05)
        os.close(self._take_alive())
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET_FILE, f"{SOCKET_FILE}.lock"):
            (self._beside(".sock") / name).unlink(missing_ok=True)
