"""Keeps the processes of the Procfile running, whatever status they end with; ends all of them together."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import selectors
import shlex
import signal
import string
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

TICK_S = 0.2
BACK_OFF_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
STEADY_S = 60.0  # a process that lived this long begins again at the first pause
LINE = re.compile(r"^([A-Za-z][\w-]*)\s*:\s*(\S.*)$")
PR_SET_PDEATHSIG = 1
GONE_S = 2.0  # for the kernel to take the killed ones away, with their ports


def read_procfile(path: Path, env: Mapping[str, str]) -> dict[str, list[str]]:
    """Names and command lines, `$NAME` filled in from the environment; an unknown name is an error."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if not (parts := LINE.match(line)) or parts[1] in found:
            raise ValueError(f"{path.name}, line {number}: expected `name: command` with a name of its own, found {line!r}")
        found[parts[1]] = [string.Template(word).substitute(env) for word in shlex.split(parts[2])]
    return found


def _end_with_launcher() -> None:
    """In the child, on Linux: be told to end when the launcher dies, even by SIGKILL."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One line of the Procfile and the process that serves it now."""

    def __init__(self, name: str, argv: list[str]) -> None:
        self.name, self.argv = name, argv
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = self.start_at = 0.0
        self.failures = 0
        self.rest = b""

    def start(self, env: Mapping[str, str], cwd: Path) -> subprocess.Popen[bytes]:
        self.process = subprocess.Popen(
            self.argv, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, preexec_fn=_end_with_launcher,
        )  # fmt: skip
        self.started_at = time.monotonic()
        return self.process

    def signal(self, how: signal.Signals) -> bool:
        """To the whole group: a server's own children must not outlive it and keep its port. False when nobody is left."""
        with contextlib.suppress(ProcessLookupError):
            if self.process:
                self.process.poll()
                os.killpg(self.process.pid, how)
                return True
        return False


class Supervisor:
    grace_s = 15.0  # between asking the processes to end and ending them

    def __init__(
        self, commands: Mapping[str, list[str]], *, env: Mapping[str, str], cwd: Path, out: TextIO = sys.stdout
    ) -> None:
        self.children = [Child(name, argv) for name, argv in commands.items()]
        self.env, self.cwd, self.out = env, cwd, out
        self.width = max(map(len, commands))
        self.pipes = selectors.DefaultSelector()
        self.is_ending = False

    def run(self) -> None:
        """Start everything and stay until SIGINT, SIGTERM or SIGHUP, or until `is_ending` is set."""
        before = {number: signal.signal(number, self._end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            while not self.is_ending:
                self._keep_running()
                self._forward(TICK_S)
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self, *_: object) -> None:
        self.is_ending = True

    def _keep_running(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process and child.process.poll() is not None:
                child.signal(signal.SIGKILL)
                self._forward(0)  # its last words, then the end of them
                self._forward(0)
                child.failures = 1 if now - child.started_at > STEADY_S else child.failures + 1
                pause = BACK_OFF_S[min(child.failures, len(BACK_OFF_S)) - 1]
                self._print(child, f"ended with status {child.process.returncode}; starting again in {pause:g} s")
                child.process, child.start_at = None, now + pause
            if child.process is None and now >= child.start_at:
                try:
                    out = child.start(self.env, self.cwd).stdout
                except OSError as error:
                    child.failures += 1
                    child.start_at = now + BACK_OFF_S[-1]
                    self._print(child, f"cannot start: {error}")
                else:
                    assert out is not None
                    os.set_blocking(out.fileno(), False)
                    self.pipes.register(out, selectors.EVENT_READ, child)

    def _forward(self, timeout_s: float) -> None:
        for key, _ in self.pipes.select(timeout_s):
            child: Child = key.data
            got = os.read(key.fd, 65536)
            *lines, child.rest = (child.rest + got).split(b"\n")
            if not got:
                self.pipes.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]
                lines, child.rest = ([child.rest] if child.rest else []), b""
            for line in lines:
                self._print(child, line.decode(errors="replace"))

    def _print(self, child: Child, text: str) -> None:
        with contextlib.suppress(OSError):  # a closed terminal is no reason to stop serving
            print(f"{child.name:<{self.width}} | {text}", file=self.out, flush=True)

    def _end_all(self) -> None:
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + self.grace_s
        while any(child.process and child.process.poll() is None for child in self.children) and time.monotonic() < deadline:
            self._forward(0.05)
        deadline = time.monotonic() + GONE_S
        while [child for child in self.children if child.signal(signal.SIGKILL)] and time.monotonic() < deadline:
            time.sleep(0.02)
        self._forward(0)
        self.pipes.close()
