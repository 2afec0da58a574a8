"""What a body means, by kind. The same call serves intake, the job for rows left over, and a rebuild."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.field.actions import home_code
from backend.field.flags import raise_flag
from backend.phone.clock import Sent
from backend.phone.interpret.answer import interpret_answer
from backend.phone.interpret.common import Arrived, Unfit, Verdict
from backend.phone.interpret.flag_answer import interpret_flag_answer
from backend.phone.interpret.patrol import interpret_patrol
from backend.phone.interpret.place_check import interpret_place_check
from backend.phone.interpret.report import interpret_report
from backend.phone.interpret.seen import interpret_seen
from backend.phone.interpret.sos import interpret_sos, interpret_sos_end
from backend.phone.interpret.track import interpret_track
from backend.phone.models import InboxItem
from backend.phone.wire import NotANumber, read_canonical
from backend.places.rules import rules_at
from backend.statements import Row

INTERPRETERS: dict[str, Callable[[Any, Arrived], Verdict]] = {
    "patrol": interpret_patrol,
    "track": interpret_track,
    "report": interpret_report,
    "answer": interpret_answer,
    "place_check": interpret_place_check,
    "seen": interpret_seen,
    "flag_answer": interpret_flag_answer,
    "sos": interpret_sos,
    "sos_end": interpret_sos_end,
}


@dataclass(frozen=True, slots=True)
class Read:
    """What intake knows of a row it has just written, so that it is not asked again: the body (None: read it), the grid, and
    the answer to the question of its kind."""

    body: Any
    home: str
    foreknown: Row | None = None


def interpret(row: InboxItem, *, is_replay: bool = False, read: Read | None = None) -> Verdict:
    """Derive everything from one row; raises `Unfit` if it cannot be read. Interpreting again changes nothing."""
    interpreter = INTERPRETERS.get(row.kind)
    if interpreter is None:
        raise Unfit("item_kind_unknown")
    try:
        body = read.body if read is not None and read.body is not None else read_canonical(bytes(row.body))
    except NotANumber as error:
        raise Unfit("not_a_number") from error
    except RecursionError as error:
        raise Unfit("body_invalid") from error
    if not isinstance(body, dict):
        raise Unfit("body_invalid")
    sent = Sent(row.received_at, row.sent_at, row.boot, row.mono)
    home = home_code(row.person, row.received_at) if read is None else read.home
    rules = rules_at(home, row.received_at)
    known = read.foreknown if read is not None else None
    arrived = Arrived(row.item, row.kind, row.person, row.device, sent, home, rules, is_replay, known)
    verdict = interpreter(body, arrived)
    for rule in verdict.flagged:  # one question for a patrol, not one for each piece of its track
        patrol = verdict.patrol if row.kind == "track" or rule == "clock_wrong" else None
        flag(row, rule, about="patrol" if patrol else row.kind, about_id=patrol, evidence=verdict.evidence, home=home)
    return verdict


def flag(row: InboxItem, rule: str, *, about: str, home: str, evidence: dict[str, Any], about_id: UUID | None = None) -> None:
    """Somebody should look at this item, or at the patrol it belongs to."""
    raise_flag(
        row.person,
        about=about,
        about_id=about_id or row.item,
        rule=rule,
        evidence={"kind": row.kind} | evidence,
        unit_code=home,
        at=row.received_at,
        item=row.item,
    )
