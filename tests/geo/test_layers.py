from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from geo.errors import BadWeight
from geo.layers import DIMENSIONS, check_layer
from geo.workload import Weights, workload

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


def test_metres_of_a_lost_zone_are_outside():
    assert "OutsideRegion" in codes(check_layer(layer(shapely.Point(38_561_000, 3_029_000), crs=4547), "place", JIAN))


@pytest.mark.parametrize("kind", sorted(DIMENSIONS))
def test_every_kind_of_geometry_gets_a_report(beast, kind):
    moved = shapely.transform(shapely.force_2d(beast), lambda xy: xy / 100 + (114, 27))
    report = check_layer(layer(moved), kind)
    fits = not beast.is_empty and beast.is_valid and shapely.get_dimensions(beast) in DIMENSIONS[kind]
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
