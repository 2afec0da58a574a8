"""Robots of an office's group in WeCom (企业微信) or DingTalk (钉钉): a webhook that writes one message into the group.

The address is the robot's key, never a whole URL, so that nobody can make us write to a host of their choice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import requests

from notifications.channels import Message, Outcome, OutcomeKind
from notifications.channels.answers import retry_after
from notifications.channels.wire import PlainSession, is_unsent
from notifications.channels.words import shorten

Kind = Literal["wecom", "dingtalk"]

TIMEOUT_S = 5.0
KEY = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
SECRET = re.compile(r"SEC[A-Za-z0-9]{8,128}", re.ASCII)
ORIGINS: dict[str, str] = {"wecom": "https://qyapi.weixin.qq.com", "dingtalk": "https://oapi.dingtalk.com"}
PATHS: dict[str, str] = {"wecom": "/cgi-bin/webhook/send", "dingtalk": "/robot/send"}
KEY_NAMES: dict[str, str] = {"wecom": "key", "dingtalk": "access_token"}
LONGEST: dict[str, int] = {"wecom": 2048, "dingtalk": 16_000}  # bytes of text; DingTalk refuses a body of more than 20 000
NAME = "巡格"  # a DingTalk robot may be made to take messages with a word of its choice only: this one is always there

#: Seconds after which a robot that was asked too often may be asked again: both take twenty a minute, DingTalk then rests for ten.
QUOTAS: dict[str, dict[int, int]] = {
    "wecom": {45009: 60, 45033: 60, -1: 60, 6000: 60},
    "dingtalk": {130101: 600, 410100: 600, -1: 60},
}
CODES: dict[str, dict[int, OutcomeKind]] = {
    "wecom": {93000: "dead_address", 93004: "dead_address", 93008: "dead_address", 60020: "auth_error"},
    "dingtalk": {
        300001: "dead_address",  # no such token
        300005: "dead_address",
        400101: "dead_address",
        400102: "dead_address",  # switched off
        400106: "dead_address",  # removed
        400013: "dead_address",  # the group is dissolved
        310000: "auth_error",  # signature, keyword or address of the sender: the robot's security settings
    },
}


class RobotChannel:
    """``address`` is what ``robot_address`` made of a webhook. ``base`` replaces both vendors' origins in tests and demonstrations."""

    name = "robot"
    is_repeatable = False  # a group would read it twice

    def __init__(self, *, base: str = "", timeout_s: float = TIMEOUT_S) -> None:
        self.base, self.timeout_s, self.session = base, timeout_s, PlainSession(keeps_lines=False)

    def send(self, message: Message, *, address: str, kind: str) -> Outcome:
        """One request, one outcome; never raises for what a vendor, a proxy or a dead line can answer."""
        key, _, secret = address.partition(":")
        if kind not in ORIGINS or not KEY.fullmatch(key) or (secret and not SECRET.fullmatch(secret)):
            return Outcome("dead_address", "no robot's key")
        query = {KEY_NAMES[kind]: key} | (signature(secret) if secret else {})
        body: dict[str, Any] = {"msgtype": "text", "text": {"content": words(message, LONGEST[kind])}}
        try:
            answer = self.session.post(
                f"{self.base or ORIGINS[kind]}{PATHS[kind]}", params=query, json=body, timeout=self.timeout_s
            )
        except requests.RequestException as error:
            return Outcome("retry_at" if is_unsent(error) else "unknown", type(error).__name__)
        return _outcome(kind, answer)

    def close(self) -> None:
        self.session.close()


@lru_cache(maxsize=2)
def robot_channel(base: str) -> RobotChannel:
    """The channel, made once for the process."""
    return RobotChannel(base=base)


def robot_address(webhook: str, secret: str = "") -> tuple[Kind, str]:
    """Kind and address for the webhook that was copied from the group's settings. Raises ValueError for anything else."""
    parts = urlsplit(webhook.strip())
    for kind in ("wecom", "dingtalk"):
        if f"{parts.scheme}://{parts.netloc}" == ORIGINS[kind] and parts.path == PATHS[kind]:
            key = parse_qs(parts.query).get(KEY_NAMES[kind], [""])[0]
            if not KEY.fullmatch(key) or (secret and (kind == "wecom" or not SECRET.fullmatch(secret))):
                break
            return kind, f"{key}:{secret}" if secret else key
    raise ValueError("no webhook of a WeCom or DingTalk robot")


def signature(secret: str, *, at_ms: int | None = None) -> dict[str, str]:
    """What DingTalk wants beside the token of a robot with 加签."""
    stamp = str(round(time.time() * 1000) if at_ms is None else at_ms)
    digest = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
    return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def words(message: Message, limit: int) -> str:
    head = f"【{NAME}{'·紧急' if message.is_urgent else ''}】{message.title}"
    return shorten(f"{head}\n{message.text}" if message.text else head, limit)


def _outcome(kind: str, answer: requests.Response) -> Outcome:
    status = answer.status_code
    if status in (407, 408, 429, 503):
        return Outcome("retry_at", f"HTTP {status}", retry_after(answer.headers))
    if 300 <= status < 400:
        return Outcome("retry_at", f"HTTP {status} redirected")
    try:
        body: Any = answer.json()
        code, text = int(body["errcode"]), str(body.get("errmsg", ""))
    except (ValueError, TypeError, KeyError):  # a proxy's page; it may have passed the message on
        return Outcome("unknown", f"HTTP {status} without a code")
    if code == 0:
        return Outcome("accepted")
    if code in QUOTAS[kind]:
        return Outcome("retry_at", f"{kind} {code}", QUOTAS[kind][code])
    if kind == "dingtalk" and code == 310000 and ("keyword" in text or "关键词" in text):
        return Outcome("payload_error", f"{kind} {code} keyword")
    return Outcome(CODES[kind].get(code, "payload_error"), f"{kind} {code}")
