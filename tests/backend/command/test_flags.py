"""Questions at a desk: the worker hears first, a look is written down, a decision is added and moves the figure."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.accounts.models import AccessEntry, Device, User
from backend.audits.days import CoverageDay, TouchedDay
from backend.audits.make_ground import make_grounds
from backend.field.flags import answer_flag, mark_shown, raise_flag
from backend.field.models import Flag, FlagDecision
from backend.field.tracks import store_track
from backend.places.models import Grid
from geo import Reason, from_wgs84, judge_fixes
from tests.backend.audits.ground import computed, lane_ends, lay_lane, store_walk
from tests.backend.builders import make_operator, make_township, make_unit, make_village, make_worker
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def supervisor() -> Desk:
    return Desk(make_operator(make_township(), name="周明", role="supervisor"))


def ask(grid: Grid, person: User, about: uuid.UUID, *, rule: str = "mock", told: bool = True, **facts: object) -> Flag:
    now = timezone.now()
    evidence = {"count": 3, "fixes": 60} | facts
    flag = raise_flag(person, about="patrol", about_id=about, rule=rule, evidence=evidence, unit_code=grid.code, at=now)
    if told:
        mark_shown([flag.uuid], to=person, at=now)
    return flag


def walked(*, at: datetime | None = None) -> tuple[Grid, User, uuid.UUID]:
    """A lane walked whole, with its figure."""
    grid = make_village(grids=1).grids[0]
    person = make_worker(grid, name="刘桂花")
    lay_lane(grid)
    make_grounds(Grid.objects.select_related("village"), at=timezone.now())
    patrol = uuid.uuid4()
    store_walk(grid, person=person, patrol=patrol, start=at)
    computed(grid, at)
    return grid, person, patrol


def phone_of(person: User) -> Device:
    return Device.objects.create(user=person, token_hash=uuid.uuid4().hex, enrolled_at=timezone.now())


def test_a_desk_hears_of_a_question_only_after_the_person_did() -> None:
    grid, person, patrol = walked()
    flag = ask(grid, person, patrol, told=False)
    desk = supervisor()
    assert desk.read("flags")["items"] == []
    assert desk.get(f"flags/{flag.uuid}").status_code == 404
    assert desk.post(f"flags/{flag.uuid}/look", {"reason": "核对标记"}).status_code == 404
    assert desk.post(f"flags/{flag.uuid}/decide", {"decision": "counts", "note": "说得通"}).status_code == 404
    mark_shown([flag.uuid], to=person, at=timezone.now())
    assert [row["id"] for row in desk.read("flags")["items"]] == [str(flag.uuid)]


def test_the_list_names_grids_and_nobody_and_one_question_names_whom_it_is_about() -> None:
    grid, person, patrol = walked()
    flag = ask(grid, person, patrol)
    desk = supervisor()
    said = str(desk.read("flags"))
    assert grid.name in said and person.name not in said and str(person.uuid) not in said
    assert desk.read(f"flags/{flag.uuid}")["person"]["name"] == "刘桂花"


def test_a_question_passes_from_open_to_answered_to_decided() -> None:
    grid, person, patrol = walked()
    flag, desk, now = ask(grid, person, patrol), supervisor(), timezone.now()
    assert desk.read("flags", state="open")["items"][0]["state_word"] == "等回答"
    answer_flag(flag.uuid, text="旧手机", item=uuid.uuid4(), by=person, at=now, received_at=now)
    assert desk.read("flags")["counts"] == {"open": 0, "answered": 1, "decided": 0}
    assert [row["text"] for row in desk.read(f"flags/{flag.uuid}")["answers"]] == ["旧手机"]
    desk.change(f"flags/{flag.uuid}/decide", {"decision": "ask_more", "note": "当面再问"})
    assert desk.read("flags", state="answered")["items"][0]["state_word"] == "还在了解"
    desk.change(f"flags/{flag.uuid}/decide", {"decision": "counts", "note": "说清楚了"})
    assert [row["id"] for row in desk.read("flags", state="decided")["items"]] == [str(flag.uuid)]
    assert desk.get("flags", state="bad").status_code == 422
    assert desk.read("flags", grid=grid.code)["count"] == 1 and desk.read("flags", grid="360829102999")["count"] == 0


def test_a_decision_needs_a_sentence_is_only_added_and_the_newest_holds() -> None:
    grid, person, patrol = walked()
    flag, desk = ask(grid, person, patrol), supervisor()
    path = f"flags/{flag.uuid}/decide"
    assert desk.post(path, {"decision": "counts", "note": " "}).status_code == 422
    assert desk.post(path, {"decision": "guilty", "note": "不对"}).status_code == 422
    desk.change(path, {"decision": "does_not_count", "note": "位置对不上"})
    shown = desk.change(path, {"decision": "counts", "note": "扫码对得上"})
    assert [row["decision"] for row in shown["decisions"]] == ["does_not_count", "counts"]
    assert shown["decisions"][1] | {"at": ""} == {
        "decision": "counts", "word": "说得通，照算", "note": "扫码对得上", "by": "周明", "at": "",
    }  # fmt: skip
    assert shown["decision"] == "counts" and shown["state"] == "decided"
    with pytest.raises(DatabaseError), transaction.atomic():
        FlagDecision.objects.update(note="改过")
    with pytest.raises(DatabaseError), transaction.atomic():
        FlagDecision.objects.all().delete()


def test_what_a_decision_would_change_is_told_before_and_is_what_it_then_changes() -> None:
    grid, person, patrol = walked()
    flag, desk = ask(grid, person, patrol), supervisor()
    store_walk(grid, along=(0.0, 0.3), start=timezone.now() - timedelta(minutes=30))  # somebody else was there too
    before = computed(grid)
    [told] = desk.read(f"flags/{flag.uuid}")["effect"]["days"]
    assert before is not None and told["grid"] == grid.code
    assert told["counted"] == pytest.approx(before.seen_m2 / before.ground_m2)
    assert 0 < told["not_counted"] < told["counted"]
    assert CoverageDay.objects.current().get(grid=grid).seen_m2 == before.seen_m2
    desk.change(f"flags/{flag.uuid}/decide", {"decision": "does_not_count", "note": "位置对不上"})
    assert TouchedDay.objects.filter(grid=grid).exists()
    after = computed(grid)
    assert after is not None and after.seen_m2 / after.ground_m2 == pytest.approx(told["not_counted"])
    [again] = desk.read(f"flags/{flag.uuid}")["effect"]["days"]
    assert again["counted"] == pytest.approx(told["counted"])
    desk.change(f"flags/{flag.uuid}/decide", {"decision": "counts", "note": "当面说清了"})
    last = computed(grid)
    assert last is not None and last.seen_m2 == before.seen_m2


def test_the_facts_hold_no_position_and_the_way_needs_a_reason_that_is_written_down() -> None:
    grid, person, patrol = walked()
    flag, desk = ask(grid, person, patrol), supervisor()
    assert "coordinates" not in desk.get(f"flags/{flag.uuid}").content.decode()
    before = AccessEntry.objects.count()
    assert desk.post(f"flags/{flag.uuid}/look", {"reason": "看"}).status_code == 422
    assert AccessEntry.objects.count() == before
    track = desk.change(f"flags/{flag.uuid}/look", {"reason": "核对标记"})
    assert sum(len(leg["coordinates"]) for leg in track["segments"]) == 60 and track["mistake"] == "" and track["guess"] == []
    entry = AccessEntry.objects.latest("pk")
    assert (entry.about, entry.reason, entry.what, entry.object_id) == (person, "核对标记", "track", str(patrol))
    assert "核对标记" in [row["reason"] for row in Desk(person).read("looks")]


def test_simulated_positions_are_shown_beside_the_way_and_not_in_it() -> None:
    grid = make_village(grids=1).grids[0]
    person, patrol = make_worker(grid), uuid.uuid4()
    device = phone_of(person)
    west, east, lat = lane_ends(grid)
    times = round(timezone.now().timestamp() * 1000) - 600_000 + 5000 * np.arange(60)
    is_mock = np.arange(60) >= 50
    columns = (np.linspace(west, east, 60), np.full(60, lat), np.full(60, 16), np.full(60, 12), is_mock)
    fixes = judge_fixes(times, *columns)
    assert (fixes.reasons & int(Reason.MOCK)).any()
    store_track(uuid.uuid4(), fixes, patrol=patrol, person=person, device=device)
    track = supervisor().change(f"flags/{ask(grid, person, patrol).uuid}/look", {"reason": "核对标记"})
    assert len(track["marked"]) == 10
    assert sum(len(leg["coordinates"]) for leg in track["segments"]) == 50


def test_a_likely_shift_is_shown_as_sent_with_the_guess_beside_it_and_nothing_is_moved() -> None:
    grid = make_village(grids=1).grids[0]
    person, patrol = make_worker(grid), uuid.uuid4()
    device = phone_of(person)
    west, east, lat = lane_ends(grid)
    true = np.linspace(west, east, 60)
    lon, lats = from_wgs84(true, np.full(60, lat), crs="gcj02")
    times = round(timezone.now().timestamp() * 1000) - 600_000 + 5000 * np.arange(60)
    fixes = judge_fixes(times, lon, lats, np.full(60, 16), np.full(60, 12), np.zeros(60, dtype=bool))
    store_track(uuid.uuid4(), fixes, patrol=patrol, person=person, device=device)
    facts = {"mistake": "gcj02_as_wgs84", "metres": 617, "bearing": 127, "near_before": 20, "near_after": 97}
    flag, desk = ask(grid, person, patrol, rule="datum_shift", **facts), supervisor()
    shown = desk.read(f"flags/{flag.uuid}")
    assert "位置整体偏了约 620 米" in shown["title"]
    assert any("GCJ-02" in fact["text"] and "没有改" in fact["text"] for fact in shown["facts"])
    track = desk.change(f"flags/{flag.uuid}/look", {"reason": "核对标记"})
    sent = [fix[0] for leg in track["segments"] for fix in leg["coordinates"]]
    guess = [fix[0] for leg in track["guess"] for fix in leg["coordinates"]]
    assert sent == pytest.approx(list(lon), abs=2e-6) and guess == pytest.approx(list(true), abs=2e-6)
    assert len(track["moves"]) == 3 and track["mistake"] == "gcj02_as_wgs84"


def test_what_of_a_walk_lies_in_grids_of_others_is_not_shown() -> None:
    grid, person, patrol = walked()
    away = make_village(code="360829101205", name="外村", grids=1).grids[0]
    store_walk(away, person=person, patrol=patrol, start=timezone.now() - timedelta(minutes=20))
    flag = ask(grid, person, patrol)
    _, south, _, north = away.polygon.extent
    track = supervisor().change(f"flags/{flag.uuid}/look", {"reason": "核对标记"})
    lats = [fix[1] for leg in track["segments"] for fix in leg["coordinates"]]
    assert lats and not any(south < lat < north for lat in lats)
    county = Desk(make_operator(make_unit("360829000000"), name="县管理", role="county_admin"))
    whole = county.change(f"flags/{flag.uuid}/look", {"reason": "核对标记"})
    assert any(south < fix[1] < north for leg in whole["segments"] for fix in leg["coordinates"])


@pytest.mark.parametrize("role", ["centre_operator", "centre_dispatcher", "duty_chief", "centre_leader"])
def test_the_centre_reads_a_question_and_neither_looks_nor_decides(role: str) -> None:
    grid, person, patrol = walked()
    flag = ask(grid, person, patrol)
    desk = Desk(make_operator(make_township(), role=role))
    shown = desk.read(f"flags/{flag.uuid}")
    assert not shown["can_look"] and not shown["can_decide"]
    before = AccessEntry.objects.count()
    assert desk.post(f"flags/{flag.uuid}/look", {"reason": "核对标记"}).status_code == 403
    assert desk.post(f"flags/{flag.uuid}/decide", {"decision": "counts", "note": "说得通"}).status_code == 403
    assert AccessEntry.objects.count() == before and not FlagDecision.objects.exists()


def test_another_townships_supervisor_finds_nothing() -> None:
    grid, person, patrol = walked()
    flag = ask(grid, person, patrol)
    desk = Desk(make_operator(make_unit("360829101000", "平都镇"), name="邻镇督查", role="supervisor"))
    assert desk.read("flags")["count"] == 0
    assert desk.get(f"flags/{flag.uuid}").status_code == 404


def test_a_question_about_no_track_says_that_there_is_none_to_see() -> None:
    grid, person, _ = walked()
    flag = ask(grid, person, uuid.uuid4(), rule="outside_grids")
    shown = supervisor().read(f"flags/{flag.uuid}")
    assert not shown["can_look"] and shown["look_note"] and shown["effect"] is None
