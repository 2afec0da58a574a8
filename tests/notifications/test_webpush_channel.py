"""Web Push by the real pywebpush against a real push service on loopback that decrypts what it gets."""

from __future__ import annotations

import base64
import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from notifications.channels import Message
from notifications.channels.answers import LONGEST_WAIT_S, retry_after
from notifications.channels.webpush import HOSTS, WebPushChannel, payload, public_key, push_address, topic
from notifications.channels.wire import PlainSession, is_unsent
from notifications.testing.push_server import PushServer

KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"  # the number one: a key like any other, made for tests
CONTACT = "mailto:duty@example.invalid"
MESSAGE = Message(
    key="alert-1", title="屋背山北坡起火", text="不要上山扑火。", is_urgent=True, life_s=600, data={"alert": "alert-1"}
)


@pytest.fixture
def server() -> Iterator[PushServer]:
    with PushServer() as running:
        yield running


@pytest.fixture
def channel(server: PushServer) -> Iterator[WebPushChannel]:
    made = WebPushChannel(KEY, contact=CONTACT, base=server.base, timeout_s=0.5)
    yield made
    made.close()


def address(server: PushServer, name: str) -> str:
    return push_address(server.subscription(name), base=server.base)


def nobody_at() -> str:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{nobody.getsockname()[1]}"


@pytest.mark.parametrize(
    ("name", "kind", "retry_after_s"),
    [
        ("ok-1", "accepted", None),
        ("gone-1", "dead_address", None),
        ("missing-1", "dead_address", None),
        ("quota-1", "retry_at", 120),
        ("later-1", "retry_at", 0),
        ("internal-1", "retry_at", None),
        ("large-1", "payload_error", None),
        ("malformed-1", "payload_error", None),
        ("forbidden-1", "auth_error", None),
        ("html-1", "retry_at", None),
        ("redirect-1", "retry_at", None),
        ("portal-1", "unknown", None),
        ("silence-1", "unknown", None),
    ],
)
def test_each_answer_of_a_push_service_has_one_meaning(
    server: PushServer, channel: WebPushChannel, name: str, kind: str, retry_after_s: int | None
) -> None:
    outcome = channel.send(MESSAGE, address=address(server, name), kind="vapid")
    assert (outcome.kind, outcome.retry_after_s) == (kind, retry_after_s)
    assert len(server.asked) == 1


def test_the_browser_can_read_the_chinese_text_and_nobody_between(server: PushServer, channel: WebPushChannel) -> None:
    channel.send(MESSAGE, address=address(server, "ok-1"), kind="vapid")
    assert server.messages == [
        (
            "ok-1",
            {
                "key": "alert-1",
                "title": "屋背山北坡起火",
                "text": "不要上山扑火。",
                "urgent": True,
                "data": {"alert": "alert-1"},
            },
        )
    ]
    assert "起火".encode() not in server.asked[0].body


@pytest.mark.parametrize(("is_urgent", "urgency"), [(True, "high"), (False, "normal")])
def test_a_message_says_how_long_it_matters_how_much_and_what_it_replaces(
    server: PushServer, channel: WebPushChannel, is_urgent: bool, urgency: str
) -> None:
    channel.send(replace(MESSAGE, is_urgent=is_urgent), address=address(server, "ok-1"), kind="vapid")
    headers = server.asked[0].headers
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("600", urgency, topic("alert-1"))
    assert len(topic("alert-1")) == 32
    assert topic("alert-1") != topic("alert-2")


def test_many_messages_go_over_one_line(server: PushServer, channel: WebPushChannel) -> None:
    for name in ("ok-1", "ok-2", "ok-3"):
        assert channel.send(MESSAGE, address=address(server, name), kind="vapid").kind == "accepted"
    assert len({asked.line for asked in server.asked}) == 1


def test_a_long_text_is_cut_where_one_would_pause_and_fits(server: PushServer, channel: WebPushChannel) -> None:
    long = replace(MESSAGE, text="请沿河各组立即转移，带上老人和孩子。" * 200)
    assert channel.send(long, address=address(server, "ok-1"), kind="vapid").kind == "accepted"
    assert len(server.asked[0].body) <= 4096
    text = server.messages[0][1]["text"]
    assert text.endswith("孩子。…")
    assert len(text) > 1000


def test_what_does_not_fit_even_without_its_text_is_never_sent(server: PushServer, channel: WebPushChannel) -> None:
    heavy = replace(MESSAGE, data={"alert": "x" * 5000})
    assert channel.send(heavy, address=address(server, "ok-1"), kind="vapid").kind == "payload_error"
    assert not server.asked


def test_quotes_and_new_lines_count_as_long_as_they_are_written() -> None:
    assert len(payload(replace(MESSAGE, text='"\n' * 3000)).encode()) <= 4096 - 103


def test_a_push_service_that_does_not_know_our_key_needs_an_engineer(server: PushServer) -> None:
    class Unsigned(PushServer):
        def _is_signed(self, authorization: str) -> bool:
            return False

    with Unsigned() as strict:
        channel = WebPushChannel(KEY, contact=CONTACT, base=strict.base)
        assert channel.send(MESSAGE, address=address(strict, "ok-1"), kind="vapid").kind == "auth_error"
        channel.close()


