"""Edits of areas that fill a ground: they still fill it afterwards, no house is cut, and what was not edited is untouched."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point, Polygon, box

from geo.division import divide_village
from geo.division.metrics import cut_buildings
from geo.errors import (
    BadEdit,
    BreaksCell,
    CrossesBorder,
    CutsBuilding,
    EmptiesCell,
    FixedEnd,
    NoSuchBorder,
    OutsideRegion,
    TilingError,
)
from geo.topology import (
    draw_village,
    merge_cells,
    move_border,
    move_building,
    shared_borders,
    split_cell,
    villages_from_places,
)
from tests.geo.villages import make_village
from tests.proof import proof

WEST, EAST = box(0, 0, 100, 100), box(100, 0, 200, 100)


@functools.cache
def divided(seed: int, k: int):
    village = make_village(seed, houses=90, size_m=800)
    return list(divide_village(*village, k=k).grids.geometry), list(village.buildings.geometry)


def holds(before, after, houses) -> None:
    """The same ground, once, in whole pieces, without a house cut that was whole."""
    assert shapely.coverage_is_valid(after)
    assert shapely.symmetric_difference(shapely.union_all(before), shapely.union_all(after)).area < 1e-4
    assert sum(shapely.area(after)) == pytest.approx(sum(shapely.area(before)), abs=1e-4)
    assert all(shapely.get_num_geometries(cell) == 1 for cell in after)
    assert not len(cut_buildings(np.array(after, dtype=object), np.array(houses, dtype=object)))


@proof(60, 3000)
@given(data=st.data(), seed=st.integers(0, 7), k=st.integers(2, 6))
def test_a_moved_border_leaves_a_tiling_or_is_refused(data, seed, k):
    before, houses = divided(seed, k)
    cells = list(before)
    for _ in range(2):
        arc = data.draw(st.sampled_from(shared_borders(cells)))
        corners = shapely.get_coordinates(arc.line)
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(corners) - 1))
            step = data.draw(st.tuples(st.floats(-80, 80), st.floats(-80, 80)))
            if data.draw(st.booleans()):
                corners[at] += step
            else:
                corners = np.insert(corners, at, corners[at] + step, axis=0)
        if len(corners) < 2:
            continue
        try:
            moved = move_border(cells, arc, LineString(corners), houses)
        except BadEdit as refused:
            assert refused.place is None or np.isfinite(refused.place).all()
            continue
        holds(before, moved, houses)
        assert all(
            new is old for n, (old, new) in enumerate(zip(cells, moved, strict=True)) if n not in (arc.first, arc.second)
        )
        cells = moved


@proof(60, 3000)
@given(seed=st.integers(0, 7), k=st.integers(2, 5), house=st.integers(0, 89), to=st.integers(0, 4))
def test_a_moved_house_goes_alone_and_leaves_a_tiling_or_is_refused(seed, k, house, to):
    cells, houses = divided(seed, k)
    house, to = house % len(houses), to % len(cells)
    spots = shapely.point_on_surface(np.array(houses, dtype=object))
    was = [int(np.flatnonzero(shapely.intersects(cells, spot))[0]) for spot in spots]
    try:
        moved = move_building(cells, houses[house], to, houses)
    except BadEdit:
        return
    holds(cells, moved, houses)
    now = [int(np.flatnonzero(shapely.intersects(moved, spot))[0]) for spot in spots]
    assert [n for n in range(len(houses)) if was[n] != now[n]] == [house]
    assert now[house] == to


@proof(30, 1500)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 12))
def test_villages_between_places_fill_the_township_and_hold_their_place(seed, count):
    random = np.random.default_rng(seed)
    township = make_village(seed, houses=1, size_m=3000).boundary
    if seed % 2:
        township = township.difference(Point(township.centroid).buffer(300)).difference(
            box(*(township.centroid.x - 40, township.centroid.y, township.centroid.x + 40, township.centroid.y + 9000))
        )
    west, south, east, north = township.bounds
    points = [Point(random.uniform(west, east), random.uniform(south, north)) for _ in range(count * 8)]
    places = [point for point in points if township.contains(point)][:count]
    cells = villages_from_places(township, places)
    holds([township], cells, [])
    assert all(cell.covers(place) for cell, place in zip(cells, places, strict=True))


@proof(30, 1500)
@given(data=st.data(), seed=st.integers(0, 10**6))
def test_a_drawn_village_takes_only_free_ground_and_meets_its_neighbours(data, seed):
    random = np.random.default_rng(seed)
    township = make_village(seed, houses=1, size_m=3000).boundary
    west, south, east, north = township.bounds
    places = [Point(x, y) for x, y in zip(random.uniform(west, east, 30), random.uniform(south, north, 30), strict=True)]
    villages = villages_from_places(township, [place for place in places if township.contains(place)][:6])
    existing, taken = villages[:-1], villages[-1]
    corner = data.draw(st.floats(-30, 30))
    ring = data.draw(st.sampled_from([taken, taken.buffer(50), taken.buffer(corner / 10), box(*taken.bounds)]))
    if not isinstance(ring, Polygon):
        return
    try:
        drawn = draw_village(township, existing, Polygon(ring.exterior))
    except BadEdit:
        return
    assert shapely.coverage_is_valid([drawn.village, *drawn.existing])
    assert drawn.village.difference(taken).area < 1e-4
    assert all(old.symmetric_difference(new).area < 1e-4 for old, new in zip(existing, drawn.existing, strict=True))


def test_a_border_moves_with_its_ends_along_the_outer_border():
    [arc] = shared_borders([WEST, EAST])
    west, east = move_border([WEST, EAST], arc, LineString([(90, -1), (95, 50.00049), (108, 103)]))
    assert west.area + east.area == 20_000
    assert shapely.coverage_is_valid([west, east])
    assert {(90.0, 0.0), (95.0, 50.0), (108.0, 100.0)} <= set(west.exterior.coords)


def test_a_cut_house_is_named_with_its_place_and_their_number():
    [arc] = shared_borders([WEST, EAST])
    with pytest.raises(CutsBuilding) as refused:
        move_border([WEST, EAST], arc, LineString([(100, 0), (80, 50), (100, 100)]), [box(75, 45, 85, 55), box(10, 10, 20, 20)])
    assert refused.value.count == 1
    assert refused.value.place == (80, 50)


def test_a_stretch_that_ran_through_a_house_already_may_stay():
    cells = [box(0, 0, 100, 100), Polygon([(100, 0), (200, 0), (200, 100), (100, 100)])]
    cells = move_border(cells, shared_borders(cells)[0], LineString([(100, 0), (100, 50), (100, 100)]))
    [arc] = shared_borders(cells)
    moved = move_border(cells, arc, LineString([(100, 0), (100, 50), (90, 100)]), [box(95, 20, 105, 30)])
    assert moved[0].area == 9_750


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ([(100, 0), (150, 150), (100, 100)], CrossesBorder),
        ([(100, 0), (120, 80), (80, 80), (120, 20), (100, 100)], CrossesBorder),
        ([(100, 0), (300, 50), (100, 100)], CrossesBorder),
        ([(100, 350), (100, 100)], FixedEnd),
        ([(100, 0), (0.002, 0.002), (0.002, 99.998), (100, 100)], EmptiesCell),
    ],
)
def test_what_would_not_be_a_border_is_refused(line, refusal):
    [arc] = shared_borders([WEST, EAST])
    with pytest.raises(refusal):
        move_border([WEST, EAST], arc, LineString(line))


def test_where_three_areas_meet_the_end_stays():
    cells = [box(0, 0, 50, 50), box(50, 0, 100, 50), Polygon([(0, 50), (50, 50), (100, 50), (100, 100), (0, 100)])]
    arc = shared_borders(cells)[0]
    assert arc.slides == (True, False)
    with pytest.raises(FixedEnd):
        move_border(cells, arc, LineString([(50, 0), (60, 40)]))


def test_the_border_around_an_island_can_be_moved():
    island = box(40, 40, 60, 60)
    cells = [box(0, 0, 100, 100).difference(island), island]
    [arc] = shared_borders(cells)
    ring = [(40, 40), (60, 40), (65, 60), (40, 60), (40, 40)]
    for line in (LineString(ring), LineString(ring[::-1])):
        lake, grown = move_border(cells, arc, line)
        assert grown.area == 450
    assert shapely.coverage_is_valid([lake, grown])


def test_a_border_of_yesterday_is_not_found_today():
    [arc] = shared_borders([WEST, EAST])
    moved = move_border([WEST, EAST], arc, LineString([(100, 0), (90, 50), (100, 100)]))
    with pytest.raises(NoSuchBorder):
        move_border(moved, arc, LineString([(100, 0), (80, 50), (100, 100)]))


def test_areas_that_overlap_are_not_edited():
    with pytest.raises(TilingError):
        shared_borders([box(0, 0, 60, 60), box(50, 0, 100, 60)])


def test_a_house_whose_move_breaks_its_area_stays():
    bridge = Polygon([(0, 0), (100, 0), (100, 20), (0, 20)])
    north = Polygon([(0, 20), (100, 20), (100, 60), (0, 60)])
    with pytest.raises(BreaksCell):
        move_building([bridge, north], box(45, 1, 55, 12), 1, [box(45, 1, 55, 12)])


def test_an_area_is_split_by_a_line_and_joined_again():
    split = split_cell([WEST, EAST], 1, LineString([(150, -5), (150, 0), (140, 50), (150, 100), (150, 105)]))
    assert [cell.area for cell in split] == [10_000, 5_500, 4_500]
    assert split[0] is WEST
    assert shapely.coverage_is_valid(split)
    joined = merge_cells(split, 1, 2)
    assert joined[1].area == 10_000
    with pytest.raises(CrossesBorder):
        split_cell([WEST, EAST], 1, LineString([(150, -5), (150, 50)]))


def test_places_outside_or_twice_are_named():
    with pytest.raises(OutsideRegion, match="places 1"):
        villages_from_places(WEST, [Point(5, 5), Point(500, 5)])
    with pytest.raises(BadEdit, match="0 and 1"):
        villages_from_places(WEST, [Point(5, 5), Point(5, 5.2)])
