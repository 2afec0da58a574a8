"""A real HTTP server on loopback that answers as FCM v1 and Google's token end point do. Nothing leaves the machine.

The beginning of an address, up to the first ``-``, chooses the answer; an address that begins with none of them is accepted.
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ERROR_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
LONGEST_SILENCE_S = 20.0

#: prefix of the address -> HTTP status, canonical status, FCM's own code ("" for none), further headers
ERRORS: dict[str, tuple[int, str, str, dict[str, str]]] = {
    "unregistered": (404, "NOT_FOUND", "UNREGISTERED", {}),
    "quota": (429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", {"Retry-After": "120"}),
    "unavailable": (503, "UNAVAILABLE", "UNAVAILABLE", {}),
    "internal": (500, "INTERNAL", "INTERNAL", {}),
    "invalid": (400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", {}),
    "sender": (403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH", {}),
    "forbidden": (403, "PERMISSION_DENIED", "", {}),
    "apns": (401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR", {}),
}
#: What stands between us and the vendor and answers in its place.
STRANGE: dict[str, tuple[int, bytes]] = {
    "html": (502, b"<html>bad gateway</html>"),
    "portal": (200, b"<html>sign in to the network</html>"),
    "nameless": (200, b"{}"),
}


class FcmServer:
    """Use as a context manager. ``messages`` holds every message that arrived, in order, also the refused ones."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.tokens: set[str] = set()
        self.tokens_given = 0
        self.is_refusing_tokens = False
        self.is_over = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

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

    def service_account(self) -> dict[str, str]:
        """What a Firebase console would download, with a key made for this process."""
        return {
            "type": "service_account",
            "project_id": "demo",
            "private_key_id": "made-at-run-time",
            "private_key": _private_key(),
            "client_email": "sender@demo.invalid",
            "token_uri": f"{self.base}/token",
        }

    def sent_to(self, address: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if address in (message.get("token"), message.get("fid"))]


@lru_cache(maxsize=1)
def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def _handler(server: FcmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = urlsplit(self.path).path
            if path == "/token":
                self._token(parse_qs(raw.decode()))
            elif self.headers.get("Authorization", "").removeprefix("Bearer ") not in server.tokens:
                self._error(401, "UNAUTHENTICATED", "", {})
            elif path == "/v1/projects/demo/messages:send":
                self._message(json.loads(raw)["message"])
            else:
                self._error(404, "NOT_FOUND", "", {})

        def _token(self, form: dict[str, list[str]]) -> None:
            if server.is_refusing_tokens or form.get("grant_type") != [GRANT]:
                self._answer(400, json.dumps({"error": "invalid_grant"}).encode())
                return
            server.tokens_given += 1
            token = f"bearer-{server.tokens_given}"
            server.tokens.add(token)
            self._answer(200, json.dumps({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}).encode())

        def _message(self, message: dict[str, Any]) -> None:
            server.messages.append(message)
            prefix = str(message.get("token") or message.get("fid")).split("-")[0]
            if prefix == "silence":
                server.is_over.wait(LONGEST_SILENCE_S)
                self.close_connection = True
            elif prefix in STRANGE:
                self._answer(*STRANGE[prefix])
            elif prefix in ERRORS:
                self._error(*ERRORS[prefix])
            else:
                name = f"projects/demo/messages/{len(server.messages)}"
                self._answer(200, json.dumps({"name": name}).encode())

        def _error(self, status: int, canonical: str, code: str, headers: dict[str, str]) -> None:
            details = [{"@type": ERROR_TYPE, "errorCode": code}] if code else []
            error = {"code": status, "message": canonical.lower(), "status": canonical, "details": details}
            self._answer(status, json.dumps({"error": error}).encode(), headers)

        def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(body)),
                **(headers or {}),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Addresses do not go to a log, not even of a double."""
            del format, args

    return Handler
