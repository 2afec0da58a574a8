"""Robots of WeCom and DingTalk against a real server on loopback that answers as their manuals say."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from notifications.channels import Message
from notifications.channels.robot import RobotChannel, robot_address, signature, words
from notifications.testing.robot_server import SECRET, RobotServer

MESSAGE = Message(
    key="alert-1", title="屋背山北坡起火", text="不要上山扑火。", is_urgent=True, life_s=600, data={"alert": "alert-1"}
)
BOTH = pytest.mark.parametrize("kind", ["wecom", "dingtalk"])


@pytest.fixture
def server() -> Iterator[RobotServer]:
    with RobotServer() as running:
        yield running


@pytest.fixture
def channel(server: RobotServer) -> Iterator[RobotChannel]:
    made = RobotChannel(base=server.base, timeout_s=0.5)
    yield made
    made.close()


@BOTH
@pytest.mark.parametrize(
    ("name", "outcome", "retry_after_s"),
    [
        ("ok", "accepted", None),
        ("quota", "retry_at", {"wecom": 60, "dingtalk": 600}),
        ("busy", "retry_at", 60),
        ("later", "retry_at", 30),
        ("redirect", "retry_at", None),
        ("removed", "dead_address", None),
        ("words", "payload_error", None),
        ("keyword", "payload_error", None),
        ("new", "payload_error", None),
        ("place", "auth_error", None),
        ("html", "unknown", None),
        ("portal", "unknown", None),
        ("garbage", "unknown", None),
        ("nameless", "unknown", None),
        ("list", "unknown", None),
        ("silence", "unknown", None),
    ],
)
def test_each_answer_of_a_robot_has_one_meaning_and_costs_one_request(
    server: RobotServer, channel: RobotChannel, kind: str, name: str, outcome: str, retry_after_s: int | dict[str, int] | None
) -> None:
    got = channel.send(MESSAGE, address=f"{name}-0000-0001", kind=kind)
    wait = retry_after_s[kind] if isinstance(retry_after_s, dict) else retry_after_s
    assert (got.kind, got.retry_after_s) == (outcome, wait)
    assert len(server.asked) == 1


@BOTH
def test_the_group_reads_who_writes_how_urgent_it_is_and_what_to_do(
    server: RobotServer, channel: RobotChannel, kind: str
) -> None:
    channel.send(MESSAGE, address="office-0001", kind=kind)
    channel.send(replace(MESSAGE, is_urgent=False, text=""), address="office-0001", kind=kind)
    assert [text for _, _, text in server.messages] == ["【巡格·紧急】屋背山北坡起火\n不要上山扑火。", "【巡格】屋背山北坡起火"]


@BOTH
def test_each_message_gets_a_line_of_its_own_for_an_old_one_may_have_died_unseen(
    server: RobotServer, channel: RobotChannel, kind: str
) -> None:
    for _ in range(5):
        assert channel.send(MESSAGE, address="office-0001", kind=kind).kind == "accepted"
    assert len({asked.line for asked in server.asked}) == 5


def test_a_robot_that_wants_signatures_gets_them(server: RobotServer, channel: RobotChannel) -> None:
    assert channel.send(MESSAGE, address=f"signed-0001:{SECRET}", kind="dingtalk").kind == "accepted"
    assert channel.send(MESSAGE, address="signed-0001", kind="dingtalk").kind == "auth_error"
    assert channel.send(MESSAGE, address="signed-0001:SECanother0000000", kind="dingtalk").kind == "auth_error"


def test_a_signature_is_the_same_for_the_same_moment() -> None:
    assert signature("SECabc", at_ms=1_700_000_000_000) == signature("SECabc", at_ms=1_700_000_000_000)
    assert signature("SECabc", at_ms=1)["sign"] != signature("SECabc", at_ms=2)["sign"]


@pytest.mark.parametrize("limit", [2048, 16_000])
def test_a_long_text_is_cut_to_what_the_vendor_takes(limit: int) -> None:
    text = words(replace(MESSAGE, text="请沿河各组立即转移，带上老人和孩子。" * 900), limit)
    assert limit - 400 < len(text.encode()) <= limit
    assert text.endswith("。…")


def test_a_robot_that_cannot_be_reached_is_tried_again_for_nothing_was_sent() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = RobotChannel(base=f"http://127.0.0.1:{nobody.getsockname()[1]}", timeout_s=0.5)
        assert away.send(MESSAGE, address="office-0001", kind="wecom").kind == "retry_at"
        away.close()


def test_what_may_have_been_written_is_not_written_again() -> None:
    assert RobotChannel.is_repeatable is False


WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0a1b2c3d-0000-4000-8000-000000000000"
DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef0123456789abcdef"


def test_a_webhook_is_kept_as_its_key() -> None:
    assert robot_address(WECOM) == ("wecom", "0a1b2c3d-0000-4000-8000-000000000000")
    assert robot_address(f" {DINGTALK}\n") == ("dingtalk", "0123456789abcdef0123456789abcdef")
    assert robot_address(DINGTALK, SECRET) == ("dingtalk", f"0123456789abcdef0123456789abcdef:{SECRET}")


@pytest.mark.parametrize(
    ("webhook", "secret"),
    [
        ("", ""),
        ("https://evil.example/cgi-bin/webhook/send?key=0a1b2c3d-0000", ""),
        (WECOM.replace("https", "http"), ""),
        (WECOM.replace("qyapi.weixin.qq.com", "qyapi.weixin.qq.com.evil.example"), ""),
        (WECOM.replace("webhook/send", "message/send"), ""),
        (WECOM.split("?", maxsplit=1)[0], ""),
        (WECOM, SECRET),
        (DINGTALK, "not a secret"),
    ],
)
def test_anything_else_is_no_webhook(webhook: str, secret: str) -> None:
    with pytest.raises(ValueError, match="no webhook"):
        robot_address(webhook, secret)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", "wecom"),
        ("a/../b/../c", "wecom"),
        ("key with space", "dingtalk"),
        ("office-0001:x", "dingtalk"),
        ("office-0001", "fax"),
    ],
)
def test_what_is_no_key_is_dead_without_a_request(server: RobotServer, channel: RobotChannel, address: str, kind: str) -> None:
    assert channel.send(MESSAGE, address=address, kind=kind).kind == "dead_address"
    assert not server.asked


def test_no_key_is_ever_logged(channel: RobotChannel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    names = ("ok", "removed", "html", "silence", "redirect")
    reasons = [channel.send(MESSAGE, address=f"{name}-canary", kind="wecom").reason for name in names]
    assert "canary" not in caplog.text + "".join(reasons)
