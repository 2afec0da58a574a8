"""What the person says to a question. It may be left unsaid; said again, the newest is shown and all are kept."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import StringConstraints

from backend.field.flags import answer_flag
from backend.phone.interpret.common import Arrived, Storable, TimedBody, Verdict, read


class FlagAnswerBody(TimedBody):
    flag: UUID
    text: Annotated[str, Storable, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=20_000)]


def interpret_flag_answer(body: Any, arrived: Arrived) -> Verdict:
    said = read(FlagAnswerBody, body)
    received_at = arrived.sent.received_at
    flag = answer_flag(
        said.flag, text=said.text, item=arrived.item, by=arrived.person, at=arrived.moment(said).at, received_at=received_at
    )
    return Verdict() if flag else Verdict(("unknown_flag",))
