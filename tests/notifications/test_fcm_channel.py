"""FCM by the real firebase-admin against a real HTTP server: every answer a vendor, a proxy or a dead line can give."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator

import pytest

from notifications.channels import Message
from notifications.channels.fcm import FcmChannel
from notifications.testing.fcm_server import FcmServer

MESSAGE = Message(
    key="alert-1", title="屋背山北坡起火", text="不要上山扑火。", is_urgent=True, life_s=600, data={"alert": "alert-1"}
)


@pytest.fixture
def server() -> Iterator[FcmServer]:
    with FcmServer() as running:
        yield running


@pytest.fixture
def channel(server: FcmServer) -> Iterator[FcmChannel]:
    made = FcmChannel(server.service_account(), base=server.base, timeout_s=0.5)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("address", "kind", "retry_after_s"),
    [
        ("ok-1", "accepted", None),
        ("unregistered-1", "dead_address", None),
        ("quota-1", "retry_at", 120),
        ("unavailable-1", "retry_at", None),
        ("internal-1", "retry_at", None),
        ("invalid-1", "payload_error", None),
        ("sender-1", "auth_error", None),
        ("forbidden-1", "auth_error", None),
        ("apns-1", "auth_error", None),
        ("html-1", "unknown", None),
        ("portal-1", "unknown", None),
        ("nameless-1", "unknown", None),
        ("silence-1", "unknown", None),
        ("", "payload_error", None),
    ],
)
def test_each_answer_of_the_vendor_has_one_meaning(
    channel: FcmChannel, address: str, kind: str, retry_after_s: int | None
) -> None:
    outcome = channel.send(MESSAGE, address=address, kind="token")
    assert (outcome.kind, outcome.retry_after_s) == (kind, retry_after_s)


@pytest.mark.parametrize("address", ["quota-1", "unavailable-1", "internal-1", "silence-1", "html-1"])
def test_the_library_repeats_nothing_behind_our_back(server: FcmServer, channel: FcmChannel, address: str) -> None:
    channel.send(MESSAGE, address=address, kind="token")
    assert len(server.messages) == 1


def test_waiting_is_left_to_the_queue(channel: FcmChannel) -> None:
    began = time.monotonic()
    channel.send(MESSAGE, address="quota-1", kind="token")
    assert time.monotonic() - began < 10  # by itself the library would sleep four times 120 seconds


def test_a_message_says_how_long_it_matters_and_what_it_replaces(server: FcmServer, channel: FcmChannel) -> None:
    channel.send(MESSAGE, address="ok-1", kind="token")
    (message,) = server.messages
    assert message["notification"] == {"title": "屋背山北坡起火", "body": "不要上山扑火。"}
    assert message["data"] == {"alert": "alert-1", "urgent": "1"}
    android = message["android"]
    assert (android["priority"], android["ttl"], android["collapse_key"]) == ("high", "600s", "alert-1")
    assert android["notification"]["tag"] == "alert-1"


@pytest.mark.parametrize("kind", ["token", "fid"])
def test_an_installation_id_and_a_token_are_both_addresses(server: FcmServer, channel: FcmChannel, kind: str) -> None:
    channel.send(MESSAGE, address="ok-1", kind=kind)
    assert server.messages[0][kind] == "ok-1"


def test_a_bearer_that_was_revoked_is_renewed_unseen(server: FcmServer, channel: FcmChannel) -> None:
    channel.send(MESSAGE, address="ok-1", kind="token")
    server.tokens.clear()
    assert channel.send(MESSAGE, address="ok-2", kind="token").kind == "accepted"
    assert server.tokens_given == 2


def test_a_key_that_google_refuses_is_a_matter_for_an_engineer(server: FcmServer, channel: FcmChannel) -> None:
    server.is_refusing_tokens = True
    assert channel.send(MESSAGE, address="ok-1", kind="token").kind == "auth_error"
    assert not server.messages


def test_a_vendor_that_is_away_is_tried_again(server: FcmServer) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = FcmChannel(server.service_account(), base=f"http://127.0.0.1:{nobody.getsockname()[1]}", timeout_s=0.5)
        assert away.send(MESSAGE, address="ok-1", kind="token").kind == "retry_at"
        away.close()


def test_a_token_end_point_that_is_away_is_tried_again(server: FcmServer) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        account = server.service_account() | {"token_uri": f"http://127.0.0.1:{nobody.getsockname()[1]}/token"}
        away = FcmChannel(account, base=server.base, timeout_s=0.5)
        assert away.send(MESSAGE, address="ok-1", kind="token").kind == "retry_at"
        away.close()


def test_no_address_is_ever_logged(channel: FcmChannel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reasons = [channel.send(MESSAGE, address=f"{way}-canary", kind="token").reason for way in ("ok", "unregistered", "html")]
    assert "canary" not in caplog.text + "".join(reasons)
