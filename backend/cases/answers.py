"""What a worker of the grid answered on the phone, as a check of the case that asked for it."""

from __future__ import annotations

from django.db import transaction

from backend.cases.actions import locked, verify_case
from backend.cases.models import Case
from backend.cases.rights import begins_here, has_handled, last_step
from backend.patrols.models import Answer

RESULTS = {Answer.Result.OK: "pass", Answer.Result.PROBLEM: "not_pass", Answer.Result.NO_ENTRY: "unable"}
SAID_NOTHING = {"pass": "", "not_pass": "有问题，没有写文字", "unable": "进不去，没有写文字"}


def verify_by_answer(answer: Answer) -> Case | None:
    """The case an answer verifies, moved; none if it asks nothing of a case, or the case has moved on meanwhile.

    Read again, an answer verifies nothing a second time: the record stays, whatever is derived anew.
    """
    with transaction.atomic():
        case = Case.objects.filter(check_task=answer.task_id).first()
        if case is None:
            return None
        case, result = locked(case), RESULTS[Answer.Result(answer.result)]
        is_known = case.transitions.filter(by=answer.person_id, answer=answer.uuid).exists()
        if is_known or not begins_here(case, result, last_step(case)) or has_handled(answer.person, case):
            return None
        return verify_case(
            case,
            result=result,
            note=answer.note or answer.reason or SAID_NOTHING[result],
            by=answer.person,
            at=answer.answered_at,
            role="网格员",
            answer=answer.uuid,
            received_at=answer.received_at,
        )
