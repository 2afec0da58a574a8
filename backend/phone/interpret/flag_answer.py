"""What the person says to a question. It may be left unsaid; said again, the newest is shown and all are kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from backend.field.flags import answer_flag
from backend.phone.interpret.common import Arrived, Text, TimedBody, Unfit, Verdict, read


class FlagAnswerBody(TimedBody):
    flag: UUID
    text: Text


def interpret_flag_answer(body: Any, arrived: Arrived) -> Verdict:
    said = read(FlagAnswerBody, body)
    text = said.text.strip()
    if not text:
        raise Unfit("body_invalid")
    received_at = arrived.sent.received_at
    flag = answer_flag(
        said.flag, text=text, item=arrived.item, by=arrived.person, at=arrived.moment(said).at, received_at=received_at
    )
    return Verdict() if flag else Verdict(("unknown_flag",))
