from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.crs import from_wgs84
from geo.datum import undo_shift
from geo.errors import BadWeight
from geo.layers import DIMENSIONS, ISSUES, check_layer, is_bridge_or_tunnel
from geo.workload import Weights, workload
from tests.geo.villages import rural_village

JIAN = (113.7, 25.9, 115.9, 27.9)


def layer(*shapes, crs=4326) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=crs)


def codes(report) -> list[str]:
    return [issue.code for issue in report.issues]


def test_a_good_layer_has_no_issue():
    report = check_layer(layer(shapely.box(114.5, 27.3, 114.6, 27.4)), "village", JIAN)
    assert report.is_usable and report.count == 1


def test_a_good_layer_in_metres_has_no_issue():
    assert check_layer(layer(shapely.box(561_000, 3_029_000, 562_000, 3_030_000), crs=4547), "village", JIAN).is_usable


def test_a_layer_without_a_coordinate_system_is_named_as_such():
    assert codes(check_layer(layer(shapely.Point(114, 27), crs=None), "place")) == ["MissingCRS"]


def test_an_empty_layer_and_empty_rows_are_named():
    assert codes(check_layer(layer(), "building")) == ["EmptyLayer"]
    report = check_layer(layer(shapely.Point(114, 27), None, shapely.Point()), "place")
    assert codes(report) == ["EmptyLayer"] and report.issues[0].rows == (1, 2)


def test_an_invalid_outline_is_named_with_its_place():
    bow_tie = shapely.Polygon([(114, 27), (114.2, 27.2), (114.2, 27), (114, 27.2)])
    issue = check_layer(layer(shapely.box(114, 27, 115, 28), bow_tie), "village").issues[0]
    assert issue.code == "InvalidBoundary" and issue.rows == (1,)
    assert (issue.place.lon, issue.place.lat) == pytest.approx((114.1, 27.1))


def test_the_place_is_on_the_map_for_a_layer_in_metres_too():
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    moved = shapely.transform(bow_tie, lambda xy: xy + (561_000, 3_029_000))
    issue = check_layer(layer(moved, crs=4547), "village").issues[0]
    assert 114.6 < issue.place.lon < 114.7 and 27.3 < issue.place.lat < 27.4


def test_swapped_axes_are_named_with_the_remedy_and_not_repaired():
    swapped = layer(shapely.Point(27.4, 114.6), shapely.Point(27.5, 114.7))
    report = check_layer(swapped, "place", JIAN)
    assert codes(report) == ["AxisSwapped"] and "swap" in report.issues[0].remedy
    assert swapped.geometry.iloc[0].x == 27.4


def test_rows_outside_the_region_are_counted():
    report = check_layer(layer(shapely.Point(114.6, 27.4), shapely.Point(121.5, 31.2)), "place", JIAN)
    assert codes(report) == ["OutsideRegion"] and report.issues[0].rows == (1,)


SPOT = {4326: (114.62, 27.37), 4547: (561_300, 3_028_600), 4526: (38_561_300, 3_028_600)}


@pytest.mark.parametrize(
    ("numbers", "given", "likely", "reason"),
    [
        (4526, 4547, "4526", "zone_prefix"),
        (4547, 4526, "4547", "zone_prefix_lost"),
        (4547, 4548, "4547", "other_zone"),
        (4547, 4326, "4547", "metres_named_degrees"),
        (4526, 4490, "4526", "metres_named_degrees"),
        (4326, 4547, "4326", "degrees_named_metres"),
    ],
)
def test_a_wrong_coordinate_system_is_named_with_the_one_it_likely_is(numbers, given, likely, reason):
    report = check_layer(layer(shapely.Point(SPOT[numbers]), crs=given), "place", JIAN)
    assert codes(report) == ["CRSMismatch"] and not report.is_usable
    assert report.issues[0].figures == {"given": str(given), "likely": likely, "reason": reason}
    assert likely in report.issues[0].remedy


