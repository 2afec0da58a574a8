"""Asking about what came from the ground, keeping the worker's answer, deciding. A flag is a question, never a verdict."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from backend.accounts.live import wake_phones
from backend.accounts.models import User
from backend.field.flag_rules import rule_of
from backend.field.models import Flag, FlagAnswer, FlagDecision
from backend.problems import NotAllowed, Unreadable

logger = logging.getLogger(__name__)


class OwnFlag(NotAllowed):
    """Whoever was asked cannot decide the question."""

    slug = "own_flag"
    zh, en = "问的是你自己，要由别人来判断。", "The question is about you; somebody else decides."


def raise_flag(
    person: User,
    *,
    about: str,
    about_id: UUID,
    rule: str,
    evidence: dict[str, Any],
    unit_code: str,
    at: datetime,
    item: UUID | None = None,
) -> Flag:
    """Ask a question about something, once for each rule. What a further item adds stands beside what was known.

    ``item`` is what the evidence came from; by default the thing itself.
    """
    facts = {"items": {str(item or about_id): evidence}}
    return _raise(person, about=about, about_id=about_id, rule=rule, facts=facts, unit_code=unit_code, at=at, is_whole=False)


def settle_flag(
    person: User, *, about: str, about_id: UUID, rule: str, items: dict[str, Any], unit_code: str, at: datetime
) -> Flag | None:
    """Ask, or take the question back, as all that is known now gives cause. One that a person decided stays."""
    if items:
        facts = {"items": items}
        return _raise(person, about=about, about_id=about_id, rule=rule, facts=facts, unit_code=unit_code, at=at, is_whole=True)
    Flag.objects.filter(person=person, about_id=about_id, rule=rule, decisions__isnull=True).delete()
    return None


def answer_flag(flag: UUID, *, text: str, item: UUID, by: User, at: datetime, received_at: datetime) -> Flag | None:
    """Keep what the person said; the newest of several answers is shown. None if there is no such question of theirs yet."""
    with transaction.atomic():
        values = {"flag_uuid": flag, "text": text, "at": at, "received_at": received_at}
        FlagAnswer.objects.get_or_create(person=by, uuid=item, defaults=values)
        row = Flag.objects.select_for_update().filter(person=by, uuid=flag).first()
        if row is not None:
            _take_answer(row)
            row.save(update_fields=["answer", "answered_at"])
    return row


def decide_flag(flag: Flag, *, decision: str, note: str, by: User, at: datetime) -> FlagDecision:
    """Add a decision; the newest holds. The person sees it, with the note."""
    if decision not in Flag.Decision.values:
        raise Unreadable("没有这一种判断。")
    if flag.person_id == by.pk:
        raise OwnFlag
    if decision == Flag.Decision.DOES_NOT_COUNT and not note.strip():
        raise Unreadable("位置不算，要写一句为什么，本人看得到。")
    with transaction.atomic():
        row = Flag.objects.select_for_update().get(pk=flag.pk)
        made = FlagDecision.objects.create(flag=row, decision=decision, note=note.strip(), by=by, at=at)
        row.decision, row.decided_by, row.decided_at = decision, by, at
        row.save(update_fields=["decision", "decided_by", "decided_at"])
        wake_phones([row.person_id])
        logger.info("flag.decided", extra={"flag": row.pk, "rule": row.rule, "decision": decision, "by": by.pk})
    flag.refresh_from_db()
    return made


def mark_shown(flags: Iterable[UUID], *, to: User, at: datetime) -> None:
    """Note when questions were first served to the phone of the person they are about."""
    Flag.objects.filter(person=to, uuid__in=list(flags), shown_at=None).update(shown_at=at)


def flag_uuid(person: User, about_id: UUID, rule: str) -> UUID:
    """The same question has the same name, before and after a rebuild."""
    return uuid5(NAMESPACE_URL, f"flag/{person.uuid}/{about_id}/{rule}")


def _raise(
    person: User, *, about: str, about_id: UUID, rule: str, facts: dict[str, Any], unit_code: str, at: datetime, is_whole: bool
) -> Flag:
    version = rule_of(rule).version
    named = {"uuid": flag_uuid(person, about_id, rule), "about": about, "rule_version": version}
    values = named | {"evidence": facts, "unit_code": unit_code, "raised_at": at}
    with transaction.atomic():
        row, is_new = Flag.objects.select_for_update().get_or_create(
            person=person, about_id=about_id, rule=rule, defaults=values
        )
        if is_new:
            _take_answer(row)
        elif row.rule_version == version:  # a question asked by an older rule keeps its evidence
            row.evidence = facts if is_whole else {"items": row.evidence.get("items", {}) | facts["items"]}
        if at < row.raised_at:
            row.raised_at, row.unit_code = at, unit_code
        row.save()
    return row


def _take_answer(row: Flag) -> None:
    newest = FlagAnswer.objects.filter(person=row.person_id, flag_uuid=row.uuid).order_by("at", "uuid").last()
    if newest is not None:
        row.answer, row.answered_at = newest.text, newest.at
