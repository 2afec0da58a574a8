"""WeCom's and DingTalk's robots on loopback. The beginning of a key, up to the first ``-``, chooses the answer."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

from notifications.testing.loopback import STRANGE, Answer, Asked, LoopbackServer, as_json

SECRET = "SECmadeup000000000000"  # noqa: S105  the double checks signatures with it

#: prefix -> WeCom's code and words, DingTalk's code and words
CODES: dict[str, tuple[int, str, int, str]] = {
    "quota": (45009, "api freq out of limit", 130101, "send too fast, exceed 20 times per minute"),
    "removed": (93000, "invalid webhook url", 300001, "token is not exist"),
    "words": (40058, "text.content exceed max length 2048", 460101, "message too long"),
    "keyword": (40008, "invalid message type", 310000, "description:机器人发送签名不匹配;keywords not in content"),
    "place": (60020, "not allow to access from your ip", 310000, "ip 1.2.3.4 not in whitelist"),
    "busy": (-1, "system error", -1, "系统繁忙"),
    "new": (99999, "never seen before", 99999, "never seen before"),
}
WHOLE: dict[str, Answer] = {
    **STRANGE,
    "later": Answer(503, headers={"Retry-After": "30"}),
    "nameless": as_json({}),
    "list": as_json([]),
}


class RobotServer(LoopbackServer):
    """``messages``: kind, key and text of what was taken."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[tuple[str, str, str]] = []

    def answer(self, asked: Asked) -> Answer | None:
        kind = {"/cgi-bin/webhook/send": "wecom", "/robot/send": "dingtalk"}.get(asked.path, "")
        key = asked.query.get("key" if kind == "wecom" else "access_token", "")
        prefix = key.split("-")[0]
        if prefix == "silence":
            return None
        if prefix in WHOLE:
            return WHOLE[prefix]
        if prefix in CODES:
            code, text = CODES[prefix][:2] if kind == "wecom" else CODES[prefix][2:]
            return as_json({"errcode": code, "errmsg": text})
        if prefix == "signed" and not _is_signed(asked):
            return as_json({"errcode": 310000, "errmsg": "sign not match"})
        self.messages.append((kind, key, json.loads(asked.body)["text"]["content"]))
        return as_json({"errcode": 0, "errmsg": "ok"})


def _is_signed(asked: Asked) -> bool:
    stamp = asked.query.get("timestamp", "")
    wanted = base64.b64encode(hmac.digest(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256)).decode()
    is_recent = stamp.isdigit() and abs(time.time() * 1000 - int(stamp)) < 3_600_000
    return is_recent and hmac.compare_digest(wanted, asked.query.get("sign", ""))