def test_numbers_that_fit_no_system_here_are_named_without_a_guess():
    metres = check_layer(layer(shapely.Point(561_300, 3_028_600), crs=4326), "place")  # two zones fit somewhere in China
    assert metres.issues[0].code == "CRSMismatch" and metres.issues[0].figures["likely"] == ""
    far = check_layer(layer(shapely.Point(900_000_000, 3), crs=4326), "place", JIAN)
    assert codes(far) == ["CRSMismatch"] and far.issues[0].figures["likely"] == ""


def test_north_before_east_in_metres_is_named():
    assert codes(check_layer(layer(shapely.Point(3_028_600, 561_300), crs=4547), "place", JIAN)) == ["AxisSwapped"]


COUNTY = shapely.Point(114.6, 27.4).buffer(0.2)


def test_rows_outside_the_county_are_named():
    report = check_layer(layer(shapely.Point(114.6, 27.4), shapely.Point(115.1, 27.4)), "place", JIAN, county=COUNTY)
    assert codes(report) == ["OutsideCounty"] and report.issues[0].rows == (1,)


def villages(*shapes, crs=4547):
    return gpd.GeoDataFrame({"code": [f"v{number}" for number in range(len(shapes))]}, geometry=list(shapes), crs=crs)


def metres(west, south, east, north):
    return shapely.box(561_000 + west, 3_029_000 + south, 561_000 + east, 3_029_000 + north)


def of(report, code):
    return [issue for issue in report.issues if issue.code == code]


@pytest.mark.parametrize(("datum", "least", "most"), [("gcj02", 500, 700), ("bd09", 700, 1500)])
def test_houses_of_a_shifted_datum_are_suspected_with_distance_and_direction(datum, least, most):
    homes = [metres(x, y, x + 10, y + 10) for x in range(100, 900, 100) for y in range(100, 900, 100)]
    true = layer(*homes, crs=4547).to_crs(4326)
    shifted = true.set_geometry(true.geometry.transform(lambda xy: np.column_stack(from_wgs84(*xy.T, crs=datum))))
    there = villages(metres(0, 0, 500, 1000), metres(500, 0, 1000, 1000))
    report = check_layer(shifted, "building", JIAN, villages=there)
    (issue,) = report.issues
    assert issue.code == "DatumShiftSuspected" and issue.figures["mistake"] == f"{datum}_as_wgs84"
    assert least < issue.figures["distance_m"] < most and 60 < issue.figures["bearing_deg"] < 160
    assert issue.figures["outside_before"] > 0.2 and issue.figures["outside_after"] < 0.05
    assert check_layer(true, "building", JIAN, villages=there).is_usable
    back = undo_shift(shifted, issue.figures["mistake"])
    assert shapely.hausdorff_distance(back.geometry[0], true.geometry[0]) < 1e-9


@pytest.mark.parametrize("against", ["county", "township", "houses"])
def test_villages_of_a_shifted_datum_are_suspected(against):
    grounds = [metres(x, y, x + 4000, y + 4000) for x in range(0, 20_000, 4000) for y in range(0, 20_000, 4000)]
    true = villages(*grounds).to_crs(4326)
    shifted = true.set_geometry(true.geometry.transform(lambda xy: np.column_stack(from_wgs84(*xy.T, crs="gcj02"))))
    known = {against: shapely.union_all(true.geometry.values)}
    if against == "houses":
        known = {"houses": layer(*(metres(x, 19_900, x + 9, 19_909) for x in range(20, 19_000, 100)), crs=4547)}
    (issue,) = of(check_layer(shifted, "village", JIAN, **known), "DatumShiftSuspected")
    assert issue.figures["against"] == against and issue.figures["mistake"] == "gcj02_as_wgs84"
    assert not of(check_layer(true, "village", JIAN, **known), "DatumShiftSuspected")


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_roads_of_a_shifted_datum_are_suspected_by_the_houses_they_run_through(datum, seed):
    _, houses, roads = rural_village(seed, 1500, origin=(565_000.0, 3_031_000.0))
    homes, true = houses.to_crs(4326), roads[["geometry"]].to_crs(4326)
    assert not of(check_layer(true, "barrier", JIAN, houses=homes), "DatumShiftSuspected")
    shifted = true.set_geometry(true.geometry.transform(lambda xy: np.column_stack(from_wgs84(*xy.T, crs=datum))))
    (issue,) = of(check_layer(shifted, "barrier", JIAN, houses=homes), "DatumShiftSuspected")
    assert issue.figures["mistake"] == f"{datum}_as_wgs84" and issue.figures["against"] == "houses"
    assert not of(check_layer(shifted, "barrier", JIAN, houses=homes.iloc[:50]), "DatumShiftSuspected")


