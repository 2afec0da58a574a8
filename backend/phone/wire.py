"""Bytes of the protocol: inflating with a limit, reading JSON that may be wrong in one place, canonical form, receipts."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.signing import Signer

MAX_INFLATED = 8 * 1024 * 1024
MAX_ITEMS = 200
GZIP = 16 + zlib.MAX_WBITS


class NotReadable(Exception):
    """The bytes of a request are no JSON object of the agreed shape."""


class TooBig(Exception):
    """Inflated, the request is larger than agreed."""


class NotANumber(ValueError):
    """NaN or Infinity stands where a number should."""


def inflate(raw: bytes, encoding: str) -> bytes:
    """The bytes as sent before compression; never more than the limit is inflated."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        if len(raw) > MAX_INFLATED:
            raise TooBig
        return raw
    if encoding != "gzip":
        raise NotReadable(f"content encoding {encoding[:20]!r}")
    inflater = zlib.decompressobj(GZIP)
    try:
        plain = inflater.decompress(raw, MAX_INFLATED + 1)
    except zlib.error as error:
        raise NotReadable("gzip") from error
    if len(plain) > MAX_INFLATED:
        raise TooBig
    if not inflater.eof:
        raise NotReadable("gzip is cut off")
    return plain


def read_request(plain: bytes) -> dict[str, Any]:
    """The envelope. A NaN inside one item does not spoil the others: it is found when that item is interpreted."""
    try:
        body = json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise NotReadable("json") from error
    if not isinstance(body, dict) or not isinstance(body.get("items"), list):
        raise NotReadable("shape")
    return body


def canonical(body: Any) -> bytes:
    """UTF-8, keys sorted, no spaces: the bytes a receipt's SHA-256 is over."""
    try:
        text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except RecursionError as error:  # just shallow enough to be read, and too deep to be written
        raise NotReadable("too deep") from error
    return text.encode("utf-8", "surrogatepass")


def is_plain(body: bytes) -> bool:
    """Canonical bytes that read back as exactly what was written: without NaN and Infinity, which are refused on reading."""
    return b"NaN" not in body and b"Infinity" not in body


def read_canonical(body: bytes) -> Any:
    """What was stored; raises `NotANumber` for NaN and Infinity."""
    return json.loads(body.decode("utf-8", "surrogatepass"), parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise NotANumber(constant)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def receipt(item: UUID | str, digest: str, received_at: datetime) -> dict[str, Any]:
    """The signed word that a content is stored; a phone deletes its copy only against this."""
    received_ms = epoch_ms(received_at)
    signature = Signer(salt="xunge.receipt").signature(f"{item}.{digest}.{received_ms}")
    return {"id": str(item), "sha256": digest, "received_at": received_ms, "signature": signature}


def epoch_ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
