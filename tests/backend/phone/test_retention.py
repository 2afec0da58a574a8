"""Kept for a stated time, then gone everywhere: raw bodies, segments, visits, files. What stays of a day is sealed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from backend.accounts.actions import record_look
from backend.accounts.models import AccessEntry, Consent, User
from backend.audits.compute import compute_day
from backend.audits.holds import RetentionHold, place_hold, release_hold
from backend.audits.models import CoverageDay, DaySeal
from backend.audits.sealing import seal_day
from backend.audits.seals import broken_seals, seal_digest
from backend.audits.visits import county_day
from backend.field.models import LastPosition, Report, TrackSegment, Visit
from backend.phone.models import InboxItem
from backend.phone.rebuild import rebuild
from backend.phone.retention import expire_all, expire_tracks
from backend.places.models import Grid
from backend.places.rules import set_rules
from tests.backend.builders import TOWNSHIP, Village, make_operator, make_unit, make_worker, middle
from tests.backend.phone_client import Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db

DAY_MS = 86_400_000


def after(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


OVER = 32  # days from now; tracks are kept for 30


def walk(village: Village, phone: Phone, grid: int = 0, **more: Any) -> str:
    item = make_track(str(uuid4()), *middle(village.grids[grid]), **more)
    phone.sync(item)
    return str(item["id"])


def hold(person: User | None, *, unit: str = TOWNSHIP, days: int = 3) -> Any:
    today = county_day(timezone.now())
    days_held = (today - timedelta(days=days), today + timedelta(days=1))
    by = make_operator(role="supervisor")
    return place_hold(person, unit_code=unit, days=days_held, ground="dispute", reason="本人有异议", by=by, at=timezone.now())


def test_a_track_of_yesterday_stays(village: Village, phone: Phone) -> None:
    walk(village, phone)
    assert expire_tracks(after(1)) == 0
    assert TrackSegment.objects.exists()
    assert not DaySeal.objects.exists()


def test_a_track_older_than_the_notice_says_is_gone_everywhere(village: Village, phone: Phone) -> None:
    track = walk(village, phone)
    note = make_item("report", {"kind": "0101", "text": "有积水", "urgent": 0, "photos": []})
    phone.sync(note)
    assert expire_tracks(after(OVER)) == 1
    assert not TrackSegment.objects.exists()
    assert not Visit.objects.exists()
    assert bytes(InboxItem.objects.get(kind="track").body) == b""
    held = phone.post("held", {"ids": [track, note["id"]]}).json()["held"]
    assert held == {track: "expired", note["id"]: "stored"}
    assert phone.get(f"items/{track}/original").status_code == 404


def test_what_is_gone_does_not_come_back_by_a_rebuild_or_a_second_upload(village: Village, phone: Phone) -> None:
    item = make_track(str(uuid4()), *middle(village.grids[0]))
    phone.sync(item)
    expire_tracks(after(OVER))
    rebuild(phone.user)
    assert phone.sync(item)[item["id"]]["status"] == "duplicate"
    assert not TrackSegment.objects.exists()


def test_a_day_is_sealed_with_the_figures_of_its_grids_and_no_person(village: Village, phone: Phone) -> None:
    walk(village, phone)
    stay = Visit.objects.get()
    expire_tracks(after(OVER))
    seal = DaySeal.objects.get()
    figures = seal.aggregates[village.grids[0].code]
    assert (seal.unit_code, seal.day, seal.held_back) == (TOWNSHIP, county_day(stay.t0), 0)
    assert (figures["visits"], figures["duration_s"]) == (1, round((stay.t1 - stay.t0).total_seconds()))
    assert 0 < figures["seen_m2"] <= figures["ground_m2"]
    row = CoverageDay.objects.current().get(grid=village.grids[0])
    assert (row.seen, row.legs) == (None, [])
    said = str(seal.aggregates)
    assert phone.user.name not in said and str(phone.user.uuid) not in said
    assert seal.sha256 == seal_digest(TOWNSHIP, seal.day, seal.aggregates)


def test_the_database_refuses_to_change_a_seal_and_a_forged_one_is_found(village: Village, phone: Phone) -> None:
    walk(village, phone)
    expire_tracks(after(OVER))
    assert not list(broken_seals())
    with pytest.raises(IntegrityError), transaction.atomic():
        DaySeal.objects.update(held_back=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        DaySeal.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("alter table audits_dayseal disable trigger day_seals_are_append_only")
        cursor.execute("""update audits_dayseal set aggregates = '{"360829102201001": {"visits": 9}}'""")
    assert len(list(broken_seals())) == 1


def test_a_second_run_changes_nothing(village: Village, phone: Phone) -> None:
    walk(village, phone)
    assert expire_tracks(after(OVER)) == 1
    sealed = list(DaySeal.objects.values())
    assert expire_tracks(after(OVER + 1)) == 0
    assert list(DaySeal.objects.values()) == sealed


def test_a_county_may_keep_tracks_shorter(village: Village, phone: Phone) -> None:
    walk(village, phone)
    set_rules(make_unit("360829000000"), {"retention": {"tracks": 7}}, by=None, at=timezone.now())
    assert expire_tracks(after(9)) == 1


def test_a_walk_over_midnight_goes_day_by_day_and_its_body_with_the_last(village: Village, phone: Phone) -> None:
    midnight = now_ms() - (now_ms() + 8 * 3_600_000) % DAY_MS - 3 * DAY_MS
    track = walk(village, phone, n=40, start=midnight - 100_000)
    assert TrackSegment.objects.count() == 2
    first, last = TrackSegment.objects.order_by("day").values_list("day", flat=True)
    today = county_day(timezone.now())
    expire_tracks(after((first - today).days + 31))
    assert list(TrackSegment.objects.values_list("day", flat=True)) == [last]
    assert phone.post("held", {"ids": [track]}).json()["held"] == {track: "stored"}
    rebuild(phone.user)
    assert list(TrackSegment.objects.values_list("day", flat=True)) == [last]
    expire_tracks(after((first - today).days + 32))
    assert phone.post("held", {"ids": [track]}).json()["held"] == {track: "expired"}
    assert sorted(DaySeal.objects.values_list("day", flat=True)) == [first, last]


def test_a_track_that_comes_after_its_time_is_known_and_not_kept(village: Village, phone: Phone) -> None:
    item = make_track(str(uuid4()), *middle(village.grids[0]), start=now_ms() - 40 * DAY_MS)
    answer = phone.sync(item)[item["id"]]
    assert (answer["status"], answer["code"]) == ("stored", "track_expired")
    assert not TrackSegment.objects.exists()
    assert bytes(InboxItem.objects.get(item=item["id"]).body) == b""
    assert phone.sync(item)[item["id"]]["status"] == "duplicate"


def test_a_hold_on_a_person_keeps_their_track_until_it_is_released(village: Village, phone: Phone) -> None:
    other = Phone(make_worker(village.grids[1], name="莫远"))
    mine, theirs = walk(village, phone), walk(village, other)
    kept = hold(phone.user)
    assert expire_tracks(after(OVER)) == 1
    assert phone.post("held", {"ids": [mine]}).json()["held"] == {mine: "stored"}
    assert other.post("held", {"ids": [theirs]}).json()["held"] == {theirs: "expired"}
    seal = DaySeal.objects.get()
    assert (seal.held_back, seal.aggregates[village.grids[0].code]["visits"]) == (1, 2)
    rebuild(phone.user)
    assert TrackSegment.objects.filter(person=phone.user).count() == 1
    release_hold(kept, reason="已说清", by=kept.placed_by, at=timezone.now())
    assert expire_tracks(after(OVER)) == 1
    assert not TrackSegment.objects.exists()
    assert DaySeal.objects.get().sha256 == seal.sha256


def test_a_hold_on_a_grid_keeps_what_was_walked_there(village: Village, phone: Phone) -> None:
    walk(village, phone, grid=1)
    hold(None, unit=village.grids[1].code)
    assert expire_tracks(after(OVER)) == 0
    assert TrackSegment.objects.exists()


def withdraw(phone: Phone) -> dict[str, Any]:
    version = phone.get("me").json()["notice"]["version"]
    return phone.post("consent", {"notice_version": version, "decision": "withdrawn"}).json()


def test_consent_taken_back_removes_the_tracks_at_once_and_nothing_else(village: Village, phone: Phone) -> None:
    patrol = str(uuid4())
    start = make_item("patrol", {"patrol": patrol, "event": "start"}, at=now_ms() - 200_000)
    track = make_track(patrol, *middle(village.grids[0]))
    note = make_item("report", {"kind": "0101", "text": "有积水", "urgent": 0, "photos": []})
    phone.sync(start, track, note)
    assert LastPosition.objects.exists()
    assert withdraw(phone) == {"decision": "withdrawn", "erased": 1, "held_back": 0}
    assert not TrackSegment.objects.exists() and not Visit.objects.exists() and not LastPosition.objects.exists()
    assert Report.objects.count() == 1
    held = phone.post("held", {"ids": [track["id"], start["id"], note["id"]]}).json()["held"]
    assert held == {track["id"]: "expired", start["id"]: "stored", note["id"]: "stored"}
    later = make_track(patrol, *middle(village.grids[0]))
    assert phone.sync(later)[later["id"]]["code"] == "consent_missing"
    assert bytes(InboxItem.objects.get(item=later["id"]).body) == b""
    rebuild(phone.user)
    assert not TrackSegment.objects.exists()


def test_consent_taken_back_leaves_nobodys_way_in_a_figure(village: Village, phone: Phone) -> None:
    walk(village, phone)
    grid, day = Grid.objects.get(pk=village.grids[0].pk), TrackSegment.objects.get().day
    assert compute_day(grid, day, at=timezone.now()) is not None
    assert CoverageDay.objects.get(grid=grid, day=day).legs
    withdraw(phone)
    compute_day(grid, day, at=timezone.now())
    assert not CoverageDay.objects.exclude(legs=[]).exists()
    assert not CoverageDay.objects.exclude(seen=None).filter(seen_m2__gt=0).exists()


def test_consent_taken_back_under_a_hold_takes_effect_when_it_ends(village: Village, phone: Phone) -> None:
    walk(village, phone)
    kept = hold(phone.user)
    assert withdraw(phone) == {"decision": "withdrawn", "erased": 0, "held_back": 1}
    assert TrackSegment.objects.exists() and not LastPosition.objects.exists()
    release_hold(kept, reason="已说清", by=kept.placed_by, at=timezone.now())
    assert expire_tracks(timezone.now()) == 1
    assert not TrackSegment.objects.exists()


def test_reports_and_the_access_log_go_in_their_own_time(village: Village, phone: Phone) -> None:
    note = make_item("report", {"kind": "0101", "text": "有积水", "urgent": 0, "photos": []})
    phone.sync(note)
    record_look(phone.user, what="track", object_id="x", reason="核对", by=make_operator(), at=timezone.now())
    gone = expire_all(after(1000))
    assert (gone.reports, gone.looks) == (0, 0)
    gone = expire_all(after(1100))
    assert (gone.reports, gone.looks) == (1, 1)
    assert not Report.objects.exists()
    assert phone.post("held", {"ids": [note["id"]]}).json()["held"] == {note["id"]: "expired"}


def test_nobody_removes_an_entry_of_the_access_log_before_its_time(phone: Phone) -> None:
    record_look(phone.user, what="track", object_id="x", reason="核对", by=make_operator(), at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessEntry.objects.all().delete()


def test_a_restored_backup_does_not_bring_back_what_was_taken_back(village: Village, phone: Phone) -> None:
    walk(village, phone)
    old = list(Consent.objects.values("user_id", "notice_version", "decision", "at"))
    with capture_on_commit():
        withdraw(phone)
    # What a backup of before holds, beside the note that the restore carried over.
    Consent.objects.all().delete()
    Consent.objects.bulk_create([Consent(**row) for row in old])
    walk(village, phone)
    expire_all(timezone.now())
    assert not TrackSegment.objects.exists()
    assert phone.get("me").json()["consent"] == "withdrawn"


def test_consent_given_again_holds(village: Village, phone: Phone) -> None:
    with capture_on_commit():
        withdraw(phone)
    version = phone.get("me").json()["notice"]["version"]
    phone.post("consent", {"notice_version": version, "decision": "given"})
    walk(village, phone)
    expire_all(timezone.now())
    assert TrackSegment.objects.exists()


def capture_on_commit() -> Any:
    return TestCase.captureOnCommitCallbacks(execute=True)


def test_seals_are_verified_by_a_command_that_names_the_broken_ones(village: Village, phone: Phone) -> None:
    walk(village, phone)
    expire_tracks(after(OVER))
    call_command("verify_seals")
    with connection.cursor() as cursor:
        cursor.execute("alter table audits_dayseal disable trigger day_seals_are_append_only")
        cursor.execute("update audits_dayseal set aggregates = '{}'")
    with pytest.raises(CommandError, match=TOWNSHIP):
        call_command("verify_seals")


def test_a_late_piece_that_a_hold_wants_changes_no_sealed_figure_and_outlives_a_rebuild(village: Village, phone: Phone) -> None:
    start = now_ms() - OVER * DAY_MS
    first = make_track(str(uuid4()), *middle(village.grids[0]), start=start)
    day = county_day(timezone.now() - timedelta(days=OVER))
    hold(phone.user, days=OVER + 2)
    seal_day(TOWNSHIP, day, held_back=0, at=timezone.now())
    phone.sync(first)
    assert TrackSegment.objects.count() == 1
    compute_day(Grid.objects.select_related("village").get(pk=village.grids[0].pk), day, at=timezone.now())
    assert not CoverageDay.objects.filter(day=day, seen_m2__gt=0).exists()
    for _ in range(2):
        rebuild(phone.user)
        assert TrackSegment.objects.count() == Visit.objects.count() == 1
    release_hold(RetentionHold.objects.get(), reason="了结", by=make_operator(role="supervisor"), at=timezone.now())
    expire_tracks(timezone.now())
    rebuild(phone.user)
    assert not TrackSegment.objects.exists()
    assert not list(broken_seals())