def test_houses_that_lie_elsewhere_for_another_reason_are_no_datum_shift():
    homes = layer(*(metres(5000 + x, 0, 5010 + x, 10) for x in range(0, 900, 100)), crs=4547)
    report = check_layer(homes, "building", JIAN, villages=villages(metres(0, 0, 1000, 1000)))
    assert codes(report) == ["BuildingWithoutVillage"] and report.issues[0].rows == tuple(range(9))


def test_a_house_across_a_border_is_noted_and_one_in_no_village_is_an_error():
    homes = layer(metres(10, 10, 20, 20), metres(495, 10, 505, 20), metres(2000, 0, 2010, 10), crs=4547)
    report = check_layer(homes, "building", JIAN, villages=villages(metres(0, 0, 500, 1000), metres(500, 0, 1000, 1000)))
    assert [(issue.code, issue.level, issue.rows) for issue in report.issues] == [
        ("BuildingWithoutVillage", "error", (2,)),
        ("BuildingAcrossBorder", "note", (1,)),
    ]
    assert all(114.6 < issue.place.lon < 114.7 for issue in report.issues)


def test_overlaps_gaps_and_inlets_of_villages_are_named_with_place_and_codes():
    given = villages(metres(0, 0, 100, 100), metres(95, 0, 200, 100), metres(0, 99.6, 200, 200))
    outline = gpd.GeoSeries([metres(0, 0, 220, 200)], crs=4547).to_crs(4326).iloc[0]
    report = check_layer(given, "village", JIAN, township=outline)
    conflicts = {issue.figures["form"]: issue for issue in of(report, "BorderConflict")}
    assert set(conflicts) == {"overlap", "inlet"} and report.is_usable
    overlap = conflicts["overlap"]
    assert (overlap.figures["first"], overlap.figures["second"], overlap.rows, overlap.level) == ("v0", "v1", (0, 1), "warning")
    assert overlap.figures["area_m2"] == pytest.approx(500, abs=3) and 114.61 < overlap.place.lon < 114.63
    assert of(report, "RepairedGap")


def test_a_small_hole_of_nobody_is_a_warning_and_every_hole_and_part_is_noted():
    around = metres(0, 0, 500, 500).difference(metres(10, 10, 60, 60)).union(metres(600, 0, 610, 10))
    report = check_layer(villages(around), "village", JIAN)
    assert codes(report) == ["HoleInBoundary", "SeveralParts", "UncoveredHole"] and report.is_usable
    assert of(report, "UncoveredHole")[0].figures["area_m2"] == pytest.approx(2500, abs=1)


def test_repeated_points_spikes_and_heights_are_noted():
    spiked = shapely.Polygon([(0, 0), (100, 0), (100, 50), (300, 50.0001), (100, 50.0002), (100, 100), (0, 100)])
    twice = shapely.Polygon([(200, 0, 4), (300, 0, 4), (300, 0, 4), (300, 40, 4), (200, 40, 4)])
    given = villages(
        *(shapely.transform(one, lambda xy: xy + (561_000, 3_029_000)) for one in (spiked, shapely.force_2d(twice)))
    )
    assert codes(check_layer(given, "village", JIAN)) == ["RepeatedPoints", "Spike"]
    assert codes(check_layer(villages(shapely.force_3d(metres(0, 0, 9, 9), 7)), "village", JIAN)) == ["HeightsDropped"]


def test_what_lies_there_twice_is_named():
    house, road = metres(0, 0, 9, 9), shapely.LineString([(561_000, 3_029_000), (561_100, 3_029_000)])
    homes = check_layer(layer(house, house, crs=4547), "building", JIAN).issues
    roads = check_layer(layer(road, road.reverse(), crs=4547), "barrier", JIAN).issues
    assert [(issue.code, issue.level, issue.rows) for issue in (*homes, *roads)] == [
        ("DuplicateShape", "warning", (1,)),
        ("DuplicateLine", "note", (1,)),
    ]


