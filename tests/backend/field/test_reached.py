"""Key places reached: by tag, by staying, by a photo taken there, by words with a reason. Nothing is refused for being short."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from backend.accounts.models import User
from backend.field.actions import tag_hash
from backend.field.models import PlaceVisit
from backend.patrols.models import Task
from backend.places.models import KeyPlace
from tests.backend.builders import Village, make_checklist, make_key_place, make_operator, make_task, make_worker, middle
from tests.backend.phone_client import Item, Phone, make_item, make_track, now_ms

pytestmark = pytest.mark.django_db
METRE = 1 / 111_320  # degrees of latitude
SHA = "ab" * 32


@pytest.fixture
def pond(village: Village) -> KeyPlace:
    return make_key_place(village.grids[0], tag_hash=tag_hash("XG-1"))


def grades() -> list[tuple[str, str]]:
    return [(row.grade, row.key_place.name) for row in PlaceVisit.objects.order_by("grade", "t0")]


def walk_past(place: KeyPlace, *, still: int, patrol: str = "", start: int | None = None, **more: Any) -> Item:
    """North towards the place from 100 m south of it, ``still`` fixes of 5 s at it, and 100 m on."""
    steps = [10] * 10 + [0] * still + [10] * 10
    lat = [round((place.point.y - 100 * METRE) * 1e7)] + [round(step * METRE * 1e7) for step in steps]
    n = len(lat)
    columns = {"lat": lat, "lon": [round(place.point.x * 1e7)] + [0] * (n - 1), "acc": [10] * n}
    return piece_of(patrol or str(uuid.uuid4()), n, start, columns | more)


def piece_of(patrol: str, n: int, start: int | None, columns: dict[str, Any]) -> Item:
    item = make_track(patrol, 0, 0, n=n, start=start)
    item["body"] |= columns
    return item


def place_of(place: KeyPlace, *, metres: float = 0, **more: Any) -> dict[str, Any]:
    lat = round((place.point.y + metres * METRE) * 1e7)
    return {"crs": "wgs84", "lon": round(place.point.x * 1e7), "lat": lat, "acc": 20, "source": "gps"} | more


def test_the_places_own_code_is_grade_a_and_a_foreign_one_shows_nothing(phone: Phone, pond: KeyPlace) -> None:
    check = {"key_place": str(pond.uuid), "how": "qr"}
    phone.sync(make_item("place_check", check | {"code": "foreign"}))
    assert grades() == []
    phone.sync(make_item("place_check", check | {"code": "XG-1"}))
    assert grades() == [("A", "门前塘")]
    assert PlaceVisit.objects.get().grid_code == pond.grid_code


def test_words_are_grade_d_if_they_give_a_reason(phone: Phone, pond: KeyPlace) -> None:
    check = {"key_place": str(pond.uuid), "how": "declared"}
    phone.sync(make_item("place_check", check))
    assert grades() == []
    phone.sync(make_item("place_check", check | {"reason": "山里没信号"}))
    assert grades() == [("D", "门前塘")]


def test_a_stay_on_the_track_is_grade_b_with_entry_and_exit_between_the_fixes(phone: Phone, pond: KeyPlace) -> None:
    track = walk_past(pond, still=20)
    phone.sync(track)
    [stay] = PlaceVisit.objects.all()
    assert (stay.grade, str(stay.item), str(stay.patrol_uuid)) == ("B", track["id"], track["body"]["patrol"])
    # 35 m to each side at 2 m/s, and 100 s of standing still.
    assert stay.dwell_s == pytest.approx(100 + 2 * 35 / 2, abs=2)
    start = track["body"]["t0"]
    assert stay.t0.timestamp() * 1000 == pytest.approx(start + (100 - 35) / 10 * 5000, abs=600)
    assert "short" not in stay.evidence


def test_a_short_stay_is_kept_and_said_to_be_short(phone: Phone, pond: KeyPlace) -> None:
    phone.sync(walk_past(pond, still=0))
    [stay] = PlaceVisit.objects.all()
    assert stay.grade == "B" and stay.dwell_s < 60 and stay.evidence["short"]
    assert not PlaceVisit.objects.long_enough().exists()


def test_a_walk_elsewhere_reaches_nothing(phone: Phone, pond: KeyPlace, village: Village) -> None:
    phone.sync(make_track(str(uuid.uuid4()), middle(village.grids[0])[0], pond.point.y + 400 * METRE, n=40))
    assert grades() == []


def test_positions_that_are_no_evidence_are_no_stay(phone: Phone, pond: KeyPlace) -> None:
    phone.sync(walk_past(pond, still=20, mock=[1] * 41))
    assert grades() == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_stay_cut_by_two_uploads_is_one_stay_in_any_order(phone: Phone, pond: KeyPlace, order: tuple[int, int]) -> None:
    patrol, start = str(uuid.uuid4()), now_ms() - 600_000
    whole = walk_past(pond, still=20, patrol=patrol, start=start)["body"]
    cut, pieces = 20, []
    north = [sum(whole["lat"][: i + 1]) for i in range(len(whole["lat"]))]
    for begin, end in ((0, cut), (cut, len(north))):
        lat = [north[begin]] + [north[i] - north[i - 1] for i in range(begin + 1, end)]
        lon = [whole["lon"][0]] + [0] * (end - begin - 1)
        columns = {"lat": lat, "lon": lon, "acc": [10] * (end - begin)}
        pieces.append(piece_of(patrol, end - begin, start + begin * 5000, columns))
    for i in order:
        phone.sync(pieces[i])
    [stay] = PlaceVisit.objects.all()
    assert str(stay.item) == pieces[0]["id"]
    assert stay.dwell_s == pytest.approx(135, abs=2)


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, []),  # no photo
        ({"photos": [SHA]}, ["C"]),
        ({"photos": [SHA], "far": 39}, ["C"]),  # 30 m of the place and 10 m of the fix
        ({"photos": [SHA], "far": 60}, []),
        ({"photos": [SHA], "source": "map"}, []),  # chosen with a finger
        ({"photos": [SHA], "far": 5000, "named": True}, ["C"]),
    ],
)
def test_a_photo_taken_at_the_place_or_said_to_be_is_grade_c(
    phone: Phone, pond: KeyPlace, more: dict[str, Any], found: list[str]
) -> None:
    place = place_of(pond, metres=more.get("far", 0), source=more.get("source", "gps"))
    body = {"kind": "0101", "text": "塘边", "place": place, "photos": more.get("photos", [])}
    phone.sync(make_item("report", body | ({"key_place": str(pond.uuid)} if more.get("named") else {})))
    assert [grade for grade, _ in grades()] == found


def test_nothing_found_and_could_not_enter_are_results_and_settle_the_task(
    phone: Phone, pond: KeyPlace, worker: User, village: Village
) -> None:
    task = make_task(village.grids[0], worker, make_checklist(village.unit, "FH-01", "FH-02"), key_place=pond)
    answer = {"task": str(task.uuid), "item": "FH-01@1", "result": "ok"}
    phone.sync(make_item("answer", answer))
    assert Task.objects.get().state == "open" and grades() == []
    phone.sync(make_item("answer", answer | {"item": "FH-02@1", "result": "no_entry", "reason": "路断"}))
    assert Task.objects.get().state == "done"
    [visit] = PlaceVisit.objects.all()
    assert (visit.grade, visit.task, visit.evidence["reason"]) == ("D", task, "路断")


def test_a_place_visit_is_seen_by_its_person_and_by_the_desks_of_its_unit(
    phone: Phone, pond: KeyPlace, village: Village
) -> None:
    phone.sync(make_item("place_check", {"key_place": str(pond.uuid), "how": "qr", "code": "XG-1"}))
    assert PlaceVisit.objects.visible_to(phone.user).count() == 1
    assert PlaceVisit.objects.visible_to(make_operator()).count() == 1
    assert not PlaceVisit.objects.visible_to(make_worker(village.grids[1], name="魏强")).exists()
    assert not PlaceVisit.objects.visible_to(make_operator(role="office_handler")).exists()
