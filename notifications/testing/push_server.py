"""A push service on loopback that checks and decrypts what arrives, as RFC 8030, 8291 and 8292 have it.

The beginning of a subscription's name, up to the first ``-``, chooses the answer; a name that begins with none of them is accepted.
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
from typing import Any

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from notifications.testing.loopback import STRANGE, Answer, Asked, LoopbackServer

LARGEST_BODY = 4096
CREDENTIALS = re.compile(r"vapid t=([^.]+\.[^.]+)\.([^,]+),\s*k=(.+)")

ANSWERS: dict[str, Answer] = {
    **STRANGE,
    "gone": Answer(410),
    "missing": Answer(404),
    "quota": Answer(429, headers={"Retry-After": "120"}),
    "later": Answer(503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    "internal": Answer(500),
    "large": Answer(413),
    "malformed": Answer(400),
    "forbidden": Answer(403),
}


class PushServer(LoopbackServer):
    """``messages`` holds what arrived, decrypted, by the subscription's name."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self._keys: dict[str, tuple[ec.EllipticCurvePrivateKey, bytes]] = {}

    def subscription(self, name: str) -> dict[str, Any]:
        """What a browser's ``PushSubscription.toJSON()`` gives, with keys of its own."""
        key, auth = self._keys.setdefault(name, (ec.generate_private_key(ec.SECP256R1()), os.urandom(16)))
        point = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return {"endpoint": f"{self.base}/push/{name}", "keys": {"p256dh": _encoded(point), "auth": _encoded(auth)}}

    def answer(self, asked: Asked) -> Answer | None:
        name = asked.path.removeprefix("/push/")
        prefix = name.split("-")[0]
        if prefix == "silence":
            return None
        if prefix in ANSWERS:
            return ANSWERS[prefix]
        if name not in self._keys:
            return Answer(404)
        if not self._is_signed(asked.headers.get("authorization", "")):
            return Answer(401)
        if len(asked.body) > LARGEST_BODY:
            return Answer(413)
        key, auth = self._keys[name]
        text = http_ece.decrypt(asked.body, private_key=key, auth_secret=auth, version="aes128gcm")
        self.messages.append((name, json.loads(text)))
        return Answer(201, headers={"Location": f"{self.base}/message/{len(self.messages)}"})

    def _is_signed(self, authorization: str) -> bool:
        """By the key that stands beside the token, for this server, and for no longer than a day."""
        found = CREDENTIALS.fullmatch(authorization)
        if not found:
            return False
        claims = json.loads(_decoded(found[1].split(".")[1]))
        signature = _decoded(found[2])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(found[3]))
        pair = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        try:
            key.verify(encode_dss_signature(*pair), found[1].encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return bool(claims["aud"] == self.base and claims["sub"] and 0 < claims["exp"] - time.time() <= 24 * 3600)


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
