"""A simulated walk is one somebody could walk, heard as a phone would hear it."""

from __future__ import annotations

import random

import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, box, mapping, shape

from backend.demo.outing import MINUTE_MS, Outing, Stop, plan_outing
from backend.demo.receiver import Oddities
from backend.demo.scenes import SCENES, URGENT, draw_photo
from backend.demo.streets import Streets
from geo import Reason, decode_columns

START = 1_795_000_000_000
GRID = box(114.500, 27.390, 114.510, 27.400)
#: Two roads that cross and a lane that ends a metre short of one of them.
ROADS = ([(114.49, 27.395), (114.52, 27.395)], [(114.505, 27.38), (114.505, 27.41)], [(114.505008, 27.397), (114.509, 27.397)])
LINES = [{"geometry": mapping(LineString(road)), "properties": {"kind": "lane"}} for road in ROADS]
PLACE = {"id": "0b0e2a3c-7a45-4a53-9b4d-3a3f1f7a7c11", "lon": 114.508, "lat": 27.3972, "risk": "high"}


def outing(seed: int = 1, *, minutes: float = 40, stops: int = 0, **odd: object) -> Outing:
    streets = Streets(mapping(GRID), LINES)
    asked = {"id": "8b5fd3c9-6a0f-4a3f-8d8b-0d4b6a1d6c55", "items": [{"item": "FH-01@1"}]}
    return plan_outing(
        streets,
        start_ms=START,
        minutes=minutes,
        rng=random.Random(seed),
        odd=Oddities(**odd),  # type: ignore[arg-type]
        stops=[Stop(PLACE, asked, has_tag=True)] * stops,
        scenes=[(5.0, SCENES[0])],
    )


def heard(walk: Outing, **more: object) -> tuple:
    body = walk.heard.columns(START, walk.end_ms, patrol=walk.patrol)
    assert body is not None
    fixes = decode_columns(**{k: v for k, v in body.items() if k not in ("patrol", "gaps", "course")}, **more)
    return fixes, body


def test_a_walk_keeps_to_the_roads_of_its_grid_at_a_walking_pace() -> None:
    for seed in range(12):
        fixes, _ = heard(outing(seed))
        assert not fixes.reasons.any()
        at = shapely.points(fixes.lon, fixes.lat)
        assert shapely.contains(GRID, at).all()
        roads = shapely.union_all([shape(line["geometry"]) for line in LINES])
        assert np.quantile(shapely.distance(roads, at) * 111_320, 0.99) < 25
        step = np.hypot(np.diff(fixes.lon) * 98_900, np.diff(fixes.lat) * 111_320) / (np.diff(fixes.time_ms) / 1000)
        assert np.median(step) < 2.5
        assert 30 * MINUTE_MS < fixes.time_ms[-1] - fixes.time_ms[0] < 60 * MINUTE_MS


def test_the_lane_that_ends_just_short_of_a_road_is_walked_too() -> None:
    lanes = [heard(outing(seed, minutes=70))[0] for seed in range(3)]
    assert any((fixes.lon > 114.507).any() and (np.abs(fixes.lat - 27.397) < 1e-4).any() for fixes in lanes)


def test_a_grid_without_roads_is_walked_around_inside() -> None:
    streets = Streets(mapping(GRID), [])
    line, _ = streets.wander(random.Random(1), length_m=2000)
    assert shapely.contains(GRID, shapely.points(streets.degrees(line))).all()


def test_the_same_seed_is_the_same_outing() -> None:
    first, again = ([*outing(3, stops=1).items(START, 2 * START)] for _ in range(2))
    assert first == again


def test_silences_are_declared_with_their_cause_and_nothing_is_heard_in_them() -> None:
    fixes, body = heard(outing(silences=((0.4, 300, "killed"),)))
    [gap] = body["gaps"]
    assert gap["cause"] == "killed" and gap["to"] - gap["from"] == 300_000
    assert not ((fixes.time_ms > gap["from"] + 1000) & (fixes.time_ms < gap["to"] - 1000)).any()


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({"jump_at": 0.5}, Reason.JUMP),
        ({"mock": (0.2, 0.3)}, Reason.MOCK),
        ({"coarse": (0.3, 0.5)}, Reason.LOW_ACCURACY),
    ],
)
def test_an_odd_phone_gets_the_mark_it_is_there_to_show(odd: dict[str, object], reason: Reason) -> None:
    fixes, _ = heard(outing(**odd))
    marked = (fixes.reasons & reason) != 0
    assert 0 < marked.sum() < len(fixes) / 3


def test_a_phone_with_the_other_datum_lies_some_five_hundred_metres_off() -> None:
    (true, _), (shifted, _) = heard(outing()), heard(outing(is_gcj02=True))
    off = np.hypot((shifted.lon - true.lon) * 98_900, (shifted.lat - true.lat) * 111_320)
    assert off.min() > 400 and off.max() < 800


def test_a_wrong_clock_is_in_everything_the_phone_writes_down() -> None:
    walk = outing(clock_ms=-172_800_000)
    items = list(walk.items(START, walk.end_ms + 1))
    track = next(body for _, kind, body in items if kind == "track")
    assert abs(track["t0"] - (START - 172_800_000)) < 10_000


def test_pieces_of_an_outing_hold_each_thing_once_and_the_start_first() -> None:
    walk = outing(stops=1)
    cuts = [*range(START, walk.end_ms + 1, 7 * MINUTE_MS), walk.end_ms + 1]
    pieces = [list(walk.items(a, b)) for a, b in zip(cuts, cuts[1:], strict=False)]
    kinds = [kind for piece in pieces for _, kind, _ in piece if kind != "track"]
    assert sorted(kinds) == sorted(kind for _, kind, _ in walk.items(START, walk.end_ms + 1) if kind != "track")
    assert pieces[0][0][2]["event"] == "start" and pieces[-1][-1][2]["event"] == "end"
    assert sum(len(body["dt"]) for piece in pieces for _, kind, body in piece if kind == "track") == len(walk.heard.time_ms)
    assert {"answer", "report"} <= set(kinds)
    assert set(walk.photos) <= {
        sha for piece in pieces for _, kind, body in piece if kind == "report" for sha in body["photos"]
    }


def test_every_scene_is_drawn_small_and_is_a_jpeg() -> None:
    for scene in (*SCENES, *URGENT):
        photo = draw_photo(scene, random.Random(1))
        assert photo[:2] == b"\xff\xd8" and len(photo) < 60_000
