"""Peers live in a virtual environment of their own, made on first use."""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
HOME = HERE.parent / ".local" / "peers"


@lru_cache(maxsize=1)
def python() -> Path | None:
    """The peers' Python; None, with the reason on stderr, where they cannot be installed."""
    program, done = HOME / "bin" / "python", HOME / "done"
    if done.exists() and done.read_text() == (HERE / "peers.txt").read_text():
        return program
    for words in (
        [sys.executable, "-m", "venv", str(HOME)],
        [str(program), "-m", "pip", "install", "-q", "-r", str(HERE / "peers.txt")],
    ):
        if subprocess.run(words, check=False).returncode:
            print("the peers of benchmarks/peers.txt cannot be installed here", file=sys.stderr)
            return None
    done.write_text((HERE / "peers.txt").read_text())
    return program


def importable() -> bool:
    """Make the peers' packages importable in this process."""
    program = python()
    if program is None:
        return False
    found = next((HOME / "lib").glob("python*/site-packages"))
    if str(found) not in sys.path:
        sys.path.append(str(found))  # behind ours: our own numpy and shapely stay the ones in use
    return True
