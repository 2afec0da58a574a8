"""Web Push by pywebpush: encrypted for one browser, signed with the installation's VAPID key, sent to an allowed host only.

Most browsers in mainland China have no push service that can be reached; it is one adapter, never the floor.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives import serialization
from py_vapid import Vapid, VapidException
from pywebpush import WebPushException, webpush

from notifications.channels import Message, Outcome, OutcomeKind
from notifications.channels.answers import retry_after
from notifications.channels.wire import PlainSession, is_unsent
from notifications.channels.words import shorten, utf8_length

TIMEOUT_S = 5.0
LARGEST_BODY = 4096  # every push service takes that much (RFC 8030)
OVERHEAD = 86 + 1 + 16  # header with salt and key, padding's delimiter, tag (RFC 8188)
LONGEST_LIFE_S = 28 * 24 * 3600
PLAIN = re.compile(
    r"https?://[a-zA-Z0-9.:-]+(/[!-\[\]-~]*)?"
)  # no user, no backslash, nothing two programs could read differently
FORM = serialization.PublicFormat.UncompressedPoint

NO_SUBSCRIPTION, NOT_ALLOWED, WRONG_KEYS = "no subscription", "host not allowed", "keys of the wrong length"
REFUSALS = {(NO_SUBSCRIPTION,), (NOT_ALLOWED,), (WRONG_KEYS,)}

#: Push services of the browsers there are. A name that begins with a dot stands for every host below it.
HOSTS = (
    "fcm.googleapis.com",
    ".push.services.mozilla.com",
    ".notify.windows.com",
    ".push.apple.com",
)

MEANING: dict[int, OutcomeKind] = {
    400: "payload_error",
    401: "auth_error",
    403: "auth_error",
    404: "dead_address",
    407: "retry_at",
    408: "retry_at",
    410: "dead_address",
    413: "payload_error",
    425: "retry_at",
    429: "retry_at",
}


class WebPushChannel:
    """One VAPID key. ``address`` is what ``push_address`` made of a subscription. ``base``: one more origin, for tests and demonstrations."""

    name = "webpush"
    is_repeatable = True  # the topic replaces it at the push service, the tag on the phone

    def __init__(
        self, key: str, *, contact: str, hosts: Sequence[str] = HOSTS, base: str = "", timeout_s: float = TIMEOUT_S
    ) -> None:
        """Raises ValueError for a key that is none, or a contact that is neither ``mailto:`` nor ``https:``."""
        self.vapid, self.contact, self.hosts, self.base, self.timeout_s = _vapid(key), contact, tuple(hosts), base, timeout_s
        try:
            self.vapid.sign({"aud": "https://push.invalid", "sub": contact})
        except VapidException as error:
            raise ValueError("VAPID contact") from error
        self.session = PlainSession(keeps_lines=True, only_public=True)

    def send(self, message: Message, *, address: str, kind: str) -> Outcome:
        """One request, one outcome; never raises for what a push service, a proxy or a dead line can answer."""
        del kind
        try:
            subscription = json.loads(push_address(json.loads(address), hosts=self.hosts, base=self.base))
        except ValueError as error:
            return Outcome("dead_address", type(error).__name__ if error.args[:1] not in REFUSALS else str(error))
        if utf8_length(body := payload(message)) > LARGEST_BODY - OVERHEAD:
            return Outcome("payload_error", "too large without its text")
        try:
            answer = webpush(
                subscription,
                body,
                vapid_private_key=self.vapid,
                vapid_claims={"sub": self.contact},
                timeout=self.timeout_s,
                ttl=min(message.life_s, LONGEST_LIFE_S),
                headers={"Urgency": "high" if message.is_urgent else "normal", "Topic": topic(message.key)},
                requests_session=self.session,
            )
        except WebPushException as error:
            return _outcome(error.response) if error.response is not None else Outcome("dead_address", "subscription")
        except requests.RequestException as error:
            return Outcome("retry_at" if is_unsent(error) else "unknown", type(error).__name__)
        except (ValueError, VapidException) as error:  # keys that are no point on the curve
            return Outcome("dead_address", type(error).__name__)
        return _outcome(answer)

    def close(self) -> None:
        self.session.close()


@lru_cache(maxsize=4)
def webpush_channel(key: str, contact: str, hosts: tuple[str, ...], base: str) -> WebPushChannel:
    """The channel for these settings, made once for the process. Raises ValueError if it cannot be used."""
    return WebPushChannel(key, contact=contact, hosts=hosts or HOSTS, base=base)


def public_key(key: str) -> str:
    """What a browser subscribes with (``applicationServerKey``). Raises ValueError for a key that is none."""
    point = _vapid(key).public_key.public_bytes(serialization.Encoding.X962, FORM)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def push_address(subscription: Mapping[str, Any], *, hosts: Sequence[str] = HOSTS, base: str = "") -> str:
    """The address to keep for a browser's ``PushSubscription.toJSON()``. Raises ValueError for what must not be written to."""
    if not isinstance(subscription, Mapping) or not isinstance(subscription.get("keys"), Mapping):
        raise ValueError(NO_SUBSCRIPTION)
    endpoint = subscription.get("endpoint")
    if not isinstance(endpoint, str) or not _may_reach(endpoint, hosts, base):
        raise ValueError(NOT_ALLOWED)
    keys = {name: str(subscription["keys"].get(name) or "") for name in ("auth", "p256dh")}
    if _length(keys["auth"]) != 16 or _length(keys["p256dh"]) != 65:
        raise ValueError(WRONG_KEYS)
    return json.dumps({"endpoint": endpoint, "keys": keys}, separators=(",", ":"))


def payload(message: Message) -> str:
    """What the service worker gets: JSON that fits, its text shortened if it must be."""

    def encoded(text: str) -> str:
        fields = {
            "key": message.key,
            "title": message.title,
            "text": text,
            "urgent": message.is_urgent,
            "data": {**message.data},
        }
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    return encoded(shorten(message.text, LARGEST_BODY - OVERHEAD, size=lambda text: utf8_length(encoded(text))))


def topic(key: str) -> str:
    """At most 32 letters of base64url, the same for the same alert, telling nothing about it."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()[:24]).decode()


def _vapid(key: str) -> Vapid:
    try:
        return Vapid.from_string(key)
    except (ValueError, TypeError, binascii.Error) as error:
        raise ValueError("VAPID key") from error


def _may_reach(endpoint: str, hosts: Sequence[str], base: str) -> bool:
    if not PLAIN.fullmatch(endpoint):
        return False
    parts = urlsplit(endpoint)
    if base and f"{parts.scheme}://{parts.netloc}" == base:
        return True
    is_listed = any(parts.netloc.endswith(name) if name.startswith(".") else parts.netloc == name for name in hosts)
    return parts.scheme == "https" and is_listed  # a listed name has no port


def _length(text: str) -> int:
    try:
        return len(base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True))
    except ValueError:
        return 0


def _outcome(answer: requests.Response) -> Outcome:
    status = answer.status_code
    reason = f"HTTP {status}"
    if 200 <= status < 300:
        is_page = "html" in answer.headers.get("Content-Type", "").lower()
        return Outcome("unknown", f"{reason} with a page") if is_page else Outcome("accepted")
    if status < 400:
        return Outcome("retry_at", f"{reason} redirected")
    kind = "retry_at" if status >= 500 else MEANING.get(status, "payload_error")
    return Outcome(kind, reason, retry_after(answer.headers) if kind == "retry_at" else None)
