"""Patrols that nobody hears of any more: shown as ended, so that no last position stands for ever. A late word extends them.

That is no end the person gave: it makes way for the person's own end, and for anything that shows that the walk went on. While a call for help
is not over nothing is ended: where somebody was last is what those look for who go there.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Subquery
from django.db.models.functions import Greatest

from backend.accounts.live import wake_desks
from backend.accounts.models import User
from backend.field.actions import home_code
from backend.field.models import HelpCall, LastPosition, PlaceCheck, Report, TrackSegment
from backend.field.questions import ask_about_patrol
from backend.patrols.models import Answer, Patrol
from backend.patrols.results import SILENT
from backend.places.rules import Rules, rules_at

# Without a track there is little to hear of a patrol: an outing without consent lasts a day's work.
WITHOUT_TRACK = timedelta(hours=12)
SOONEST = timedelta(minutes=5)


def silent_patrols(*, at: datetime, person: User | None = None) -> list[tuple[Patrol, datetime]]:
    """Running patrols of which there was no word for as long as their county says, with the time of the last word."""
    running = Patrol.objects.filter(ended_at=None, started_at__lt=at - SOONEST).select_related("person")
    running = running.exclude(Exists(HelpCall.objects.running().filter(person=OuterRef("person"))))
    if person is not None:
        running = running.filter(person=person)
    found: list[tuple[Patrol, datetime]] = []
    for patrol in running.annotate(walked=_last(TrackSegment, "t1"), told=_told()).order_by("pk"):
        last = max(filter(None, (patrol.started_at, patrol.walked, patrol.told)))
        if at - last < (_longest(rules_at(home_code(patrol.person, at), at)) if patrol.walked else WITHOUT_TRACK):
            continue
        found.append((patrol, last))
    return found


def end_silent_patrols(person: User, *, at: datetime) -> list[Patrol]:
    """End a person's silent patrols at their last word. Called where the person's items wait, so that none comes in between."""
    ended = silent_patrols(at=at, person=person)
    for patrol, last in ended:
        patrol.ended_at, patrol.end_reason = last, SILENT
        Patrol.objects.filter(pk=patrol.pk).update(ended_at=last, end_reason=SILENT)
        LastPosition.objects.filter(person=person, patrol_uuid=patrol.uuid).delete()
        ask_about_patrol(patrol, home=home_code(person, at), at=at)
    if ended:
        wake_desks()
    return [patrol for patrol, _ in ended]


def hear_again(patrol: Patrol, *, until: datetime, at: datetime, rules: Rules) -> None:
    """A piece of track of a patrol that was taken for ended: it goes on if the piece is fresh, else it ended later."""
    if patrol.end_reason != SILENT or patrol.ended_at is None or until <= patrol.ended_at:
        return
    is_fresh = at - until < _longest(rules)
    patrol.ended_at, patrol.end_reason = (None, "") if is_fresh else (until, SILENT)
    Patrol.objects.filter(pk=patrol.pk).update(ended_at=patrol.ended_at, end_reason=patrol.end_reason)


def _longest(rules: Rules) -> timedelta:
    return timedelta(minutes=rules.silent_end_min)


def _last(model: type[TrackSegment] | type[Answer] | type[Report] | type[PlaceCheck], column: str) -> Subquery:
    rows = model.objects.filter(person=OuterRef("person"), patrol_uuid=OuterRef("uuid")).order_by().values("patrol_uuid")
    return Subquery(rows.annotate(last=Max(column)).values("last"))


def _told() -> Greatest:
    """The last thing the person said during the patrol; null if nothing (PostgreSQL's greatest skips nulls)."""
    return Greatest(_last(Answer, "answered_at"), _last(Report, "occurred_at"), _last(PlaceCheck, "at"))
