"""Seal a reading so that the database alone cannot be read: AES-GCM under a key derived from the installation's secret."""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.crypto import salted_hmac

from backend.phone.trackers.readings import Reading

SHAPE = struct.Struct("<qiiiihB")
NONCE = 12


class BrokenSeal(Exception):
    """The box was made with another secret, or is not ours."""


def seal(reading: Reading, tracker: UUID) -> tuple[bytes, bytes]:
    """A mark by which the same reading is known again, and the box."""
    plain = SHAPE.pack(*reading.row())
    mark = hmac.digest(_key("mark"), tracker.bytes + plain, hashlib.sha256)[:16]
    nonce = os.urandom(NONCE)
    return mark, nonce + AESGCM(_key("box")).encrypt(nonce, plain, tracker.bytes)


def unseal(box: bytes, tracker: UUID) -> Reading:
    try:
        plain = AESGCM(_key("box")).decrypt(box[:NONCE], box[NONCE:], tracker.bytes)
        return Reading(*SHAPE.unpack(plain))
    except (InvalidTag, ValueError, struct.error) as error:
        raise BrokenSeal from error


def credential_hash(*parts: str) -> str:
    """How a tracker's id or password is kept. Keyed, so that it is no phone's token by any other road."""
    return salted_hmac("xunge.tracker.credential", "\n".join(parts), algorithm="sha256").hexdigest()


def _key(purpose: str) -> bytes:
    return salted_hmac("xunge.tracker.sealed", purpose, algorithm="sha256").digest()
