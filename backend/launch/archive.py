"""Backup and restore: one tar with the database's dump, the media and the keys."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from backend.launch import postgres, system
from backend.launch.checkout import Checkout, try_lock
from backend.launch.cluster import NAME, TEMPLATE, Cluster
from backend.launch.messages import Problem, say, step
from backend.launch.postgres import Postgres

FORMAT = 1
DUMP, MEDIA, MANIFEST = "database.dump", "media", "manifest.json"
ERASED = "erased"  # in the media folder: who took consent back, and when (backend/phone/erasures.py)
KEYS = ("secrets.json", "sign-ins.json")
THERE_ALREADY = (" EXTENSION ", " SCHEMA - public", " TABLE DATA public spatial_ref_sys")
NEW, OLD = f"{NAME}_new", f"{NAME}_old"
OURS = "django_migrations"  # a database that has this table holds somebody's data


def backup(checkout: Checkout, file: Path) -> None:
    """Write the backup, also while the system runs. The dump comes first: every photo it names is then still there to copy."""
    if not file.parent.is_dir():
        raise Problem(f"目录 {file.parent} 不存在。", f"There is no folder {file.parent}.")
    part = file.with_name(file.name + ".part")
    part.unlink(missing_ok=True)
    with _server(checkout) as server, tempfile.TemporaryDirectory(prefix="xunge-backup-", dir=file.parent) as folder:
        dump = Path(folder, DUMP)
        with step("导出数据库", "dumping the database"), dump.open("wb") as out:
            server.pipe("pg_dump", "-Fc", "--no-owner", "--no-privileges", stdout=out)
        with step("打包", "packing"), os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w") as tar:
                _add_text(
                    tar, MANIFEST, json.dumps({"format": FORMAT, "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
                )
                tar.add(dump, DUMP)
                for key in KEYS:
                    if (checkout.local / key).exists():
                        tar.add(checkout.local / key, key)
                for photo in _files(_media(checkout)):
                    tar.add(photo, f"{MEDIA}/{photo.relative_to(_media(checkout)).as_posix()}")
            out.flush()
            os.fsync(out.fileno())
    part.replace(file)
    megabytes = file.stat().st_size / 2**20
    say(
        f"已备份到 {file}（{megabytes:.1f} MB，内含密钥，请妥善保管）",
        f"backed up, {megabytes:.1f} MB; keep it safe, it holds the keys",
    )


def restore(checkout: Checkout, file: Path) -> None:
    """Put a backup in the place of what is here. What was here stays untouched until the new is complete."""
    lock = try_lock(system.lock_file(checkout))
    if lock is None:
        raise Problem("系统正在运行，请先 ./patrol stop。", "The system is running: ./patrol stop first.")
    try:
        with tempfile.TemporaryDirectory(prefix="restore-", dir=_made(checkout.local)) as folder:
            new = Path(folder)
            with step("读取备份", "reading the backup"):
                _unpack(file, new)
            with _server(checkout) as server, step("恢复数据库", "restoring the database"):
                server.replace_database(new / DUMP)
                system.prepared_stamp(checkout).unlink(missing_ok=True)
            _carry_over(_media(checkout) / ERASED, new / MEDIA / ERASED)
            _swap(new / MEDIA, _media(checkout), aside=new / "media-before")
            for key in KEYS:
                if (new / key).exists():
                    system.write_private(checkout.local / key, (new / key).read_text())
    finally:
        os.close(lock)
    say(f"已从 {file} 恢复", "restored")


class _Server:
    """The database to dump from and restore into: the private cluster, or the one DATABASE_URL names."""

    def __init__(self, programs: Postgres, cluster: Cluster | None, url: str) -> None:
        self.programs, self.cluster, self.url = programs, cluster, url

    def pipe(
        self, program: str, *argv: str, url: str = "", stdin: object = subprocess.DEVNULL, stdout: object = subprocess.PIPE
    ) -> str:
        env = self.programs.environment() | {"PGCONNECT_TIMEOUT": "20"}
        if not self.cluster:  # a password may lie in the home folder
            env["HOME"] = str(Path.home())
        line = [self.programs.program(program), *argv, "--dbname", url or self.url]
        done = subprocess.run(line, env=env, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)  # type: ignore[call-overload]
        if done.returncode:
            tail = "\n".join(done.stderr.decode(errors="replace").splitlines()[-15:])
            raise Problem(f"{program} 失败。", f"{program} failed.", detail=tail)
        return (done.stdout or b"").decode()

    def replace_database(self, dump: Path) -> None:
        if self.cluster:
            self._replace_private(self.cluster, dump)
        else:
            self._fill_empty(dump)

    def _replace_private(self, cluster: Cluster, dump: Path) -> None:
        """Restore beside the old database, then change the names, so that a bad dump changes nothing."""
        for database in (NEW, OLD):
            cluster.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)", database="postgres")
        cluster.sql(f"CREATE DATABASE {NEW} TEMPLATE {TEMPLATE}", database="postgres")
        self._fill(dump, cluster.url(NEW))
        cluster.sql(f"ALTER DATABASE {NAME} RENAME TO {OLD}", database="postgres")
        cluster.sql(f"ALTER DATABASE {NEW} RENAME TO {NAME}", database="postgres")
        cluster.sql(f"DROP DATABASE {OLD} WITH (FORCE)", database="postgres")

    def _fill_empty(self, dump: Path) -> None:
        if self.pipe("psql", "-XqAtc", f"SELECT to_regclass('{OURS}')").strip():
            raise Problem(
                "DATABASE_URL 所指的数据库里已有数据；请指向一个新建的空库（已有 postgis、btree_gist 扩展）。",
                "The database of DATABASE_URL already holds data; name a new, empty one that has postgis and btree_gist.",
            )
        self._fill(dump, self.url)

    def _fill(self, dump: Path, url: str) -> None:
        """Everything but the extensions, which are there and which an ordinary role could not make, in one transaction."""
        with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted:
            listed = subprocess.run(
                [self.programs.program("pg_restore"), "--list", str(dump)],
                env=self.programs.environment(),
                capture_output=True,
                text=True,
            )
            if listed.returncode:
                raise Problem("备份里的数据库导出已损坏。", "The dump in this backup is damaged.", detail=listed.stderr)
            wanted.writelines(
                f"{line}\n" for line in listed.stdout.splitlines() if not any(word in line for word in THERE_ALREADY)
            )
            wanted.flush()
            options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", "--use-list", wanted.name]
            with dump.open("rb") as source:
                self.pipe("pg_restore", *options, url=url, stdin=source)


@contextmanager
def _server(checkout: Checkout) -> Iterator[_Server]:
    if url := os.environ.get("DATABASE_URL"):
        yield _Server(postgres.client(checkout), None, url)
        return
    cluster = Cluster(checkout)
    started = cluster.ensure()
    try:
        yield _Server(cluster.server, cluster, cluster.url())
    finally:
        if started:
            cluster.stop()


def _media(checkout: Checkout) -> Path:
    return Path(os.environ.get("PATROL_MEDIA_ROOT") or checkout.media)


def _files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*") if one.is_file() and not one.is_symlink())


def _add_text(tar: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(text.encode()), 0o600, int(time.time())
    tar.addfile(member, io.BytesIO(text.encode()))


def _unpack(file: Path, into: Path) -> None:
    """Plain files with names of ours only: a backup may come by mail, and a tar can name any path."""
    (into / MEDIA).mkdir()
    try:
        with tarfile.open(file, mode="r:") as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                is_ours = member.name in (MANIFEST, DUMP, *KEYS) or (name.parts[0] == MEDIA and len(name.parts) > 1)
                if not member.isfile() or not is_ours or ".." in name.parts or name.is_absolute():
                    raise Problem(
                        f"备份里有不该有的内容：{member.name}", f"The backup holds something it should not: {member.name}"
                    )
                target = into.joinpath(*name.parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                source = tar.extractfile(member)
                assert source is not None
                with target.open("wb") as out:
                    shutil.copyfileobj(source, out)
    except (OSError, tarfile.TarError) as error:
        raise Problem(f"{file} 不能读作备份。", f"{file} cannot be read as a backup.", detail=str(error)) from error
    try:
        made_by = json.loads((into / MANIFEST).read_text())["format"]
    except (OSError, ValueError, KeyError):
        made_by = None
    if made_by != FORMAT or not (into / DUMP).exists():
        raise Problem(f"{file} 不是巡格的备份，或版本不同。", f"{file} is no backup of Xunge's, or of another version.")


def _carry_over(known: Path, restored: Path) -> None:
    """Who took consent back since the backup was made stays known; the next start removes their tracks again."""
    for file in _files(known) if known.is_dir() else ():
        beside = _made(restored) / file.name
        if not beside.exists() or beside.read_text() < file.read_text():
            shutil.copyfile(file, beside)


def _swap(new: Path, place: Path, *, aside: Path) -> None:
    _made(place.parent)
    if place.exists():
        shutil.move(place, aside)
    shutil.move(new, place)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
