"""A phone says where it can be rung; what must not be written to is refused, and another person takes the address over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notifications.models import Address
from tests.backend.builders import make_person
from tests.backend.phone_client import Phone
from tests.notifications.outside import CONTACT, VAPID

pytestmark = pytest.mark.django_db
KEYS = {"auth": "A" * 22, "p256dh": "B" * 87}


def subscription(endpoint: str, **keys: str) -> dict[str, str]:
    address = json.dumps({"endpoint": endpoint, "keys": KEYS | keys}, separators=(",", ":"))
    return {"channel": "webpush", "kind": "vapid", "address": address}


PUSH = "https://updates.push.services.mozilla.com/wpush/v2/made-up"


def test_a_phone_is_told_the_key_only_where_web_push_is_on(phone: Phone, settings: Any) -> None:
    assert phone.get("me").json()["push_key"] == ""
    settings.VAPID_KEY, settings.VAPID_CONTACT = VAPID, CONTACT
    assert len(phone.get("me").json()["push_key"]) == 87


def test_a_browser_is_kept_and_let_go_again(phone: Phone) -> None:
    assert phone.put("address", subscription(PUSH)).status_code == 200
    kept = Address.objects.get()
    assert (kept.person, kept.state, json.loads(kept.address)["endpoint"]) == (phone.user, "live", PUSH)
    assert phone.client.delete("/api/phone/address").status_code == 200
    kept.refresh_from_db()
    assert kept.state == "dead"


@pytest.mark.parametrize(
    "body",
    [
        subscription("https://push.example.invalid/1"),
        subscription("http://updates.push.services.mozilla.com/1"),
        subscription("https://127.0.0.1/push"),
        subscription(PUSH, auth="A"),
        {"channel": "webpush", "kind": "vapid", "address": "not-json-at-all"},
        {"channel": "webpush", "kind": "token", "address": "a-token-1234"},
        {"channel": "fcm", "kind": "vapid", "address": "a-token-1234"},
        {"channel": "sms", "kind": "mobile", "address": "13900000000"},
    ],
)
def test_what_must_not_be_written_to_is_refused(phone: Phone, body: dict[str, str]) -> None:
    assert phone.put("address", body).status_code == 422
    assert not Address.objects.exists()


def test_a_phone_handed_on_rings_the_next_person_only(phone: Phone) -> None:
    phone.put("address", subscription(PUSH))
    following = Phone(make_person("后来人"))
    following.put("address", subscription(PUSH))
    assert Address.objects.get().person == following.user
