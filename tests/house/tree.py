"""The files of the house, for tests that read them: those git tracks, or, where there is no git, all that it does not ignore."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked(*patterns: str) -> list[Path]:
    names = _from_git(patterns) if shutil.which("git") and (ROOT / ".git").exists() else _from_folder(patterns)
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def _from_git(patterns: tuple[str, ...]) -> list[str]:
    # A checkout may belong to somebody else than the one who tests it.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--", *patterns]
    return subprocess.run(git, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")


def _from_folder(patterns: tuple[str, ...]) -> list[str]:
    ignored = [".git", *(line.strip("/") for line in (ROOT / ".gitignore").read_text().split())]

    def walk(folder: Path) -> Iterator[str]:
        for one in sorted(folder.iterdir()):
            if any(fnmatch(one.name, pattern) for pattern in ignored):
                continue
            if one.is_dir():
                yield from walk(one)
            elif any(fnmatch(name := one.relative_to(ROOT).as_posix(), p) or name.startswith(f"{p}/") for p in patterns):
                yield one.relative_to(ROOT).as_posix()

    return list(walk(ROOT))