def test_closed_ways_bridges_tunnels_and_strengths_of_lines():
    line = shapely.LineString([(114.6, 27.4), (114.61, 27.4)])
    ring = shapely.LineString([(114.6, 27.4), (114.61, 27.4), (114.61, 27.41), (114.6, 27.4)])
    roads = layer(line, ring, line.reverse().offset_curve(0.001)).assign(bridge=["yes", None, "no"], strength=[0.8, 0.6, 1.5])
    report = check_layer(roads, "barrier", JIAN)
    assert [(issue.code, issue.rows) for issue in report.issues] == [
        ("BadBarrier", (2,)),
        ("ClosedWay", (1,)),
        ("BridgeOrTunnel", (0,)),
    ]
    assert is_bridge_or_tunnel(roads).tolist() == [True, False, False]


def test_negative_missing_and_unreadable_households_are_named_with_their_rows():
    homes = layer(*(shapely.Point(114.6 + n / 100, 27.4) for n in range(4))).assign(households=[3, -1, None, "三"])
    report = check_layer(homes, "building", JIAN)
    assert [(issue.code, issue.rows, issue.figures["column"]) for issue in report.issues] == [
        ("BadWeight", (1, 2, 3), "households")
    ]


def test_every_issue_comes_with_the_figures_its_code_promises():
    bow_tie = shapely.Polygon([(114, 27), (114.2, 27.2), (114.2, 27), (114, 27.2)])
    given = layer(bow_tie, None, shapely.Point(114, 27), shapely.box(121, 31, 122, 32))
    for issue in check_layer(given, "village", JIAN).issues:
        assert set(issue.figures) == set(ISSUES[issue.code].figures), issue.code


@pytest.mark.parametrize("kind", sorted(DIMENSIONS))
def test_every_kind_of_geometry_gets_a_report(beast, kind):
    moved = shapely.transform(shapely.force_2d(beast), lambda xy: xy / 100 + (114, 27))
    report = check_layer(layer(moved), kind)
    fits = not beast.is_empty and beast.is_valid and shapely.get_dimensions(beast) in DIMENSIONS[kind]
    fits &= beast.geom_type != "GeometryCollection"
    assert report.is_usable == fits
    assert all(issue.what and issue.remedy for issue in report.issues)


def test_by_default_only_households_count():
    assert workload([3, 0], residents=[9, 9], road_m=100, key_places=2).tolist() == [3, 0]


def test_parts_are_weighed_into_household_equivalents():
    worth = Weights(household=1, resident=1, road_km=2, key_place=5)
    assert workload(10, residents=6, road_m=1500, key_places=1, weights=worth) == 10 + 2 + 3 + 5


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf")])
def test_a_load_below_zero_or_no_number_is_refused(wrong):
    with pytest.raises(BadWeight):
        workload([1, wrong])
    with pytest.raises(BadWeight):
        workload([1], weights=Weights(road_km=wrong))


@pytest.mark.parametrize("kind", sorted(DIMENSIONS))
def test_an_area_that_is_one_point_over_and_over_gets_a_report_and_so_do_its_neighbours(kind):
    nothing = shapely.Polygon([(114, 27)] * 4)
    found = codes(check_layer(layer(nothing, shapely.box(114.1, 27, 114.2, 27.1), nothing), kind))
    assert "InvalidBoundary" in found


def test_a_speck_among_villages_is_named_and_hides_no_conflict_of_the_others():
    speck = shapely.box(114.3, 27, 114.3 + 1e-10, 27 + 1e-10)
    given = layer(shapely.box(114, 27, 114.01, 27.01), shapely.box(114.005, 27, 114.02, 27.01), speck)
    found = check_layer(given, "village").issues
    assert [issue.rows for issue in found if issue.code == "InvalidBoundary"] == [(2,)]
    assert [issue.rows for issue in found if issue.code == "BorderConflict"] == [(0, 1)]
