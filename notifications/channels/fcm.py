"""Firebase Cloud Messaging by firebase-admin, with its own retries switched off: our queue does the backing off.

FCM does not reach ordinary phones in mainland China; it is one adapter, never the floor.
"""

from __future__ import annotations

import json
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

import firebase_admin
from firebase_admin import credentials, exceptions, messaging
from requests.adapters import HTTPAdapter

from notifications.channels import Message, Outcome

TIMEOUT_S = 5
ORIGIN = "https://fcm.googleapis.com"


class FcmChannel:
    """One Firebase project. ``base`` replaces Google's origin in tests and demonstrations."""

    def __init__(self, service_account: dict[str, Any], *, base: str = "") -> None:
        self.app = firebase_admin.initialize_app(
            credentials.Certificate(service_account), {"httpTimeout": TIMEOUT_S}, name=f"xunge-{id(self)}"
        )
        url = f"{base or ORIGIN}/v1/projects/{{0}}/messages:send"
        # The library reads this class attribute when an app's service is first used, and has no other way to be pointed elsewhere.
        previous, messaging._MessagingService.FCM_URL = messaging._MessagingService.FCM_URL, url
        try:
            service = messaging._get_messaging_service(self.app)
        finally:
            messaging._MessagingService.FCM_URL = previous
        service._client.session.mount(base or ORIGIN, HTTPAdapter(max_retries=0))

    def send(self, message: Message, *, address: str, kind: str) -> Outcome:
        """One request, one outcome; never raises for what a vendor can answer."""
        try:
            messaging.send(_encode(message, address=address, kind=kind), app=self.app)
        except exceptions.FirebaseError as error:
            return _outcome(error)
        except ValueError as error:
            return Outcome("payload_error", type(error).__name__)
        return Outcome("accepted")


@lru_cache(maxsize=4)
def fcm_channel(path: str, base: str) -> FcmChannel | None:
    """The channel for a service account's file, made once for the process; None without a file."""
    if not path:
        return None
    return FcmChannel(json.loads(Path(path).read_text("utf-8")), base=base)


def _encode(message: Message, *, address: str, kind: str) -> messaging.Message:
    target = {"fid": address} if kind == "fid" else {"token": address}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # tokens are deprecated in favour of fid; phones still have them
        return messaging.Message(
            notification=messaging.Notification(title=message.title, body=message.text),
            data={**message.data, "urgent": "1" if message.is_urgent else "0"},
            android=messaging.AndroidConfig(
                priority="high" if message.is_urgent else "normal",
                collapse_key=message.key,
                notification=messaging.AndroidNotification(tag=message.key),
            ),
            **target,
        )


def _outcome(error: exceptions.FirebaseError) -> Outcome:
    reason = f"{type(error).__name__} {error.code}"
    if isinstance(error, messaging.UnregisteredError):
        return Outcome("dead_address", reason)
    if isinstance(error, messaging.QuotaExceededError | exceptions.ResourceExhaustedError):
        return Outcome("retry", reason, _retry_after(error))
    if isinstance(error, messaging.ThirdPartyAuthError | exceptions.UnauthenticatedError | messaging.SenderIdMismatchError):
        return Outcome("auth_error", reason)
    if isinstance(error, exceptions.InvalidArgumentError):
        return Outcome("payload_error", reason)
    if isinstance(error, exceptions.UnavailableError | exceptions.InternalError) and error.http_response is not None:
        return Outcome("retry", reason, _retry_after(error))
    return Outcome("unknown", reason)


def _retry_after(error: exceptions.FirebaseError) -> int | None:
    value = error.http_response.headers.get("retry-after", "") if error.http_response is not None else ""
    return int(value) if value.isdigit() else None
