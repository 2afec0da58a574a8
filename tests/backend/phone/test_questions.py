"""What is asked about a patrol: each rule with a case that asks and one that does not; once a patrol, in any order; the person first."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.gis.geos import LineString
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.accounts.models import User
from backend.field.flags import OwnFlag, decide_flag
from backend.field.jobs import ask_whether_shifted
from backend.field.models import Flag, FlagDecision
from backend.phone.rebuild import rebuild
from backend.places.models import Barrier
from backend.places.rules import set_rules
from backend.problems import Unreadable
from geo import from_wgs84
from tests.backend.builders import (
    COUNTY,
    Village,
    give_duty,
    make_checklist,
    make_key_place,
    make_operator,
    make_task,
    make_unit,
    make_worker,
    middle,
)
from tests.backend.phone_client import Item, Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db
MINUTE = 60_000


class Outing:
    """A patrol of an hour that ended just now, with a fix every ten seconds."""

    def __init__(self, phone: Phone, village: Village) -> None:
        self.phone, self.patrol = phone, str(uuid.uuid4())
        self.lon, self.lat = middle(village.grids[0])
        self.start = now_ms() - 60 * MINUTE

    def event(self, event: str, minute: float) -> Item:
        return make_item("patrol", {"patrol": self.patrol, "event": event}, at=self.start + round(minute * MINUTE))

    def track(self, begin: float, end: float, **columns: Any) -> Item:
        """A stretch from minute to minute; a lambda is given the number of fixes."""
        n = round((end - begin) * 6) + 1
        made = {name: value(n) if callable(value) else value for name, value in columns.items()}
        start = self.start + round(begin * MINUTE)
        return make_track(self.patrol, self.lon, self.lat, n=n, start=start, step_ms=10_000, **made)

    def whole(self, *tracks: Item) -> None:
        self.phone.sync(self.event("start", 0), *tracks, self.event("end", 60))

    def rules(self) -> set[str]:
        return set(Flag.objects.values_list("rule", flat=True))


@pytest.fixture
def outing(phone: Phone, village: Village) -> Outing:
    return Outing(phone, village)


def some(value: int, other: int, count: int) -> Any:
    """A column with ``count`` of one value and the rest of another."""
    return lambda n: [value] * count + [other] * (n - count)


def test_a_quiet_patrol_is_not_asked_about(outing: Outing) -> None:
    outing.whole(outing.track(0, 30), outing.track(30, 60))
    assert not Flag.objects.exists()


def test_a_simulated_position_is_asked_about_once_for_all_pieces(outing: Outing) -> None:
    outing.whole(outing.track(0, 29, mock=some(1, 0, 3)), outing.track(30, 60, mock=some(1, 0, 2)))
    [flag] = Flag.objects.filter(rule="mock")
    assert (flag.about, str(flag.about_id)) == ("patrol", outing.patrol)
    [facts] = flag.evidence["items"].values()
    assert facts["count"] == 5


@pytest.mark.parametrize(("leaps", "asked"), [(1, False), (2, True)])
def test_leaps_are_asked_about_but_not_one_bad_position(outing: Outing, leaps: int, asked: bool) -> None:
    def lon(n: int) -> list[int]:
        steps = [round(outing.lon * 1e7)] + [600] * (n - 1)
        for i in range(leaps):
            steps[50 + 20 * i], steps[51 + 20 * i] = 300_000, -300_000
        return steps

    body = outing.track(0, 60)
    body["body"]["lon"] = lon(len(body["body"]["dt"]))
    outing.whole(body)
    assert outing.rules() == ({"jump"} if asked else set())


@pytest.mark.parametrize(("coarse", "asked"), [(120, False), (300, True)])
def test_a_patrol_most_of_whose_positions_are_coarse_is_asked_about(outing: Outing, coarse: int, asked: bool) -> None:
    def acc(n: int) -> list[int]:
        # Every so many, so that there is no silence.
        return [400 if (i * coarse) % n < coarse else 16 for i in range(n)]

    outing.whole(outing.track(0, 60, acc=acc))
    assert ("low_accuracy" in outing.rules()) is asked


@pytest.mark.parametrize(
    ("cause", "minutes", "asked"),
    [("killed", 8, True), ("throttled", 8, True), ("no_fix", 5, False), ("paused", 20, False), (None, 8, True)],
)
def test_a_silence_is_asked_about_from_a_limit_on_with_its_cause(
    outing: Outing, cause: str | None, minutes: int, asked: bool
) -> None:
    gap = {"from": outing.start + 20 * MINUTE, "to": outing.start + (20 + minutes) * MINUTE, "cause": cause}
    outing.whole(outing.track(0, 20), outing.track(20 + minutes, 60, gaps=[gap] if cause else None))
    assert outing.rules() == ({"gap"} if asked else set())
    if asked:
        [body] = outing.phone.sees("flag").values()
        assert body["question"] == f"{minutes} 分钟路线空白"
        assert body["when"] == outing.start + 20 * MINUTE
        assert len(body["evidence"]) == 1


def test_the_limit_is_the_countys(outing: Outing) -> None:
    set_rules(make_unit(COUNTY), {"gap_question_min": 15}, by=None, at=timezone.now() - timedelta(days=9))
    outing.whole(outing.track(0, 20), outing.track(30, 60))
    assert not Flag.objects.exists()


def test_a_late_piece_takes_a_silence_back(outing: Outing) -> None:
    late = outing.track(20, 35)
    outing.whole(outing.track(0, 20), outing.track(35, 60))
    assert outing.rules() == {"gap"}
    outing.phone.sync(late)
    assert outing.rules() == set()


def test_nobody_is_asked_while_walking(outing: Outing) -> None:
    outing.phone.sync(outing.event("start", 0), outing.track(0, 30, mock=some(1, 0, 9)))
    assert outing.phone.sees("flag") == {}
    outing.phone.sync(outing.track(30, 60), outing.event("end", 60))
    assert [body["rule"] for body in outing.phone.sees("flag").values()] == ["mock"]


@pytest.mark.parametrize("shifted", [False, True])
def test_a_walk_that_lies_off_as_a_whole_is_asked_about(outing: Outing, village: Village, shifted: bool) -> None:
    # A lane that winds north to south; the walk follows it, told in GCJ-02 as if it were WGS 84.
    way = [(outing.lon + 0.0012 * np.sin(i / 7), outing.lat - 0.003 + 0.00006 * i) for i in range(100)]
    Barrier.objects.create(unit=village.unit, line=LineString(way, srid=4326), kind="lane", strength=0.5)
    lon, lat = np.array(way)[np.linspace(0, 99, 361).astype(int)].T
    if shifted:
        lon, lat = from_wgs84(lon, lat, crs="gcj02")
    east, north = np.rint(lon * 1e7).astype(int), np.rint(lat * 1e7).astype(int)
    track = outing.track(0, 60)
    track["body"]["lon"] = np.diff(east, prepend=0).tolist()
    track["body"]["lat"] = np.diff(north, prepend=0).tolist()
    outing.whole(track)
    ask_whether_shifted(outing.patrol, village.grids[0].code)
    assert outing.rules() == ({"datum_shift"} if shifted else set())
    if shifted:
        [body] = outing.phone.sees("flag").values()
        assert body["question"].startswith("路线整体偏了约 6")


def test_a_foreign_code_is_asked_about_and_the_own_one_is_not(phone: Phone, village: Village) -> None:
    from backend.field.actions import tag_hash

    pond = make_key_place(village.grids[0], tag_hash=tag_hash("XG-1"))
    check = {"key_place": str(pond.uuid), "how": "tag"}
    phone.sync(make_item("place_check", check | {"code": "XG-1"}))
    assert not Flag.objects.exists()
    phone.sync(make_item("place_check", check | {"code": "XG-2"}))
    [flag] = Flag.objects.all()
    assert flag.rule == "tag_mismatch"


@pytest.mark.parametrize("results, is_asked", [(("ok", "problem"), True), (("ok", "ok"), False)])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_whoever_found_something_else_than_the_person_before_is_asked_in_any_order(
    phone: Phone, worker: User, village: Village, order: tuple[int, int], results: tuple[str, str], is_asked: bool
) -> None:
    second = make_worker(name="彭水生")
    give_duty(second, village.grids[0], "stand_in")
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01"))
    body = {"task": str(task.uuid), "item": "FH-01@1"}
    sent = [
        (phone, make_item("answer", body | {"result": results[0]}, at=now_ms() - 50_000)),
        (Phone(second), make_item("answer", body | {"result": results[1]}, at=now_ms() - 40_000)),
    ]
    for i in order:
        one, item = sent[i]
        one.sync(item)
    assert task.answers.count() == 2
    expected = [("answered_by_two", second.pk, "task")] if is_asked else []
    assert list(Flag.objects.values_list("rule", "person", "about")) == expected


def test_two_who_share_the_items_of_a_task_are_not_asked(phone: Phone, worker: User, village: Village) -> None:
    second = make_worker(name="彭水生")
    give_duty(second, village.grids[0], "stand_in")
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01", "FH-02"))
    phone.sync(make_item("answer", {"task": str(task.uuid), "item": "FH-01@1", "result": "ok"}))
    Phone(second).sync(make_item("answer", {"task": str(task.uuid), "item": "FH-02@1", "result": "problem"}))
    task.refresh_from_db()
    assert task.state == "done" and not Flag.objects.exists()


def test_an_answer_to_an_item_that_left_the_task_is_kept_and_asked_about(phone: Phone, worker: User, village: Village) -> None:
    gone, _ = admissions = make_checklist(village.unit, "FH-01", "FH-02")
    task = make_task(village.grids[0], worker, admissions)
    task.items.filter(admission=gone).update(state="withdrawn")
    type(gone).objects.filter(pk=gone.pk).update(withdrawn_at=timezone.now(), withdrawal_ground="准入到期")
    item = make_item("answer", {"task": str(task.uuid), "item": "FH-01@1", "result": "ok"})
    assert phone.sync(item)[item["id"]]["code"] == "task_withdrawn"
    assert task.answers.count() == 1 and Flag.objects.get().rule == "task_withdrawn"


@pytest.mark.parametrize(
    "asked, value, code",
    [
        ({"type": "number", "label": "水位", "min": 0, "max": 12.5}, "3.25", "ok"),
        ({"type": "number", "label": "水位", "min": 0, "max": 12.5}, "13", "value_unfit"),
        ({"type": "number", "label": "水位"}, "NaN", "value_unfit"),
        ({"type": "choice", "label": "溢洪道", "options": ["畅通", "堵了"]}, "堵了", "ok"),
        ({"type": "choice", "label": "溢洪道", "options": ["畅通", "堵了"]}, "别的", "value_unfit"),
        ({"type": "text", "label": "值班人"}, "老周", "ok"),
        ({}, "老周", "value_unfit"),
    ],
)
def test_a_value_is_kept_if_it_is_of_the_kind_asked_for(
    phone: Phone, worker: User, village: Village, asked: dict[str, Any], value: str, code: str
) -> None:
    [admission] = make_checklist(village.unit, "SL-01")
    type(admission.item).objects.update(answer_type=asked)
    task = make_task(village.grids[0], worker, [admission])
    item = make_item("answer", {"task": str(task.uuid), "item": "SL-01@1", "result": "ok", "value": value})
    assert phone.sync(item)[item["id"]]["code"] == code
    assert list(task.answers.values_list("value", flat=True)) == ([value] if code == "ok" else [])


def test_an_answer_after_the_withdrawal_is_asked_about_one_before_it_is_not(
    phone: Phone, worker: User, village: Village
) -> None:
    items = make_checklist(village.unit, "FH-01")
    gone = make_task(village.grids[0], worker, items, state="withdrawn")
    body = {"task": str(gone.uuid), "item": "FH-01@1", "result": "ok"}
    gone.moved_at = timezone.now() + timedelta(hours=1)
    gone.save()
    phone.sync(make_item("answer", body))
    assert not Flag.objects.exists()
    gone.moved_at = timezone.now() - timedelta(hours=1)
    gone.save()
    phone.sync(make_item("answer", body))
    assert Flag.objects.get().rule == "task_withdrawn"


def test_a_wrong_clock_is_one_question_for_a_patrol(phone: Phone) -> None:
    patrol, wrong = str(uuid.uuid4()), now_ms() - 5 * 3_600_000
    report = {"kind": "0101", "text": "x", "patrol": patrol}
    phone.sync(*(make_item("report", report, at=wrong - i) for i in range(3)), sent_at=wrong)
    [flag] = Flag.objects.filter(rule="clock_wrong")
    assert (flag.about, str(flag.about_id)) == ("patrol", patrol)
    assert len(flag.evidence["items"]) == 3
    assert [body["question"] for body in phone.sees("flag").values()] == ["手机的时间差了 5 小时"]


def test_having_had_no_network_is_no_question(phone: Phone) -> None:
    phone.sync(make_item("report", {"kind": "0101", "text": "x"}, at=now_ms() - 5 * 86_400_000))
    assert {"late"} <= set(Flag.objects.values_list("rule", flat=True))
    assert phone.sees("flag") == {}


def test_the_person_is_asked_before_a_desk_is_told(outing: Outing) -> None:
    outing.whole(outing.track(0, 60, mock=some(1, 0, 9)))
    desk = make_operator(role="supervisor")
    assert not Flag.objects.visible_to(desk).exists()
    assert len(outing.phone.sees("flag")) == 1
    assert Flag.objects.visible_to(desk).count() == 1
    Flag.objects.update(shown_at=None)
    assert not Flag.objects.visible_to(desk).exists()
    Flag.objects.update(raised_at=timezone.now() - timedelta(hours=73))
    assert Flag.objects.visible_to(desk).count() == 1
    assert not Flag.objects.visible_to(make_operator(make_unit("360830100000"), role="supervisor")).exists()


def test_words_of_the_person_are_all_kept_and_the_newest_is_shown(outing: Outing, stranger_phone: Phone) -> None:
    outing.whole(outing.track(0, 60, mock=some(1, 0, 9)))
    [flag] = outing.phone.sees("flag")
    said = [make_item("flag_answer", {"flag": flag, "text": text}, at=now_ms() - ago) for text, ago in (("后", 1), ("先", 9))]
    codes = [row["code"] for row in outing.phone.sync(*said).values()]
    assert codes == ["ok", "ok"]
    assert outing.phone.sees("flag")[flag]["answer"] == "后"
    foreign = make_item("flag_answer", {"flag": flag, "text": "不是我"})
    assert stranger_phone.sync(foreign)[foreign["id"]]["code"] == "unknown_flag"
    empty = make_item("flag_answer", {"flag": flag, "text": "  "})
    assert outing.phone.sync(empty)[empty["id"]]["status"] == "quarantined"
    assert Flag.objects.get(rule="mock").answer == "后"


def test_a_decision_is_added_to_the_others_and_shown_to_the_person(outing: Outing) -> None:
    outing.whole(outing.track(0, 60, mock=some(1, 0, 9)))
    flag, desk = Flag.objects.get(), make_operator(role="supervisor", name="周明")
    with pytest.raises(OwnFlag):
        decide_flag(flag, decision="counts", note="", by=flag.person, at=timezone.now())
    for wrong in ("guilty", ""):
        with pytest.raises(Unreadable):
            decide_flag(flag, decision=wrong, note="", by=desk, at=timezone.now())
    with pytest.raises(Unreadable):
        decide_flag(flag, decision="does_not_count", note=" ", by=desk, at=timezone.now())
    decide_flag(flag, decision="ask_more", note="打个电话", by=desk, at=timezone.now())
    decide_flag(flag, decision="counts", note="说得通", by=desk, at=timezone.now())
    [body] = outing.phone.sees("flag").values()
    assert body["decision"] == "counts"
    assert [(row["decision"], row["note"], row["by"]) for row in body["decisions"]] == [
        ("ask_more", "打个电话", "周明"),
        ("counts", "说得通", "周明"),
    ]
    for change in (lambda: FlagDecision.objects.update(note=""), lambda: FlagDecision.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_rebuild_asks_the_same_and_forgets_neither_words_nor_decisions(outing: Outing) -> None:
    outing.whole(outing.track(0, 20, mock=some(1, 0, 9)), outing.track(30, 60))
    asked = outing.phone.sees("flag")
    assert {body["rule"] for body in asked.values()} == {"mock", "gap"}
    mock = next(key for key, body in asked.items() if body["rule"] == "mock")
    outing.phone.sync(make_item("flag_answer", {"flag": mock, "text": "开发者选项忘了关"}))
    decide_flag(Flag.objects.get(rule="gap"), decision="counts", note="", by=make_operator(), at=timezone.now())
    before = {key: body | {"number": ""} for key, body in outing.phone.sees("flag").items()}
    shown = dict(Flag.objects.values_list("uuid", "shown_at"))
    rebuild(outing.phone.user)
    assert {key: body | {"number": ""} for key, body in outing.phone.sees("flag").items()} == before
    assert dict(Flag.objects.values_list("uuid", "shown_at")) == shown
