"""A real HTTP server on loopback, the ground all vendors' doubles stand on. Nothing leaves the machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

LONGEST_SILENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; names of headers in small letters."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    line: int  # the other side's port


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(
        status, json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": "application/json", **(headers or {})}
    )


#: What stands between us and a vendor and answers in its place.
STRANGE: dict[str, Answer] = {
    "html": Answer(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
    "portal": Answer(200, b"<html>sign in to the network</html>", {"Content-Type": "text/html"}),
    "redirect": Answer(302, b"", {"Location": "/elsewhere"}),
    "garbage": Answer(200, b"{", {"Content-Type": "application/json"}),
}


class LoopbackServer:
    """Use as a context manager. A subclass says what to answer; ``asked`` holds every request in order, also the refused ones."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.is_over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def answer(self, asked: Asked) -> Answer | None:
        """None: say nothing until the other side gives up."""
        raise NotImplementedError

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body, self.client_address[1])
            server.asked.append(asked)
            answer = server.answer(asked)
            if answer is None:
                server.is_over.wait(LONGEST_SILENCE_S)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST  # noqa: N815  the names are the library's

        def log_message(self, format: str, *args: Any) -> None:
            """Addresses do not go to a log, not even of a double."""
            del format, args

    return Handler
