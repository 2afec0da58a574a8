from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import DatumShift, Mistake, find_shift, from_wgs84, to_lonlat, to_metric, to_wgs84, undo_mistake
from geo.fixes import distances_m
from tests.geo.walks import drifting_noise
from tests.proof import proof

SRID = 4547
CENTRE = shapely.get_coordinates(to_metric(shapely.Point(114.5, 27.35), SRID))[0]
#: What the public algorithm gives near here, metres.
GCJ02_M, BD09_M = (560, 680), (900, 1800)


def make_roads(rng, count=14, side_m=4000.0):
    """Lanes that wind, as in the hills; most of the ground is far from any."""
    lanes = []
    for _ in range(count):
        turns = rng.normal(0, 0.35, 60).cumsum() + rng.uniform(0, 2 * np.pi)
        steps = 50.0 * np.column_stack([np.cos(turns), np.sin(turns)])
        lanes.append(shapely.LineString(CENTRE + rng.uniform(-side_m / 2, side_m / 2, 2) + steps.cumsum(axis=0)))
    return lanes


def walk_on(rng, roads, length_m=2000.0, noise_m=5.0):
    """Degrees of a walk along some of the roads, a fix each 7 m."""
    true = []
    while len(true) * 7.0 < length_m:
        road = roads[rng.integers(len(roads))]
        true.extend(shapely.get_coordinates(shapely.line_interpolate_point(road, np.arange(0, road.length, 7.0))))
    xy = np.array(true[: int(length_m / 7.0)])
    return lonlat(xy + drifting_noise(rng, len(xy), noise_m))


def lonlat(xy):
    return shapely.get_coordinates(to_lonlat(shapely.points(xy), SRID)).T


seeds = st.integers(0, 10**6)


@proof(40, 1000)
@given(seed=seeds, noise_m=st.floats(0, 9), count=st.integers(1, 40))
def test_a_walk_where_it_says_it_is_is_never_shifted(seed, noise_m, count):
    rng = np.random.default_rng(seed)
    roads = make_roads(rng, count)
    assert find_shift(*walk_on(rng, roads, noise_m=noise_m), srid=SRID, features=roads) is None


@proof(40, 1000)
@given(seed=seeds, count=st.integers(0, 40))
def test_a_walk_over_the_hills_far_from_roads_is_not_shifted(seed, count):
    rng = np.random.default_rng(seed)
    hills = make_roads(rng, 5)
    assert find_shift(*walk_on(rng, hills), srid=SRID, features=make_roads(rng, count)) is None


@proof(40, 1000)
@given(seed=seeds, noise_m=st.floats(0, 6))
def test_gcj02_sent_as_wgs84_is_found(seed, noise_m):
    rng = np.random.default_rng(seed)
    roads = make_roads(rng)
    lon, lat = walk_on(rng, roads, noise_m=noise_m)
    found = find_shift(*from_wgs84(lon, lat, crs="gcj02"), srid=SRID, features=roads)
    assert found is not None and found.mistake is Mistake.GCJ02_AS_WGS84
    assert GCJ02_M[0] < found.offset_m < GCJ02_M[1] and found.near_after > 0.8 > 0.6 > found.near_before


MISTAKES = {
    Mistake.GCJ02_AS_WGS84: (lambda lon, lat: from_wgs84(lon, lat, crs="gcj02"), GCJ02_M),
    Mistake.BD09_AS_WGS84: (lambda lon, lat: from_wgs84(lon, lat, crs="bd09"), BD09_M),
    Mistake.WGS84_AS_GCJ02: (lambda lon, lat: to_wgs84(lon, lat, crs="gcj02"), GCJ02_M),
    Mistake.WGS84_AS_BD09: (lambda lon, lat: to_wgs84(lon, lat, crs="bd09"), BD09_M),
}


@pytest.mark.parametrize("mistake", list(Mistake))
def test_each_mistake_is_told_from_the_others_with_its_offset_and_bearing(mistake):
    rng = np.random.default_rng(7)
    roads = make_roads(rng)
    lon, lat = walk_on(rng, roads)
    spoil, (least_m, most_m) = MISTAKES[mistake]
    sent = spoil(lon, lat)
    found = find_shift(*sent, srid=SRID, features=roads)
    assert isinstance(found, DatumShift) and found.mistake is mistake and found.n >= 30
    assert least_m < found.offset_m < most_m
    assert found.offset_m == pytest.approx(distances_m([lon[0], sent[0][0]], [lat[0], sent[1][0]])[0], rel=0.02)
    is_east, is_north = sent[0][0] > lon[0], sent[1][0] > lat[0]
    assert (found.bearing_deg < 180) == is_east and (not 90 < found.bearing_deg < 270) == is_north
    assert np.allclose(undo_mistake(*sent, mistake), (lon, lat), rtol=0, atol=1e-8)


def test_neither_order_nor_repetition_of_fixes_changes_the_answer():
    rng = np.random.default_rng(3)
    roads = make_roads(rng)
    lon, lat = from_wgs84(*walk_on(rng, roads), crs="gcj02")
    found = find_shift(lon, lat, srid=SRID, features=roads)
    again = find_shift(np.r_[lon[::-1], lon], np.r_[lat[::-1], lat], srid=SRID, features=roads[::-1])
    assert found is not None and again is not None and again.n == found.n
    assert (again.mistake, again.near_before, again.near_after) == (found.mistake, found.near_before, found.near_after)


def test_the_ground_a_person_is_there_for_speaks_for_or_against():
    rng = np.random.default_rng(3)
    roads = make_roads(rng)
    lon, lat = walk_on(rng, roads)
    sent = from_wgs84(lon, lat, crs="gcj02")
    true_xy, sent_xy = (shapely.get_coordinates(to_metric(shapely.points(*where), SRID)) for where in ((lon, lat), sent))
    there, here = (shapely.union_all(shapely.buffer(shapely.points(xy), 100)) for xy in (true_xy, sent_xy))
    found = find_shift(*sent, srid=SRID, features=roads, home=[there])
    assert found is not None and found.inside_after == 1.0 > found.inside_before
    assert find_shift(*sent, srid=SRID, features=roads, home=[shapely.difference(here, there)]) is None


def test_too_little_is_no_answer():
    rng = np.random.default_rng(3)
    roads = make_roads(rng)
    lon, lat = from_wgs84(*walk_on(rng, roads), crs="gcj02")
    assert find_shift(lon[:20], lat[:20], srid=SRID, features=roads) is None
    assert find_shift([lon[0]] * 500, [lat[0]] * 500, srid=SRID, features=roads) is None
    assert find_shift([], [], srid=SRID, features=roads) is None
    assert find_shift([np.nan] * 50, [np.nan] * 50, srid=SRID, features=roads) is None
    assert find_shift(lon, lat, srid=SRID, features=[]) is None
