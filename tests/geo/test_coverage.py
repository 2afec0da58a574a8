from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import CoverageLimits, cover, patrollable_ground, seen_area, seen_length, split_ground
from geo.errors import BadTrack, GeoError
from tests.geo.walks import make_walk, squares
from tests.proof import proof

GRID = shapely.box(0, 0, 400, 400)
NOTHING = {"roads": None, "banks": None, "buildings": None, "places": None}
#: Percentage points a share may lie from buffers of whole walks.
NEAR_PP = 0.1


def plain_seen(legs, grid):
    """What is seen, the slow and obvious way: each walk buffered as a whole."""
    buffers = [
        shapely.buffer(shapely.LineString(leg) if len(leg) > 1 else shapely.Point(leg[0]), 40, quad_segs=16) for leg in legs
    ]
    return shapely.union_all([shapely.intersection(buffer, grid) for buffer in buffers])


@proof(25, 400)
@given(seeds=st.lists(st.integers(0, 10**6), min_size=1, max_size=3, unique=True), size_m=st.sampled_from([100, 125, 250, 500]))
def test_shares_agree_with_whole_buffers_to_a_tenth_of_a_point(seeds, size_m):
    legs = [make_walk(seed, fixes=150) for seed in seeds]
    grids = squares(1000, size_m)
    covered = cover(grids, [None] * len(grids), legs)
    plain = [plain_seen(legs, grid).area / grid.area for grid in grids]
    assert np.abs(covered.share - plain).max() * 100 < NEAR_PP


@proof(25, 1000)
@given(seeds=st.lists(st.integers(0, 10**6), min_size=1, max_size=4, unique=True), data=st.data())
def test_neither_order_nor_repetition_of_legs_changes_anything(seeds, data):
    legs = [make_walk(seed, fixes=40, side_m=500) for seed in seeds] + [np.array([[250.0, 250.0]])]
    grids = squares(500, 250)
    once = cover(grids, [None] * 4, legs)
    shuffled = data.draw(st.permutations(legs + legs[:2] + legs[-1:]))
    again = cover(grids, [None] * 4, shuffled)
    assert (once.seen_m2 == again.seen_m2).all() and shapely.equals_exact(once.seen, again.seen).all()
    assert shapely.equals_exact(seen_area(legs), seen_area(shuffled))


@proof(25, 1000)
@given(seed=st.integers(0, 10**6))
def test_nothing_is_seen_outside_the_ground_and_no_more_than_there_is(seed):
    legs = [make_walk(seed, fixes=80, side_m=800)]
    grids = squares(800, 400)
    road = shapely.LineString(make_walk(seed + 1, fixes=20, side_m=800))
    grounds = [patrollable_ground(grid, **NOTHING | {"roads": [road]}) for grid in grids]
    covered = cover(grids, [ground.geometry for ground in grounds], legs)
    for grid, ground, seen in zip(grids, grounds, covered.seen, strict=True):
        assert shapely.difference(seen, grid).area < 1e-6 and shapely.difference(seen, ground.geometry).area < 1e-6
    has_ground = covered.ground_m2 > 0
    assert ((covered.share[has_ground] >= 0) & (covered.share[has_ground] <= 1)).all()
    assert np.isnan(covered.share[~has_ground]).all()


@proof(25, 1000)
@given(seed=st.integers(0, 10**6), cut=st.integers(1, 78))
def test_more_legs_never_see_less(seed, cut):
    walk = make_walk(seed, fixes=80, side_m=500)
    grids = squares(500, 250)
    fewer = cover(grids, [None] * 4, [walk[:cut]])
    more = cover(grids, [None] * 4, [walk[:cut], walk[cut:]])
    assert (more.seen_m2 >= fewer.seen_m2 - 1e-6).all()


def test_between_two_legs_nothing_is_seen():
    covered = cover([shapely.box(0, 0, 1000, 100)], [None], [[(100, 50), (200, 50)], [(800, 50), (900, 50)]])
    assert not shapely.intersects(covered.seen[0], shapely.box(245, 0, 755, 100))


@pytest.mark.parametrize("leg", [[(200, 200)], [(200, 200), (200, 200)], [(200, 200)] * 40])
def test_a_leg_without_length_sees_a_disc(leg):
    covered = cover([GRID], [None], [leg])
    assert covered.seen_m2[0] == pytest.approx(np.pi * 40**2, rel=0.002)


