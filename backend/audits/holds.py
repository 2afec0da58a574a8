"""Holds: while a dispute or a case needs them, tracks, reports and photos do not go when their time is over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import uuid4

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.problems import Conflict, Unreadable
from backend.units.models import stem


class HoldReleased(Conflict):
    """The hold was released already."""

    slug = "hold_released"
    zh, en = "这条保全已经解除。", "This hold was released already."


class RetentionHoldQuerySet(models.QuerySet["RetentionHold"]):
    def in_force(self) -> Self:
        return self.filter(released_at=None)

    def visible_to(self, user: User) -> Self:
        """Holds in the units of a centre, supervisor or administrator; and each person sees those about themselves."""
        return self.filter(Q(person=user) | in_stems("unit_code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))


class RetentionHold(models.Model):
    """Somebody needs the records of some days of a person or of a unit longer than they are kept, and says why."""

    class Ground(models.TextChoices):
        DISPUTE = "dispute", "争议"
        CASE = "case", "案件"

    uuid = models.UUIDField(default=uuid4, unique=True)
    person = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    unit_code = models.CharField(
        max_length=15, db_index=True, help_text="the unit or grid it is about; with a person, their own"
    )
    ground = models.CharField(max_length=10, choices=Ground)
    reason = models.CharField(max_length=200)
    first_day = models.DateField()
    last_day = models.DateField()
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.CharField(max_length=200, blank=True)

    objects = RetentionHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ground__in=["dispute", "case"]), name="retention_hold_ground_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_retention_hold_says_its_reason"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="a_retention_hold_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None, release_reason="")
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(release_reason="")),
                name="a_released_hold_says_who_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"hold {self.uuid}"


def place_hold(
    person: User | None, *, unit_code: str, days: tuple[date, date], ground: str, reason: str, by: User, at: datetime
) -> RetentionHold:
    """Keep what is there of these days, of one person or of a whole unit, until the hold is released."""
    first, last = days
    if last < first:
        raise Unreadable("结束的日子在开始的前面。")
    return RetentionHold.objects.create(
        person=person,
        unit_code=unit_code,
        ground=ground,
        reason=reason,
        first_day=first,
        last_day=last,
        placed_by=by,
        placed_at=at,
    )


def release_hold(hold: RetentionHold, *, reason: str, by: User, at: datetime) -> RetentionHold:
    """Let time run again: what is over goes with the next night."""
    with transaction.atomic():
        row = RetentionHold.objects.select_for_update().get(pk=hold.pk)
        if row.released_at is not None:
            raise HoldReleased
        row.released_by, row.released_at, row.release_reason = by, at, reason
        row.save(update_fields=["released_by", "released_at", "release_reason"])
    return row


@dataclass(frozen=True, slots=True)
class Held:
    """The holds in force, read once, to be asked for many rows."""

    holds: tuple[RetentionHold, ...]

    @classmethod
    def now(cls) -> Held:
        return cls(tuple(RetentionHold.objects.in_force()))

    def covers(self, person: int, day: date, codes: Iterable[str] = ()) -> bool:
        """Whether a row of this person and day, in these units or grids, may not go."""
        places = tuple(codes)
        for hold in self.holds:
            if not hold.first_day <= day <= hold.last_day:
                continue
            if hold.person_id == person:
                return True
            if hold.person_id is None and any(place.startswith(stem(hold.unit_code)) for place in places):
                return True
        return False