def test_the_browser_subscribes_with_the_public_half_of_the_key() -> None:
    point = base64.urlsafe_b64decode(public_key(KEY) + "=")
    assert (len(point), point[0]) == (65, 4)


@pytest.mark.parametrize(("key", "contact"), [("", CONTACT), ("nonsense", CONTACT), (KEY, ""), (KEY, "duty@example.invalid")])
def test_a_key_or_a_contact_that_no_push_service_takes_is_refused_at_once(key: str, contact: str) -> None:
    with pytest.raises(ValueError, match="VAPID"):
        WebPushChannel(key, contact=contact)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/push/1",
        "https://fcm.googleapis.com.evil.example/1",
        "https://evilpush.apple.com/1",
        "https://fcm.googleapis.com@evil.example/1",
        "https://evil.example\\@fcm.googleapis.com/1",
        "http://fcm.googleapis.com/fcm/send/1",
        "https://fcm.googleapis.com:8443/1",
        "https://fcm.googleapis.com:port/1",
        "https://fcm.googleapis.com:/1",
        "https://fcm.googleapis.com:443/1",
        "https://127.0.0.1/1",
        "https://[::1]/1",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/\n1",
        "https://ｆcm.googleapis.com/1",
        "",
    ],
)
def test_only_push_services_that_are_listed_are_ever_written_to(
    server: PushServer, channel: WebPushChannel, endpoint: str
) -> None:
    subscription = server.subscription("ok-1") | {"endpoint": endpoint}
    with pytest.raises(ValueError, match="host not allowed"):
        push_address(subscription, base=server.base)
    outcome = channel.send(MESSAGE, address=json.dumps(subscription), kind="vapid")
    assert outcome.kind == "dead_address"
    assert not server.asked
    assert "evil" not in outcome.reason


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/x:y-z",
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://wns2-sg2p.notify.windows.com/w/?token=x%3d",
        "https://web.push.apple.com/QX",
    ],
)
def test_the_push_services_of_the_browsers_are_listed(server: PushServer, endpoint: str) -> None:
    kept = push_address(server.subscription("ok-1") | {"endpoint": endpoint, "expirationTime": None}, hosts=HOSTS)
    assert json.loads(kept)["endpoint"] == endpoint


@pytest.mark.parametrize(
    "subscription",
    [{}, [], "x", {"endpoint": "https://fcm.googleapis.com/1"}, {"endpoint": 1, "keys": {"auth": "", "p256dh": ""}}],
)
def test_what_is_no_subscription_is_refused(channel: WebPushChannel, subscription: object) -> None:
    with pytest.raises(ValueError, match=r"no subscription|host not allowed"):
        push_address(subscription)  # type: ignore[arg-type]
    assert channel.send(MESSAGE, address=json.dumps(subscription), kind="vapid").kind == "dead_address"


def test_keys_that_are_no_point_are_a_dead_address(server: PushServer, channel: WebPushChannel) -> None:
    nowhere = {"auth": "A" * 22, "p256dh": base64.urlsafe_b64encode(b"\x04" + b"\x01" * 64).decode()}
    broken = json.dumps(server.subscription("ok-1") | {"keys": nowhere})
    assert channel.send(MESSAGE, address=broken, kind="vapid").kind == "dead_address"
    assert not server.asked


def test_a_listed_name_that_leads_to_a_private_address_is_not_written_to() -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            raise AssertionError

    with HTTPServer(("127.0.0.1", 0), Page) as inside, pytest.raises(OSError, match="not a public address") as caught:
        PlainSession(keeps_lines=True, only_public=True).get(f"https://localhost:{inside.server_address[1]}/", timeout=2)
    assert is_unsent(caught.value)


def test_a_push_service_that_is_away_is_tried_again(server: PushServer) -> None:
    base = nobody_at()
    away = WebPushChannel(KEY, contact=CONTACT, base=base, timeout_s=0.5)
    gone = server.subscription("ok-1") | {"endpoint": f"{base}/push/ok-1"}
    assert away.send(MESSAGE, address=json.dumps(gone), kind="vapid").kind == "retry_at"
    away.close()


def test_no_end_point_is_ever_logged(server: PushServer, channel: WebPushChannel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ways = ("ok", "gone", "html", "silence", "redirect")
    reasons = [channel.send(MESSAGE, address=address(server, f"{way}-canary"), kind="vapid").reason for way in ways]
    assert "canary" not in caplog.text + "".join(reasons)


def test_a_wait_may_be_given_as_a_date_and_is_never_longer_than_a_day() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(minutes=5), usegmt=True)
    assert 290 <= (retry_after({"retry-after": soon}) or 0) <= 300
    assert retry_after({"Retry-After": "99999999999999999999"}) == LONGEST_WAIT_S
    assert [retry_after({"Retry-After": value}) for value in ("", "soon", "-1", "٣")] == [None] * 4
