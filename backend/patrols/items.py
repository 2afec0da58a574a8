"""Checklist items of a county: new ones, new versions from a day on, and their end. Nothing that was answered changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from backend.accounts.models import User
from backend.patrols.admissions import cut, withdraw_beyond
from backend.patrols.item_fields import clean_fields, code_faults
from backend.patrols.later import generate_later
from backend.patrols.models import ChecklistItem, ItemAdmission
from backend.problems import Conflict, Unreadable
from backend.units.models import AdminUnit

logger = logging.getLogger(__name__)


class ItemExists(Conflict):
    """The county has an item of this code already; it is revised, not made again."""

    slug = "item_exists"
    zh, en = "这个编码已经有了。要改，就改成新的一版。", "An item of this code exists. Revise it instead."


class ItemOutdated(Conflict):
    """A newer version of the item exists, or it ended: only the newest one is revised."""

    slug = "item_outdated"
    zh, en = (
        "这一项有更新的一版，或者已经停用。先看看最新的。",
        "The item has a newer version or has ended. Look at that one first.",
    )


def create_item(
    county: AdminUnit, code: str, fields: Mapping[str, Any], *, by: User | None, at: datetime, since: date | None = None
) -> ChecklistItem:
    """The first version of an item, in force from a day on or from today; nobody is asked it before it is admitted."""
    if found := code_faults(code):
        raise Unreadable("编码" + found[0][1] + "。", fields=[{"where": where, "what": what} for where, what in found])
    values = clean_fields(fields)
    with transaction.atomic():
        AdminUnit.objects.select_for_update(no_key=True).get(pk=county.pk)
        if ChecklistItem.objects.filter(county=county, code=code).exists():
            raise ItemExists
        valid = DateRange(since or timezone.localtime(at).date(), None)
        item = ChecklistItem.objects.create(county=county, code=code, valid=valid, **values)
    logger.info("item.created", extra={"item": item.reference, "by": by.pk if by else None})
    return item


def revise_item(item: ChecklistItem, fields: Mapping[str, Any], *, since: date, by: User | None, at: datetime) -> ChecklistItem:
    """The next version, in force from a day on. The one before ends that day, and its admissions go on with the new one.

    Answers stay with the version they were given to. What was asked ahead for days from then on is taken back, to be asked
    in the new words.
    """
    values = clean_fields(fields)
    with transaction.atomic():
        before = _newest(item)
        _must_come(before, since, at)
        upper = before.valid.upper
        _close(before, since)
        after = ChecklistItem.objects.create(
            county=before.county,
            code=before.code,
            version=before.version + 1,
            valid=DateRange(since, upper),
            **values,
        )
        for admission in before.admissions.exclude(state=ItemAdmission.State.REJECTED):
            _carry_over(admission, after, since, at=at)
        generate_later(after.county.code)
    logger.info("item.revised", extra={"item": after.reference, "by": by.pk if by else None})
    return after


def end_item(item: ChecklistItem, *, since: date, ground: str, by: User, at: datetime) -> ChecklistItem:
    """No longer asked from a day on; its admissions end with it, for the same reason."""
    with transaction.atomic():
        before = _newest(item)
        _must_come(before, since, at)
        _close(before, since)
        before.admissions.filter(state=ItemAdmission.State.APPLIED).update(
            state=ItemAdmission.State.REJECTED, decision_note=ground.strip(), approved_by=by, approved_at=at
        )
        for admission in before.admissions.in_force():
            if cut(admission, since):
                said = {"withdrawn_by": by, "withdrawn_at": at, "withdrawal_ground": ground.strip()}
                ItemAdmission.objects.filter(pk=admission.pk).update(**said)
                withdraw_beyond(admission, ground=ground, at=at)
    logger.info("item.ended", extra={"item": before.reference, "by": by.pk})
    return before


def _newest(item: ChecklistItem) -> ChecklistItem:
    """The item, locked, if it is its newest version and has not ended."""
    AdminUnit.objects.select_for_update(no_key=True).get(pk=item.county_id)
    found = ChecklistItem.objects.select_related("county").get(pk=item.pk)
    if ChecklistItem.objects.filter(county=found.county, code=found.code, version__gt=found.version).exists():
        raise ItemOutdated
    return found


def _must_come(item: ChecklistItem, since: date, at: datetime) -> None:
    today = timezone.localtime(at).date()
    if since < today:
        raise Unreadable("起用的日子不能早于今天。", fields=[{"where": "from", "what": "不能早于今天"}])
    if item.valid.upper is not None and item.valid.upper <= since:
        raise ItemOutdated
    if item.valid.lower is not None and since <= item.valid.lower:
        what = f"要在这一版起用的 {item.valid.lower} 之后"
        raise Unreadable(f"起用的日子{what}。", fields=[{"where": "from", "what": what}])


def _close(item: ChecklistItem, since: date) -> None:
    item.valid = DateRange(item.valid.lower, since)
    item.save(update_fields=["valid"])


def _carry_over(admission: ItemAdmission, after: ChecklistItem, since: date, *, at: datetime) -> None:
    """An application asks for the new version; what is admitted beyond the day goes on with it."""
    if admission.state == ItemAdmission.State.APPLIED:
        admission.item = after
        admission.save(update_fields=["item"])
        return
    whole = admission.valid
    if not cut(admission, since):
        return
    withdraw_beyond(admission, ground="事项改了，按新的一版再派", at=at)
    begin = max(since, whole.lower) if whole.lower else since
    admission.pk = None
    admission._state.adding = True
    admission.item, admission.valid = after, DateRange(begin, whole.upper)
    admission.save()
