"""Finding a PostgreSQL that has PostGIS, and the programs that come with it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from backend.launch import packages
from backend.launch.checkout import Checkout
from backend.launch.messages import Problem

PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Postgres:
    """One installed PostgreSQL."""

    major: int
    bin: Path
    has_postgis: bool
    libraries: str = ""
    share: Path | None = None

    def program(self, name: str) -> str:
        return str(self.bin / name)

    def environment(self) -> dict[str, str]:
        """What its programs need. Nothing of the caller's PG* settings, and no supervisor's notification socket."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("PG") and key != "NOTIFY_SOCKET"}
        env |= {"LC_ALL": "C.UTF-8", "HOME": "/"}
        if self.libraries:
            env["LD_LIBRARY_PATH"] = self.libraries
        if self.share:
            env |= {
                "PROJ_DATA": str(self.share / "proj"),
                "PROJ_LIB": str(self.share / "proj"),
                "GDAL_DATA": str(self.share / "gdal"),
            }
        return env


def find(checkout: Checkout, *, major: int | None = None) -> Postgres | None:
    """The newest PostgreSQL with PostGIS, or the one of that major version."""
    able = [one for one in installed(checkout) if one.has_postgis and major in (None, one.major)]
    return max(able, key=lambda one: one.major, default=None)


def find_or_install(checkout: Checkout) -> Postgres:
    if found := find(checkout):
        return found
    majors = [one.major for one in installed(checkout)]
    wanted = f"postgresql-{max(majors)}-postgis-3" if majors else "postgresql-postgis"
    packages.provide(checkout, wanted, zh="PostgreSQL 与 PostGIS", en="PostgreSQL with PostGIS")
    if not (found := find(checkout)):
        raise Problem(f"安装 {wanted} 之后仍找不到 PostGIS。", f"PostGIS is still missing after {wanted} was installed.")
    return found


def client(checkout: Checkout) -> Postgres:
    """Programs to talk to a server of somebody else's: the newest ones here, with or without PostGIS."""
    return max(installed(checkout), key=lambda one: one.major, default=None) or find_or_install(checkout)


def installed(checkout: Checkout) -> list[Postgres]:
    unpacked = checkout.packages / "root"
    folders = (
        [Path(own)]
        if (own := os.environ.get("PG_BINDIR"))
        else [folder for place in PLACES for folder in Path("/").glob(place[1:])]
    )
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    found = [_inspect(folder) for folder in dict.fromkeys(folders)]
    if not own:
        libraries = packages.library_path(checkout)
        share = unpacked / "usr/share"
        found += [_inspect(one, libraries=libraries, share=share) for one in unpacked.glob("usr/lib/postgresql/*/bin")]
    return [one for one in found if one]


def _inspect(folder: Path, *, libraries: str = "", share: Path | None = None) -> Postgres | None:
    if not os.access(folder / "initdb", os.X_OK):
        return None
    env = dict(os.environ, LC_ALL="C", **({"LD_LIBRARY_PATH": libraries} if libraries else {}))
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, env=env).stdout
    except OSError:
        return None
    version = re.search(r"(\d+)", said)
    if not version:
        return None
    shares = [Path(str(folder).replace("/lib/postgresql/", "/share/postgresql/")).parent, folder.parent / "share"]
    shares += [one / "postgresql" for one in shares]
    if not libraries and os.access(folder / "pg_config", os.X_OK):
        shares += [
            Path(subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, env=env).stdout.strip())
        ]
    has_postgis = any((one / "extension/postgis.control").exists() for one in shares)
    return Postgres(int(version[1]), folder, has_postgis, libraries, share)