def test_no_grids_no_legs_and_no_ground_are_possible():
    assert len(cover([], [], [[(0, 0)]])) == 0
    assert cover([GRID], [None], []).share.tolist() == [0.0]
    assert cover([GRID], [None], [[], np.zeros((0, 2))]).seen[0].is_empty
    assert np.isnan(cover([GRID], [shapely.Polygon()], [[(1, 1)]]).share[0])
    assert seen_area([]).is_empty and seen_length([], GRID) == 0.0
    assert seen_length([shapely.LineString()], shapely.Polygon()) == 0.0


def test_legs_that_cannot_be_read_are_refused():
    for leg in ([(1.0, float("nan"))], [1.0, 2.0], [(1.0, 2.0, 3.0)]):
        with pytest.raises(BadTrack):
            seen_area([leg])
    with pytest.raises(GeoError, match="2 grids"):
        cover([GRID, GRID], [None], [])


def test_what_only_touches_is_no_area():
    covered = cover([shapely.box(140, 0, 240, 100)], [None], [[(0, 50), (100, 50)]])
    assert covered.seen[0].is_empty and covered.seen[0].geom_type == "Polygon" and covered.share[0] == 0


def test_ground_is_what_lies_near_something_to_look_after():
    point, house = shapely.Point(350, 350), shapely.box(20, 20, 30, 30)
    ground = patrollable_ground(GRID, **NOTHING | {"places": [point], "buildings": [house]})
    assert ground.layers == ("buildings", "places") and not ground.is_whole
    assert ground.area_m2 == pytest.approx(
        shapely.union_all([point.buffer(60), house.buffer(60)]).intersection(GRID).area, rel=0.01
    )
    assert shapely.difference(ground.geometry, GRID).area < 1e-9


def test_a_pond_outside_the_grid_still_makes_ground_inside():
    pond = shapely.box(430, 100, 600, 300)
    ground = patrollable_ground(GRID, **NOTHING | {"banks": [pond]})
    assert 0 < ground.area_m2 < 30 * 320 and ground.layers == ("banks",)


def test_the_whole_grid_is_ground_only_where_no_layer_exists():
    whole, none = patrollable_ground(GRID, **NOTHING), patrollable_ground(GRID, **NOTHING | {"roads": []})
    assert whole.is_whole and whole.area_m2 == GRID.area
    assert not none.is_whole and none.area_m2 == 0 and none.geometry.is_empty


def test_ground_does_not_depend_on_what_is_far_away():
    road, far = shapely.LineString([(0, 200), (400, 200)]), shapely.LineString([(5000, 0), (9000, 0)])
    near = patrollable_ground(GRID, **NOTHING | {"roads": [road]})
    both = patrollable_ground(GRID, **NOTHING | {"roads": [road, far], "banks": [far]})
    assert shapely.equals_exact(near.geometry, both.geometry) and both.layers == ("roads",)


def test_limits_are_the_countys():
    near = CoverageLimits(view_m=20, ground_m=30)
    assert seen_area([[(0, 0)]], limits=near).area == pytest.approx(np.pi * 400, rel=0.01)
    ground = patrollable_ground(GRID, **NOTHING | {"places": [shapely.Point(200, 200)]}, limits=near)
    assert ground.area_m2 == pytest.approx(np.pi * 900, rel=0.01)


def test_metres_of_roads_and_banks_seen_are_counted_once():
    road = shapely.LineString([(-100, 200), (500, 200)])
    pond = shapely.box(100, 100, 200, 200)
    assert seen_length([road], GRID) == pytest.approx(400)
    assert seen_length([road, pond], shapely.box(0, 0, 150, 400), within=GRID) == pytest.approx(150 + 50 + 100)
    assert seen_length([road], shapely.box(300, 0, 900, 400), within=GRID) == pytest.approx(100)


@proof(20, 500)
@given(seed=st.integers(0, 10**6))
def test_parts_tile_the_ground(seed):
    seen, other = (seen_area([make_walk(seed + i, fixes=30, side_m=400)]) for i in (0, 1))
    parts = split_ground(GRID, [seen, other])
    assert len(parts) == 3 and sum(part.area for part in parts) == pytest.approx(GRID.area)
    assert parts[0].area == pytest.approx(shapely.intersection(seen, GRID).area)
    assert all(shapely.intersection(a, b).area < 1e-6 for a, b in zip(parts, parts[1:], strict=False))
