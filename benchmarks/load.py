"""A load of prepared requests over a few kept connections, from processes of their own; and servers to send them to."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

Address = tuple[str, int]


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of one HTTP/1.1 request; header names with underscores for dashes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def send(address: Address, requests: Sequence[bytes], *, connections: int = 8, processes: int = 2) -> float:
    """Send each request once and read its answer; seconds for all. An answer that is no 2xx ends the benchmark."""
    shares = [requests[i::processes] for i in range(processes)]
    with multiprocessing.get_context("fork").Pool(processes) as pool:
        began = time.perf_counter()
        failures = pool.starmap(_share, [(address, share, connections // processes) for share in shares])
        took = time.perf_counter() - began
    wrong = [one for some in failures for one in some]
    if wrong:
        raise AssertionError(f"{len(wrong)} requests failed, the first: {wrong[0][:400]!r}")
    return took


def _share(address: Address, requests: Sequence[bytes], connections: int) -> list[bytes]:
    wrong: list[bytes] = []
    threads = [
        threading.Thread(target=_one_by_one, args=(address, requests[i::connections], wrong)) for i in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def _one_by_one(address: Address, requests: Sequence[bytes], wrong: list[bytes]) -> None:
    with socket.create_connection(address) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for one in requests:
            link.sendall(one)
            head, rest = b"", b""
            while b"\r\n\r\n" not in head:
                part = link.recv(65536)
                if not part:
                    wrong.append(b"closed")
                    return
                head += part
            head, rest = head.split(b"\r\n\r\n", 1)
            left = _length(head) - len(rest)
            while left > 0:
                part = link.recv(65536)
                rest += part
                left -= len(part)
            if not head.startswith(b"HTTP/1.1 2"):
                wrong.append(head + rest)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def granian(
    application: str, *, interface: str = "wsgi", workers: int = 2, port: int = 0, **settings: str
) -> Iterator[Address]:
    """A server on a port that was free, alive until it is ended here; otherwise another might have answered for it."""
    address = ("127.0.0.1", port or free_port())
    words = [
        sys.executable,
        "-m",
        "granian",
        "--host",
        address[0],
        "--port",
        str(address[1]),
        "--no-ws",
        "--workers",
        str(workers),
    ]
    words += ["--interface", interface, *(["--blocking-threads", "8"] if interface == "wsgi" else []), application]
    with running(words, address, env={**os.environ, **settings}):
        yield address


@contextmanager
def running(words: Sequence[str], address: Address, *, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        end = time.monotonic() + 60
        while True:
            if server.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{' '.join(words)} did not start")
            try:
                socket.create_connection(address, timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(1)  # its second process
        yield server
        if server.poll() is not None:
            raise AssertionError(f"{' '.join(words)} died during the run")
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)
