"""What the launcher says: Chinese first, English beside it, and the time of whatever takes longer than two seconds."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 2.0
REPEAT_S = 15.0
TAIL_LINES = 25


class Problem(Exception):
    """Why the launcher cannot go on, and what to do about it."""

    def __init__(self, zh: str, en: str, *, detail: str = "") -> None:
        super().__init__(f"{zh}\n{en}" + (f"\n{detail}" if detail else ""))


def say(zh: str, en: str) -> None:
    print(f"巡格: {zh} · {en}", file=sys.stderr, flush=True)


@contextmanager
def step(zh: str, en: str) -> Iterator[None]:
    """Name the work once it has lasted two seconds, again while it lasts, and say how long it took."""
    started = time.monotonic()
    done = threading.Event()

    def report() -> None:
        wait = PATIENCE_S
        while not done.wait(wait):
            spent = time.monotonic() - started
            say(f"{zh} …", f"{en} …" + (f" {spent:.0f} s" if spent > REPEAT_S else ""))
            wait = REPEAT_S

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        done.set()
        reporter.join()
    spent = time.monotonic() - started
    if spent > PATIENCE_S:
        say(f"{zh}: {spent:.1f} 秒", f"{en}: {spent:.1f} s")


def command(
    argv: Sequence[str | Path], *, zh: str, en: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    """Run a program quietly; its last lines are shown only when it fails. Returns what it printed."""
    with step(zh, en):
        try:
            done = subprocess.run(
                [str(part) for part in argv],
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
            )
        except OSError as error:
            raise Problem(f"{zh}: 无法启动 {argv[0]}", f"{en}: cannot start {argv[0]}", detail=str(error)) from error
    if done.returncode:
        tail = (done.stdout + done.stderr).splitlines()[-TAIL_LINES:]
        raise Problem(f"{zh}: 失败 ({done.returncode})", f"{en}: failed ({done.returncode})", detail="\n".join(tail))
    return done.stdout
