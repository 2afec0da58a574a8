"""Firebase Cloud Messaging by firebase-admin, with its own retries switched off: our queue does the backing off.

FCM does not reach ordinary phones in mainland China; it is one adapter, never the floor.
"""

from __future__ import annotations

import json
import warnings
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import firebase_admin
from firebase_admin import credentials, exceptions, messaging
from google.auth.exceptions import GoogleAuthError, RefreshError
from requests.adapters import HTTPAdapter

from notifications.channels import Message, Outcome, OutcomeKind
from notifications.channels.answers import retry_after

TIMEOUT_S = 5.0
ORIGIN = "https://fcm.googleapis.com"

#: The first line that fits decides, so a kind of error stands before those it descends from.
MEANING: tuple[tuple[type[exceptions.FirebaseError], OutcomeKind], ...] = (
    (messaging.UnregisteredError, "dead_address"),
    (messaging.SenderIdMismatchError, "auth_error"),
    (exceptions.UnauthenticatedError, "auth_error"),
    (exceptions.PermissionDeniedError, "auth_error"),
    (exceptions.InvalidArgumentError, "payload_error"),
    (exceptions.ResourceExhaustedError, "retry_at"),
    (exceptions.UnavailableError, "retry_at"),
    (exceptions.InternalError, "retry_at"),
)


class FcmChannel:
    """One Firebase project. ``base`` replaces Google's origin in tests and demonstrations."""

    name = "fcm"
    is_repeatable = True  # collapse key and tag: the phone shows the later one only

    def __init__(self, service_account: dict[str, Any], *, base: str = "", timeout_s: float = TIMEOUT_S) -> None:
        certificate = credentials.Certificate(service_account)
        self.app = firebase_admin.initialize_app(certificate, {"httpTimeout": timeout_s}, name=f"xunge-{uuid4()}")
        # The library has no setting for another origin, nor for fewer retries: both are reached through its service object.
        service = messaging._get_messaging_service(self.app)
        if base:
            service._fcm_url = f"{base}/v1/projects/{self.app.project_id}/messages:send"
        service._client.session.mount(base or ORIGIN, HTTPAdapter(max_retries=0))

    def send(self, message: Message, *, address: str, kind: str) -> Outcome:
        """One request, one outcome; never raises for what a vendor, a proxy or a dead line can answer."""
        try:
            messaging.send(_encode(message, address=address, kind=kind), app=self.app)
        except exceptions.FirebaseError as error:
            return _outcome(error)
        except RefreshError as error:
            return Outcome("retry_at" if error.retryable else "auth_error", "RefreshError")
        except GoogleAuthError as error:
            return Outcome("retry_at", type(error).__name__)  # no token, so nothing was sent
        except (KeyError, TypeError):
            return Outcome("unknown", "answered without a message name")
        except ValueError as error:
            return Outcome("payload_error", type(error).__name__)
        return Outcome("accepted")

    def close(self) -> None:
        firebase_admin.delete_app(self.app)


@lru_cache(maxsize=4)
def fcm_channel(path: str, base: str) -> FcmChannel:
    """The channel for a service account's file, made once for the process. Raises OSError or ValueError if it cannot be used."""
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
                ttl=timedelta(seconds=message.life_s),
                collapse_key=message.key,
                notification=messaging.AndroidNotification(tag=message.key),
            ),
            **target,
        )


def _outcome(error: exceptions.FirebaseError) -> Outcome:
    kind: OutcomeKind = next((kind for family, kind in MEANING if isinstance(error, family)), "unknown")
    headers = error.http_response.headers if error.http_response is not None else {}
    return Outcome(kind, f"{type(error).__name__} {error.code}", retry_after(headers))
