"""The states of a case and every move between them, in one table. The database holds the same table as a constraint."""

from __future__ import annotations

from dataclasses import dataclass

from backend.accounts.models import Post

Role = Post.Role

STATES = {
    "submitted": "待受理",
    "registered": "已立案",
    "rejected": "不立案",
    "merged": "已合并",
    "assigned": "已派遣",
    "returned": "退回",
    "handling": "处置中",
    "feedback": "已反馈",
    "post_verify": "待核查",
    "rework": "返工",
    "closed": "已结案",
}
OPEN = ("registered", "assigned", "returned", "handling", "feedback", "post_verify", "rework")
ENDS = ("rejected", "merged", "closed")
BY_OFFICE = (Role.HANDLER,)  # of the office the case was given to, see `backend.cases.rights`
VERIFIERS = (*Post.CENTRE, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class Move:
    """One operation: what it is called, where it may begin, where it ends, whose posts may do it."""

    word: str
    begins: tuple[str, ...]
    ends: str
    roles: tuple[str, ...] = ()


#: Domain words: a check that could not be done goes back to the centre's queue, a failed one to the office.
MOVES = {
    "submit": Move("上报", ("",), "submitted"),
    "register": Move("立案", ("submitted",), "registered", (Role.OPERATOR, Role.DUTY_CHIEF)),
    "reject": Move("不立案", ("submitted", "returned"), "rejected", (Role.OPERATOR, Role.DUTY_CHIEF)),
    "merge": Move("合并", ("submitted",), "merged", (Role.OPERATOR, Role.DUTY_CHIEF)),
    "assign": Move("派遣", ("registered", "assigned", "returned"), "assigned", (Role.DISPATCHER, Role.DUTY_CHIEF)),
    "return": Move("退回", ("assigned",), "returned", BY_OFFICE),
    "start": Move("签收，开始处置", ("assigned", "rework"), "handling", BY_OFFICE),
    "feedback": Move("反馈", ("handling",), "feedback", BY_OFFICE),
    "ask_check": Move("送核查", ("feedback",), "post_verify", (Role.OPERATOR, Role.DISPATCHER, Role.DUTY_CHIEF)),
    "pass": Move("核查通过", ("post_verify",), "post_verify", VERIFIERS),
    "not_pass": Move("核查没通过", ("post_verify",), "rework", VERIFIERS),
    "unable": Move("没法核查", ("post_verify",), "feedback", VERIFIERS),
    "close": Move("结案", ("post_verify",), "closed", (Role.OPERATOR, Role.DUTY_CHIEF)),
}
HANDLED = ("start", "feedback")  # who did one of these has handled the case and does not verify it
VERIFIED = ("pass", "not_pass", "unable")
REASONED = ("reject", "return", "not_pass", "unable")  # cannot be done without saying why


def triples() -> list[tuple[str, str, str]]:
    """Every allowed (operation, from, to)."""
    return [(name, begin, move.ends) for name, move in MOVES.items() for begin in move.begins]
