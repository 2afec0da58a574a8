"""One request over a network that fails in a chosen way: what a phone in the hills does to a server."""

from __future__ import annotations

import gzip
import json
import random
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

FAULTS = ("none", "cut", "doubled", "delayed", "lost", "garbled", "mislabelled", "slow")
LINGER_NOT = struct.pack("ii", 1, 0)  # closing sends a reset, as a connection does that dies


class NobodyThere(Exception):
    """No connection: the server is down, and nothing was sent."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the server answered."""

    status: int
    body: Any


class Wire:
    """The way from one phone to a server."""

    def __init__(self, url: str, token: str, *, rng: random.Random) -> None:
        self.host, self.token, self.rng = urlsplit(url), token, rng

    def sync(self, envelope: dict[str, Any], fault: str) -> list[Said]:
        """Send it with a fault; the answers that came back, none if none did. `NobodyThere` if it could not even begin."""
        raw = gzip.compress(json.dumps(envelope).encode())
        if fault == "garbled":
            at = self.rng.randrange(10, len(raw) - 8)  # behind the header, where a flipped bit is always noticed
            raw = raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :]
        if fault == "doubled":
            with ThreadPoolExecutor(2) as two:
                return [said for said in two.map(lambda _: self._post(raw, "none"), range(2)) if said]
        said = self._post(gzip.decompress(raw) if fault == "mislabelled" else raw, fault)
        return [said] if said else []

    def _post(self, raw: bytes, fault: str) -> Said | None:
        link = HTTPConnection(self.host.hostname or "", self.host.port, timeout=30)
        try:
            link.connect()
        except OSError as error:
            raise NobodyThere from error
        try:
            link.putrequest("POST", "/api/phone/sync")
            for name, value in self._headers(len(raw)).items():
                link.putheader(name, value)
            link.endheaders()
            if not self._send(link, raw, fault):
                return None
            answer = link.getresponse()
            text = answer.read()
            return Said(answer.status, _read(text))
        except (OSError, HTTPException):
            return None
        finally:
            link.close()

    def _send(self, link: HTTPConnection, raw: bytes, fault: str) -> bool:
        """Whether an answer is waited for."""
        half = self.rng.randrange(1, len(raw))
        if fault == "cut":
            link.send(raw[:half])
            _die(link)
            return False
        if fault == "delayed":
            link.send(raw[:half])
            time.sleep(self.rng.uniform(0.1, 1.0))
            link.send(raw[half:])
        elif fault == "slow":
            step = max(len(raw) // 12, 1)
            for begin in range(0, len(raw), step):
                link.send(raw[begin : begin + step])
                time.sleep(0.02)
        else:
            link.send(raw)
        if fault == "lost":
            time.sleep(self.rng.uniform(0, 0.08))
            _die(link)
            return False
        return True

    def _headers(self, length: int) -> dict[str, str]:
        return {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            "Content-Length": str(length),
        }


def _die(link: HTTPConnection) -> None:
    if link.sock is not None:
        link.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)


def _read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
