"""Questions as the person's phone shows them: in spoken words, with the facts, what was said, what somebody decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, Q

from backend.accounts.models import User
from backend.field.flag_rules import NOT_ASKED, happened_ms, lines_of, question_of
from backend.field.models import Flag, FlagDecision
from backend.patrols.models import Patrol
from backend.phone.wire import epoch_ms

ASKED_FOR = timedelta(days=30)
DECIDED_FOR = timedelta(days=14)


def question_bodies(user: User, at: datetime) -> Iterator[dict[str, Any]]:
    """What is open, and what was decided lately. Nobody is asked about a patrol that still runs."""
    running = Patrol.objects.filter(person=user, ended_at=None).values("uuid")
    decided = Q(decision__in=[Flag.Decision.COUNTS, Flag.Decision.DOES_NOT_COUNT])
    shown = Q(decided_at__gt=at - DECIDED_FOR) | (~decided & Q(raised_at__gt=at - ASKED_FOR))
    flags = Flag.objects.filter(shown, person=user).exclude(rule__in=NOT_ASKED).exclude(about_id__in=running)
    for flag in flags.order_by("uuid").prefetch_related(Prefetch("decisions", FlagDecision.objects.select_related("by"))):
        question = question_of(flag.rule, flag.evidence)
        if question:
            yield _body(flag, question)


def _body(flag: Flag, question: str) -> dict[str, Any]:
    return {
        "id": str(flag.uuid),
        "number": f"F-{flag.pk}",
        "rule": flag.rule,
        "when": happened_ms(flag.evidence) or epoch_ms(flag.raised_at),
        "question": question,
        "evidence": lines_of(flag.rule, flag.evidence),
        "asked_at": epoch_ms(flag.raised_at),
        "answer": flag.answer,
        "answered_at": epoch_ms(flag.answered_at) if flag.answered_at else None,
        "decision": flag.decision or None,
        "decisions": [
            {
                "decision": row.decision,
                "text": row.get_decision_display(),
                "note": row.note,
                "by": row.by.name,
                "at": epoch_ms(row.at),
            }
            for row in flag.decisions.all()
        ],
    }
