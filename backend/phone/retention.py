"""Kept for a stated time, then gone everywhere: tracks with raw bodies, segments and visits; reports; photos; the access log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from backend.accounts.models import AccessEntry, User
from backend.audits.actions import mark_person
from backend.audits.models import CoverageDay
from backend.audits.sealing import seal_day
from backend.audits.visits import county_day, day_bounds
from backend.cases.models import Case
from backend.field.models import Attachment, HelpCall, HelpEnd, LastPosition, PlaceVisit, Report, TrackSegment, Visit
from backend.field.sweep import expire_files, sweep_uploads
from backend.phone.clock import EARLIEST
from backend.phone.erasures import apply_erasures, note_all, note_erasure, without_consent
from backend.phone.intake import forget_bodies, lock_person
from backend.phone.models import InboxItem
from backend.phone.terms import Terms, homes_on

DONE = ("rejected", "merged", "closed")
Piece = tuple[int, UUID]  # person and item
# A body nobody could read may hold a track: it goes with the tracks.
WITH_TRACKS = ("track", "request", "unknown", "")
HELP = ("sos", "sos_end")
# What was understood as a kind and could not be taken: by class, the one of what it tells (way and place, or words).
UNTAKEN = {"tracks": ("patrol", "place_check"), "reports": ("answer", "flag_answer", "seen", *HELP)}


@dataclass(frozen=True, slots=True)
class Gone:
    """How much of each class a run removed."""

    tracks: int
    reports: int
    photos: int
    uploads: int
    looks: int


def expire_all(at: datetime) -> Gone:
    """Everything whose time is over. Safe to repeat, and to be killed anywhere: each step is whole or not at all."""
    apply_erasures()
    note_all()
    return Gone(
        tracks=expire_tracks(at),
        reports=expire_reports(at) + expire_help_calls(at),
        photos=expire_photos(at),
        uploads=sweep_uploads(at=at),
        looks=expire_access_log(at),
    )


def expire_tracks(at: datetime) -> int:
    """Seal and remove every day that is over, each in a transaction of its own; how many items went.

    A track goes by the day it was walked; what was never understood goes by the day it arrived.
    """
    terms = Terms(at)
    segments = TrackSegment.objects.filter(person=OuterRef("pk"))
    withdrawn = sum(erase_tracks(person, at=at).erased for person in without_consent().filter(Exists(segments)))
    days = TrackSegment.objects.filter(day__lt=terms.today).order_by("day").values_list("day", flat=True).distinct()
    return withdrawn + sum(_expire_day(day, terms) for day in days) + _expire_unread(terms)


def _expire_day(day: date, terms: Terms) -> int:
    people = TrackSegment.objects.filter(day=day).order_by("person").values_list("person", flat=True).distinct()
    over = [person for person in people if day < terms.first_day(person, "tracks")]
    if not over:
        return 0
    with transaction.atomic():
        for person in over:
            lock_person(person)
        pieces = set(TrackSegment.objects.filter(day=day, person__in=over).values_list("person", "item"))
        visited = _grids_of_pieces(day, pieces)
        going = {piece for piece in pieces if not terms.is_held(piece[0], day, visited.get(piece, ()))}
        if going and day >= EARLIEST.date():
            walked = User.objects.filter(pk__in={person for person, _ in pieces})
            codes = {code for person in walked for code in homes_on(person, day)}
            codes |= {code for found in visited.values() for code in found}
            for township in sorted({f"{code[:9]}000" for code in codes if code}):
                seal_day(township, day, held_back=len(pieces) - len(going), at=terms.at)
        return _remove(going, day)


def _grids_of_pieces(day: date, pieces: set[Piece]) -> dict[Piece, set[str]]:
    start, end = day_bounds(day)
    found: dict[Piece, set[str]] = {}
    rows = Visit.objects.filter(t0__gte=start, t0__lt=end, person__in={person for person, _ in pieces})
    for person, item, code in rows.values_list("person", "item", "grid__code"):
        found.setdefault((person, item), set()).add(code)
    return found


def _remove(pieces: Iterable[Piece], day: date | None = None) -> int:
    """Remove what is derived from these pieces, of one day or whole; a body goes with the last of its days."""
    count = 0
    for person, item in sorted(pieces):
        segments = TrackSegment.objects.filter(person=person, item=item)
        visits = Visit.objects.filter(person=person, item=item)
        patrols = segments.values_list("patrol_uuid", flat=True)
        stays = PlaceVisit.objects.filter(person=person, grade=PlaceVisit.Grade.DWELL, patrol_uuid__in=list(patrols))
        if day is not None:
            start, end = day_bounds(day)
            segments, visits = segments.filter(day=day), visits.filter(t0__gte=start, t0__lt=end)
            stays = stays.filter(t0__gte=start, t0__lt=end)
        stays.delete()
        visits.delete()
        segments.delete()
        if not TrackSegment.objects.filter(person=person, item=item).exists():
            count += forget_bodies(InboxItem.objects.filter(person=person, item=item, kind="track"))
    return count


def _expire_unread(terms: Terms) -> int:
    """Tracks and requests nobody could read, and contents under an id that was used: nothing is derived from them."""
    own = TrackSegment.objects.filter(person=OuterRef("person"), item=OuterRef("item"))
    rows = InboxItem.objects.filter(kind__in=WITH_TRACKS).exclude(Exists(own))
    count = _forget_over(rows.exclude(state__in=[InboxItem.State.EXPIRED, InboxItem.State.PENDING]), terms, "tracks")
    return count + _forget_untaken("tracks", terms)


def _forget_untaken(what: str, terms: Terms) -> int:
    rows = InboxItem.objects.filter(kind__in=UNTAKEN[what], state=InboxItem.State.QUARANTINED)
    return _forget_over(rows, terms, what)


def _forget_over(rows: QuerySet[InboxItem], terms: Terms, what: str) -> int:
    """Forget the bodies of what arrived before the oldest day that is kept of its class."""
    known = rows.filter(received_at__lt=terms.at - timedelta(days=1)).values_list("pk", "person", "received_at")
    over = [pk for pk, person, received_at in known.iterator() if terms.is_over(person, county_day(received_at), what)]
    return forget_bodies(InboxItem.objects.filter(pk__in=over))


@dataclass(frozen=True, slots=True)
class Erased:
    """What a withdrawn consent took away, and how many pieces a hold keeps for now."""

    erased: int
    held_back: int


def erase_tracks(person: User, *, at: datetime) -> Erased:
    """All tracks of somebody who takes consent back, at once; what a hold keeps goes when it is released.

    Figures of sealed days stay; those of open days are computed anew, and none tells this person's way any more.
    """
    terms = Terms(at)
    with transaction.atomic():
        lock_person(person.pk)
        mark_person(person, at=at)
        LastPosition.objects.filter(person=person).delete()
        going: set[Piece] = set()
        held: set[Piece] = set()
        for item, day in TrackSegment.objects.filter(person=person).values_list("item", "day"):
            codes = _grids_of_pieces(day, {(person.pk, item)}).get((person.pk, item), set())
            (held if terms.is_held(person.pk, day, codes) else going).add((person.pk, item))
        own = TrackSegment.objects.filter(person=OuterRef("person"), item=OuterRef("item"))
        unread = InboxItem.objects.filter(person=person, kind__in=WITH_TRACKS).exclude(body=b"").exclude(Exists(own))
        kept = [row.pk for row in unread.only("pk", "received_at") if terms.is_held(person.pk, county_day(row.received_at))]
        note_erasure(person.uuid, at)
        _forget_ways(going - held)
        erased = _remove(going - held) + forget_bodies(unread.exclude(pk__in=kept))
    return Erased(erased, len(held) + len(kept))


def _forget_ways(pieces: Iterable[Piece]) -> None:
    """Out of every figure these pieces went into, the one in force and those before it, goes what tells a way."""
    for person, item in pieces:
        days = list(TrackSegment.objects.filter(person=person, item=item).values_list("day", flat=True))
        CoverageDay.objects.filter(day__in=days, legs__contains=[{"item": str(item)}]).forget_ways()


def expire_photos(at: datetime) -> int:
    """Photos whose time is over, unless a report with a case under way shows them."""
    terms = Terms(at)

    def is_over(photo: Attachment) -> bool:
        stored = county_day(photo.stored_at or photo.created_at)
        if not terms.is_over(photo.person_id, stored, "photos"):
            return False
        shown_by = Report.objects.filter(person=photo.person_id, photos__has_key=photo.sha256)
        return (
            not Case.objects.filter(reporter=photo.person_id, report__in=shown_by.values("uuid"))
            .exclude(state__in=DONE)
            .exists()
        )

    return expire_files(is_over, before=at - timedelta(days=1))


def expire_reports(at: datetime) -> int:
    """Reports whose time is over, with their words and places; one with a case under way, or just ended, stays."""
    terms = Terms(at)
    under_way = Case.objects.filter(reporter=OuterRef("person"), report=OuterRef("uuid")).exclude(state__in=DONE)
    rows = Report.objects.exclude(Exists(under_way)).values_list("pk", "person", "uuid", "received_at", "grid_code")
    count = 0
    for pk, person, uuid, received_at, grid in rows.order_by("received_at").iterator():
        ended = Case.objects.filter(reporter=person, report=uuid).values_list("moved_at", flat=True).first()
        if not terms.is_over(person, county_day(max(received_at, ended or received_at)), "reports", [grid]):
            continue
        with transaction.atomic():
            Report.objects.filter(pk=pk).delete()
            forget_bodies(InboxItem.objects.filter(person=person, item=uuid, kind="report"))
        count += 1
    own = Report.objects.filter(person=OuterRef("person"), uuid=OuterRef("item"))
    unread = InboxItem.objects.filter(kind="report", state=InboxItem.State.QUARANTINED).exclude(Exists(own))
    return count + _forget_over(unread, terms, "reports") + _forget_untaken("reports", terms)


def expire_help_calls(at: datetime) -> int:
    """Calls for help go with the reports, with their words and places; one that nobody ended stays."""
    terms = Terms(at)
    count = 0
    running = HelpCall.objects.running().filter(person=OuterRef("person"))
    rows = HelpCall.objects.filter(ended_at__isnull=False).order_by("received_at")
    for call in rows.select_related("person").iterator():
        if not terms.is_over(call.person_id, county_day(max(call.received_at, call.ended_at or at)), "reports", [call.code]):
            continue
        with transaction.atomic():
            HelpEnd.objects.filter(person=call.person, call_uuid=call.uuid).delete()
            call.delete()
        count += 1
    for end in HelpEnd.objects.exclude(Exists(running)).filter(received_at__lt=at - timedelta(days=1)):
        if terms.is_over(end.person_id, county_day(end.received_at), "reports"):
            end.delete()
    bodies = InboxItem.objects.filter(kind__in=HELP, state=InboxItem.State.INTERPRETED).exclude(Exists(running))
    _forget_over(bodies, terms, "reports")
    return count


def expire_access_log(at: datetime) -> int:
    """Entries of who looked at whom, when their own time is over. The database lets them go for this transaction only."""
    terms = Terms(at)
    rows = AccessEntry.objects.filter(at__lt=at - timedelta(days=1)).values_list("pk", "about", "at")
    over = [pk for pk, about, looked_at in rows.iterator() if terms.is_over(about, county_day(looked_at), "access_log")]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('xunge.retention', 'on', true)")
        gone, _ = AccessEntry.objects.filter(pk__in=over).delete()
        cursor.execute("select set_config('xunge.retention', '', true)")
    return gone
