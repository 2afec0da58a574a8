"""System checks with stable ids: what must be right before anybody is served."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured

from notifications.ways import incomplete

LOOPBACK = ("localhost", "127.0.0.1", "::1")
SHORTEST_KEY = 40


def secret_key_is_set(**options: Any) -> list[CheckMessage]:
    del options
    if settings.SECRET_KEY.startswith("unset-") or len(settings.SECRET_KEY) < SHORTEST_KEY:
        hint = "Set PATROL_SECRET_KEY to 50 or more random characters; `./patrol run` makes one by itself."
        return [
            Error("the secret key is not set or too short: receipts and sessions could be forged", hint=hint, id="xunge.E001")
        ]
    return []


def address_is_safe(**options: Any) -> list[CheckMessage]:
    """Beyond loopback only by TLS: elsewhere a phone has no camera, no position and no service worker."""
    del options
    parts = urlsplit(settings.PATROL_URL)
    if not settings.PATROL_URL or parts.hostname in LOOPBACK:
        return []
    found: list[CheckMessage] = []
    if parts.scheme != "https":
        hint = "Set PATROL_URL to an https address and give PATROL_TLS_CERT and PATROL_TLS_KEY, or PATROL_BEHIND_PROXY=1."
        found.append(Error(f"{settings.PATROL_URL} is not loopback and not https", hint=hint, id="xunge.E002"))
    if parts.hostname not in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        found.append(Error(f"{parts.hostname} is not in PATROL_HOSTS: every request would be refused", id="xunge.E003"))
    if settings.IS_DEMO:
        text = "the demonstration is reachable from other machines; its people are invented, its sign-ins are not"
        found.append(Warning(text, hint="Use PATROL_DEMO on loopback, or give every account a one-time code.", id="xunge.W001"))
    return found


def live_address_is_safe(**options: Any) -> list[CheckMessage]:
    """A page served by TLS may not open a stream without."""
    del options
    if settings.PATROL_URL.startswith("https://") and settings.PATROL_LIVE_URL.startswith("http://"):
        return [Error("PATROL_LIVE_URL is http while PATROL_URL is https: browsers refuse the stream", id="xunge.E004")]
    return []


def proxy_is_told(**options: Any) -> list[CheckMessage]:
    del options
    if settings.BEHIND_PROXY and not settings.PATROL_URL:
        return [Error("PATROL_BEHIND_PROXY needs PATROL_URL, the address people type", id="xunge.E005")]
    return []


def channels_are_complete(**options: Any) -> list[CheckMessage]:
    """A way out that is switched on but half set up would lose every message by it."""
    del options
    return [
        Error(f"the channel {name} is switched on without {', '.join(missing)}", id="xunge.E006")
        for name, missing in incomplete().items()
    ]


def push_contact_is_one(**options: Any) -> list[CheckMessage]:
    del options
    if settings.VAPID_CONTACT and not settings.VAPID_CONTACT.startswith(("mailto:", "https://")):
        return [Error("PATROL_VAPID_CONTACT must begin with mailto: or https://", id="xunge.E007")]
    return []


ALL = (secret_key_is_set, address_is_safe, live_address_is_safe, proxy_is_told, channels_are_complete, push_contact_is_one)


def install() -> None:
    """The key is looked at by the deployment check and by servers only: an export or a migration needs none."""
    for check in ALL:
        register(check, Tags.security, deploy=check is secret_key_is_set)


def refuse_to_serve_unsafely() -> None:
    """For the server processes, which Django's own start does not check. Raises `ImproperlyConfigured` with what to do."""
    errors = [error for check in ALL for error in check() if error.is_serious()]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.id}: {error.msg}. {error.hint or ''}".rstrip() for error in errors))
