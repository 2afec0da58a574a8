"""Short messages by both vendors' real SDKs against a real server on loopback that answers as their manuals say."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from notifications.channels import Message
from notifications.channels.sms import SmsChannel, Vendor, masked, plain_number, quiet, until_midnight_s
from notifications.channels.sms.aliyun import Aliyun
from notifications.channels.sms.tencent import Tencent
from notifications.testing.loopback import STRANGE
from notifications.testing.sms_server import KEY_ID, NAMES, SmsServer, number

MESSAGE = Message(
    key="alert-1", title="屋背山北坡起火", text="不要上山扑火。", is_urgent=True, life_s=600, data={"alert": "alert-1"}
)
Make = Callable[..., Vendor]


def aliyun(base: str, key: str = KEY_ID) -> Vendor:
    return Aliyun(key, "secret", sign="安福县网格", template="SMS_1", base=base, timeout_s=0.5)


def tencent(base: str, key: str = KEY_ID) -> Vendor:
    return Tencent(key, "secret", app="1400000000", sign="安福县网格", template="SMS_1", base=base, timeout_s=0.5)


BOTH = pytest.mark.parametrize("make", [aliyun, tencent])


@pytest.fixture
def server() -> Iterator[SmsServer]:
    with SmsServer() as running:
        yield running


def channel_of(vendor: Vendor, *, longest_value: int = 35) -> SmsChannel:
    return SmsChannel(vendor, places=("title", "text"), longest_value=longest_value)


EXPECTED = {
    "ok": "accepted",
    "minute": "retry_at",
    "hour": "retry_at",
    "day": "retry_at",
    "account-day": "retry_at",
    "number": "dead_address",
    "refuses": "dead_address",
    "signature": "payload_error",
    "template": "payload_error",
    "value": "payload_error",
    "balance": "auth_error",
    "new-code": "unknown",
    "own-trouble": "unknown",
    "throttled": "retry_at",
    "away": "retry_at",
    "bad-secret": "auth_error",
    "forbidden": "auth_error",
    "html": "unknown",
    "portal": "unknown",
    "garbage": "unknown",
    "redirect": "unknown",
    "silence": "unknown",
}


@BOTH
@pytest.mark.parametrize("name", NAMES)
def test_each_answer_of_a_vendor_has_one_meaning_and_costs_one_request(server: SmsServer, make: Make, name: str) -> None:
    outcome = channel_of(make(server.base)).send(MESSAGE, address=number(name), kind="phone")
    assert outcome.kind == EXPECTED[name]
    assert len(server.messages) == 1
    assert len(server.asked) == 1
    assert (outcome.retry_after_s is not None) == (outcome.kind == "retry_at")


@BOTH
def test_a_quota_says_when_it_is_free_again(server: SmsServer, make: Make) -> None:
    channel = channel_of(make(server.base))
    waits = {
        name: channel.send(MESSAGE, address=number(name), kind="phone").retry_after_s for name in ("minute", "hour", "day")
    }
    assert (waits["minute"], waits["hour"]) == (60, 3600)
    assert abs((waits["day"] or 0) - until_midnight_s()) < 5
    assert 60 <= until_midnight_s() <= 24 * 3600 + 60


@BOTH
def test_what_may_have_been_sent_is_not_sent_again(server: SmsServer, make: Make) -> None:
    assert channel_of(make(server.base)).is_repeatable is False


@BOTH
def test_the_places_of_the_template_are_filled_in_order_and_short_enough(server: SmsServer, make: Make) -> None:
    long = replace(MESSAGE, title="【紧急】上游水库\n泄洪", text="请沿河各组立即转移，带上老人和孩子。")
    channel_of(make(server.base), longest_value=12).send(long, address=number("ok"), kind="phone")
    to, template, values = server.messages[0]
    assert to.endswith(number("ok"))
    assert (template, values) == ("SMS_1", ["「紧急」上游水库 泄洪", "请沿河各组立即转移…"])


@BOTH
def test_a_template_without_places_is_sent_as_it_was_approved(server: SmsServer, make: Make) -> None:
    channel = SmsChannel(make(server.base), places=(), longest_value=35)
    assert channel.send(MESSAGE, address=number("ok"), kind="phone").kind == "accepted"
    assert server.messages[0][2] == []


@BOTH
def test_a_key_the_vendor_does_not_know_is_a_matter_for_an_engineer(server: SmsServer, make: Make) -> None:
    outcome = channel_of(make(server.base, key="another-key")).send(MESSAGE, address=number("ok"), kind="phone")
    assert outcome.kind == "auth_error"


@BOTH
def test_a_vendor_that_cannot_be_reached_is_tried_again_for_nothing_was_sent(make: Make) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        channel = channel_of(make(f"http://127.0.0.1:{nobody.getsockname()[1]}"))
        assert channel.send(MESSAGE, address=number("ok"), kind="phone").kind == "retry_at"


@BOTH
def test_each_message_gets_a_line_of_its_own_for_an_old_one_may_have_died_unseen(server: SmsServer, make: Make) -> None:
    channel = channel_of(make(server.base))
    for _ in range(5):
        assert channel.send(MESSAGE, address=number("ok"), kind="phone").kind == "accepted"
    assert len({asked.line for asked in server.asked}) == 5


@BOTH
def test_a_line_that_breaks_after_the_request_is_not_tried_again(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        channel = channel_of(make(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        listener.settimeout(5)

        def hang_up() -> None:
            line, _ = listener.accept()
            line.recv(1)
            line.close()

        helper = threading.Thread(target=hang_up)
        helper.start()
        assert channel.send(MESSAGE, address=number("ok"), kind="phone").kind == "unknown"
        helper.join()


@BOTH
@pytest.mark.parametrize(
    "address", ["", "0796-7622345", "+85291234567", "12345", "1390000000", "139000000000", "１３９００００００００"]
)
def test_what_is_no_mobile_number_of_the_mainland_is_dead_without_a_request(
    server: SmsServer, make: Make, address: str
) -> None:
    assert channel_of(make(server.base)).send(MESSAGE, address=address, kind="phone").kind == "dead_address"
    assert not server.asked


@pytest.mark.parametrize("address", ["13900000000", "+8613900000000", "8613900000000", "139 0000 0000", "139-0000-0000"])
def test_a_number_is_known_however_it_is_written(address: str) -> None:
    assert plain_number(address) == "13900000000"


@BOTH
def test_a_number_is_never_logged_whole(server: SmsServer, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    channel = channel_of(make(server.base))
    names = ["ok", "number", "day", "own-trouble", "away", "silence", *STRANGE]
    reasons = [channel.send(MESSAGE, address=number(name), kind="phone").reason for name in names]
    said = caplog.text + "".join(reasons)
    for name in names:
        assert number(name) not in said
        assert masked(number(name)) in said


def test_a_code_that_could_hide_a_number_is_not_repeated() -> None:
    assert [quiet(code) for code in ("isv.DAY_LIMIT_CONTROL", "bad number 13900000000", "x13900000000", "")] == [
        "isv.DAY_LIMIT_CONTROL",
        "-",
        "-",
        "-",
    ]
