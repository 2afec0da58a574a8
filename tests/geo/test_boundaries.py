"""Borders everybody divides along: small misfits cleaned and told, large ones named, corners shared, twice is once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from geo.boundaries import check_boundaries, normalize_boundaries
from geo.errors import EmptyVillage, InvalidBoundary
from tests.geo.townships import make_township, villages_of
from tests.geo.villages import barriers_of
from tests.proof import proof


def wkb(found) -> list[bytes]:
    return list(found.villages.geometry.to_wkb())


def test_an_overlap_of_five_metres_and_an_inlet_are_named_and_not_repaired():
    villages = villages_of([box(0, 0, 100, 100), box(95, 0, 200, 100)], ["a", "b"])
    found = normalize_boundaries(villages, None, township=box(0, 0, 212, 100))
    overlap, inlet = found.report.conflicts
    assert (overlap.form, overlap.first, overlap.second, overlap.area_m2, overlap.width_m) == ("overlap", "a", "b", 500.0, 5.0)
    assert 95 < overlap.place.x < 100 and overlap.proposed in ("a", "b") and overlap.proposed in overlap.remedy
    assert (inlet.form, inlet.first, inlet.area_m2, inlet.width_m, inlet.proposed) == ("inlet", "b", 1200.0, 12.0, "b")
    assert found.report.affected == {"a", "b"}
    assert [round(area, 3) for area in found.villages.area] == [10_000.0, 10_500.0]


def test_a_wide_gap_between_villages_is_named_and_stays():
    villages = villages_of([box(0, 0, 100, 100), box(103, 0, 200, 100), box(0, 100, 200, 150), box(0, -50, 200, 0)])
    found = normalize_boundaries(villages, None)
    (gap,) = found.report.conflicts
    assert (gap.form, gap.area_m2, gap.width_m) == ("gap", 300.0, 3.0)
    assert {gap.first, gap.second} == {"360829102200", "360829102201"} and 100 < gap.place.x < 103
    assert "360829102202" not in found.report.affected
    assert found.villages.area.sum() == pytest.approx(villages.area.sum())


def test_misfits_of_less_than_a_metre_are_cleaned_and_told():
    villages = villages_of([box(0, 0, 100, 100), box(99.6, 0, 200, 100), box(0, 100, 200, 150), box(0, -50, 200, 0)])
    found = normalize_boundaries(villages, None)
    assert not found.report.conflicts and shapely.coverage_is_valid(found.villages.geometry.values)
    assert sum(repair.area_m2 for repair in found.report.repaired) == pytest.approx(40, abs=2)


def test_a_narrow_gap_is_closed():
    villages = villages_of([box(0, 0, 100, 100), box(100.8, 0, 200, 100), box(0, 100, 200, 150), box(0, -50, 200, 0)])
    found = normalize_boundaries(villages, None)
    assert shapely.union_all(found.villages.geometry.values).equals(box(0, -50, 200, 150)) and not found.report.conflicts
    assert [repair.area_m2 for repair in found.report.repaired] == [80.0]


def test_a_narrow_gap_open_at_its_ends_is_told_with_its_place_and_stays():
    villages = villages_of([box(0, 0, 100, 100), box(100.6, 0, 200, 100)], ["a", "b"])
    found = normalize_boundaries(villages, None)
    (slit,) = found.report.slits
    assert (slit.first, slit.second, slit.proposed, slit.area_m2, slit.width_m) == ("a", "b", "a", 60.0, 0.6)
    assert 100 < slit.place.x < 100.6 and 0 < slit.place.y < 100 and slit.remedy
    assert [one.area_m2 for one in check_boundaries(villages).slits] == [60.0]
    assert not found.report.conflicts and not found.report.affected


def test_an_inlet_that_narrows_between_two_villages_is_told():
    west, east = box(0, 0, 100, 100), shapely.Polygon([(100, 30), (100.7, 100), (200, 100), (200, 0), (100, 0)])
    assert [slit.area_m2 for slit in check_boundaries(villages_of([west, east])).slits] == [pytest.approx(24.5, 0.05)]


def test_outer_borders_that_meet_at_a_corner_and_wide_inlets_are_no_slits():
    wedge = shapely.Polygon([(100, 50), (130, 100), (200, 100), (200, 0), (100, 0)])
    assert not check_boundaries(villages_of([box(0, 0, 100, 100), wedge])).slits
    wide = shapely.Polygon([(100, 50), (103, 50), (103, 100), (200, 100), (200, 0), (100, 0)])
    assert not check_boundaries(villages_of([box(0, 0, 100, 100), wide])).slits


def test_a_small_hole_of_nobody_is_named_a_lake_and_a_neighbour_inside_are_not():
    pond, lake, enclave = box(10, 10, 60, 60), box(100, 10, 250, 160), box(10, 200, 60, 250)
    around = box(0, 0, 300, 300).difference(shapely.union_all([pond, lake, enclave]))
    report = normalize_boundaries(villages_of([around, enclave]), None).report
    assert [(hole.village, hole.area_m2) for hole in report.holes] == [("360829102200", 2500.0)]
    assert pond.contains(report.holes[0].place) and not report.conflicts


def test_ground_beyond_the_township_is_named():
    report = normalize_boundaries(villages_of([box(0, 0, 100, 100)]), None, township=box(0, 0, 90, 100)).report
    assert [(one.form, one.first, one.area_m2) for one in report.conflicts] == [("beyond", "360829102200", 1000.0)]


def test_ground_three_villages_claim_is_named_for_every_pair():
    villages = villages_of([box(0, 0, 100, 100), box(90, 0, 200, 100), box(80, 50, 120, 150)], ["a", "b", "c"])
    found = normalize_boundaries(villages, None)
    assert {(one.first, one.second) for one in found.report.conflicts} == {("a", "b"), ("a", "c"), ("b", "c")}
    assert list(found.villages.area) == pytest.approx([10_000, 11_000, 4_000])
    assert wkb(normalize_boundaries(found.villages, None)) == wkb(found)


def test_both_neighbours_have_a_corner_where_a_road_crosses_and_every_five_metres():
    road = barriers_of([shapely.LineString([(-10, 33.3), (210, 41.7)])], [0.8])
    villages = villages_of([box(0, 0, 100, 100), box(100, 0, 200, 50), box(100, 50, 200, 100)])  # a T-junction
    shapes = normalize_boundaries(villages, road).villages.geometry.values
    west, east = (set(map(tuple, shapely.get_coordinates(shape).tolist())) for shape in shapes[:2])
    on_border = {corner for corner in west if corner[0] == 100 and corner[1] <= 50}
    assert on_border == {corner for corner in east if corner[0] == 100} and (100.0, 37.5) in on_border
    assert shapely.coverage_is_valid(shapes)
    for shape in shapes:
        ring = shapely.get_coordinates(shape)
        assert np.hypot(*np.diff(ring, axis=0).T).max() <= 5.003


def test_a_road_along_a_border_adds_no_crowd_of_corners():
    border = shapely.LineString([(100, 0), (103.7, 41.3), (99.1, 100)])
    west = shapely.Polygon([(0, 0), *border.coords, (0, 100)])
    east = shapely.Polygon([(200, 0), *border.coords, (200, 100)])
    shapes = normalize_boundaries(villages_of([west, east]), barriers_of([border], [1.0])).villages.geometry.values
    assert shapely.get_num_coordinates(shapes[0]) < 90


def test_duplicate_points_heights_and_the_other_way_round_make_no_difference():
    plain = villages_of([box(0, 0, 100, 100), box(100, 0, 200, 100)])
    odd = shapely.Polygon([(0, 0, 5), (0, 100, 5), (0, 100, 5), (100, 100, 5), (100, 0, 5)])
    assert wkb(normalize_boundaries(villages_of([odd, plain.geometry[1]]), None)) == wkb(normalize_boundaries(plain, None))


def test_other_columns_and_the_order_of_codes():
    villages = villages_of([box(100, 0, 200, 100), box(0, 0, 100, 100)], ["b", "a"]).assign(name=["东村", "西村"])
    found = normalize_boundaries(villages, None)
    assert found.villages["name"].tolist() == ["西村", "东村"] and found.villages.crs == villages.crs


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        (shapely.Polygon(), EmptyVillage),
        (None, EmptyVillage),
        (shapely.Polygon([(5, 5)] * 4), EmptyVillage),
        (shapely.box(0, 0, 1e-6, 1e-6), EmptyVillage),
        (shapely.box(0, 0, 5e6, 5e6), InvalidBoundary),
        (shapely.Polygon([(0, 0), (float("inf"), 0), (1, 1)]), InvalidBoundary),
        (shapely.LineString([(0, 0), (1, 1)]), EmptyVillage),
        (shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)]), InvalidBoundary),
    ],
)
def test_what_is_no_village_is_refused(shape, error):
    with pytest.raises(error):
        normalize_boundaries(villages_of([shape, box(200, 0, 300, 100)]), None)


def test_villages_are_not_compared_with_a_township_that_crosses_itself():
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    with pytest.raises(InvalidBoundary, match="township"):
        normalize_boundaries(villages_of([box(0, 0, 50, 50)]), None, township=bow_tie)


def test_a_code_that_appears_twice_is_refused():
    with pytest.raises(InvalidBoundary):
        normalize_boundaries(villages_of([box(0, 0, 1, 1), box(1, 0, 2, 1)], ["a", "a"]), None)


def test_no_village_at_all_is_an_empty_township():
    assert not len(normalize_boundaries(villages_of([]), None).villages)


@st.composite
def ragged_townships(draw):
    """Villages of which some were drawn anew: grown, shrunk or moved by up to 3 m."""
    made = make_township(draw(st.integers(0, 10**6)), villages=draw(st.integers(2, 6)), roads=draw(st.integers(0, 3)))
    shapes = list(made.villages.geometry)
    for number in range(len(shapes)):
        off = draw(st.sampled_from([0, 0, 0.0004, 0.3, 0.9, 3]))
        way = draw(st.sampled_from(["grown", "shrunk", "moved"]))
        if off and way != "moved":
            shapes[number] = shapes[number].buffer(off if way == "grown" else -off, join_style="mitre")
        elif off:
            shapes[number] = shapely.affinity.translate(shapes[number], off, 0)
    return villages_of(shapes), made.barriers, made.outline


@proof(15, 600)
@given(ragged_townships())
def test_doing_it_twice_is_doing_it_once(layers):
    villages, barriers, outline = layers
    once = normalize_boundaries(villages, barriers, township=outline)
    twice = normalize_boundaries(once.villages, barriers, township=outline)
    assert wkb(twice) == wkb(once)
    assert not twice.report.repaired
    assert [one.form for one in twice.report.conflicts] == [one.form for one in once.report.conflicts]


@proof(15, 600)
@given(ragged_townships(), st.tuples(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9)))
def test_moving_the_ground_by_whole_millimetres_moves_the_result(layers, by):
    villages, barriers, _ = layers
    found = normalize_boundaries(villages, barriers)
    lattice = lambda xy: (np.rint(xy * 1000) + by) / 1000  # noqa: E731
    moved = [frame.set_geometry(frame.geometry.transform(lattice)) for frame in (villages, barriers)]
    there = normalize_boundaries(*moved)
    assert list(found.villages.geometry.transform(lattice).to_wkb()) == wkb(there)


@proof(15, 600)
@given(ragged_townships(), st.randoms(use_true_random=False))
def test_the_order_of_villages_makes_no_difference_and_clean_ones_are_a_coverage(layers, random):
    villages, barriers, _ = layers
    found = normalize_boundaries(villages, barriers)
    order = list(range(len(villages)))
    random.shuffle(order)
    assert wkb(normalize_boundaries(villages.iloc[order], barriers)) == wkb(found)
    in_overlap = {code for one in found.report.conflicts if one.form == "overlap" for code in (one.first, one.second)}
    clean = found.villages[~found.villages["code"].isin(in_overlap)]
    assert shapely.coverage_is_valid(clean.geometry.values)


def test_a_table_without_a_coordinate_system_keeps_none():
    villages = gpd.GeoDataFrame({"code": ["a"]}, geometry=[box(0, 0, 10, 10)])
    assert normalize_boundaries(villages, None).villages.crs is None
