from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import choose_metric_srid, from_wgs84, looks_swapped, to_lonlat, to_metric, to_wgs84
from geo.crs import DATUMS
from geo.errors import MissingCRS, OutsideRegion, UnknownCRS
from geo.fixes import distances_m
from tests.proof import proof

# WGS 84 and GCJ-02, lon then lat: the published vectors of googollee/eviltransform (go/transform_test.go) for Shanghai,
# Shenzhen and Beijing, and of wandergis/coordtransform (test/app.js) for 116.404, 39.915.
GCJ02_PAIRS = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
]
# WGS 84 and BD-09 of the same place, computed by the public converter geocraft 116.404, 39.915.
BD09_PAIR = ((116.404, 39.915), (116.41662724378733, 39.922699552216216))
# The same places in WGS 84, GCJ-02 and BD-09: four cities in and around Ji'an from hujiulong/gcoord
# (test/fixtures/china-cities.json), and a place near Shanghai from the tests of geotool (also used by pyxis).
PUBLISHED_TRIPLES = [
    ((114.9598238, 27.0910873), (114.964704, 27.0876411), (114.9711059, 27.093971)),
    ((113.8492381, 27.6261706), (113.8545578, 27.6227721), (113.8610563, 27.6288572)),
    ((114.9125078, 27.821269), (114.9173557, 27.8178122), (114.9238892, 27.823596)),
    ((114.9303081, 25.8350197), (114.9350328, 25.831833), (114.9415321, 25.8379271)),
    ((121.0917077, 30.6107779), (121.09626935575027, 30.608604331756705), (121.10271732371203, 30.61484572185035)),
]
# GCJ-02 and BD-09 of the same place, wandergis/coordtransform (test/app.js).
GCJ02_BD09_PAIRS = [
    ((116.404, 39.915), (116.41036949371029, 39.92133699351021)),
    ((116.39762729119315, 39.90865673957631), (116.404, 39.915)),
]
# Ji'an city, and how far GCJ-02 lies off there in metres.
JIAN, JIAN_SHIFT_M = (114.99, 27.11), (560, 680)

china = st.tuples(st.floats(73, 137), st.floats(1.5, 55))


@pytest.mark.parametrize(("wgs84", "gcj02"), GCJ02_PAIRS)
def test_gcj02_agrees_with_published_positions(wgs84, gcj02):
    assert np.allclose(from_wgs84(*wgs84, crs="gcj02"), gcj02, rtol=0, atol=1e-9)
    assert np.allclose(to_wgs84(*gcj02, crs="gcj02"), wgs84, rtol=0, atol=1e-9)


def test_bd09_agrees_with_a_published_position():
    wgs84, bd09 = BD09_PAIR
    assert np.allclose(from_wgs84(*wgs84, crs="bd09"), bd09, rtol=0, atol=1e-9)
    assert np.allclose(to_wgs84(*bd09, crs="bd09"), wgs84, rtol=0, atol=1e-9)


def metres_apart(here, there):
    return float(distances_m([here[0], there[0]], [here[1], there[1]])[0])


def convert(place, source, target):
    return from_wgs84(*to_wgs84(*place, crs=source), crs=target)


@pytest.mark.parametrize("triple", PUBLISHED_TRIPLES)
@pytest.mark.parametrize("source", ["wgs84", "cgcs2000", "gcj02", "bd09"])
@pytest.mark.parametrize("target", ["wgs84", "cgcs2000", "gcj02", "bd09"])
def test_every_datum_is_within_a_metre_of_published_places_both_ways(triple, source, target):
    places = dict(zip(("wgs84", "gcj02", "bd09"), triple, strict=True))
    places["cgcs2000"] = places["wgs84"]
    assert metres_apart(convert(places[source], source, target), places[target]) < 1.0


@pytest.mark.parametrize(("gcj02", "bd09"), GCJ02_BD09_PAIRS)
def test_gcj02_and_bd09_are_within_a_metre_of_published_places_both_ways(gcj02, bd09):
    assert metres_apart(convert(gcj02, "gcj02", "bd09"), bd09) < 1.0
    assert metres_apart(convert(bd09, "bd09", "gcj02"), gcj02) < 1.0


def test_a_missed_conversion_in_jian_is_some_six_hundred_metres():
    lon, lat = from_wgs84(*JIAN, crs="gcj02")
    assert JIAN_SHIFT_M[0] < distances_m([JIAN[0], lon], [JIAN[1], lat])[0] < JIAN_SHIFT_M[1]


@pytest.mark.parametrize("source", DATUMS)
@pytest.mark.parametrize("target", DATUMS)
@proof(30, 200)
@given(places=st.lists(china, min_size=1, max_size=20))
def test_there_and_back_is_within_a_millimetre(source, target, places):
    lon, lat = np.array(places).T
    back_lon, back_lat = convert(convert((lon, lat), source, target), target, source)
    east_m, north_m = (back_lon - lon) * np.cos(np.radians(lat)) * 111_320, (back_lat - lat) * 111_320
    assert np.hypot(east_m, north_m).max() < 0.001


@pytest.mark.parametrize("crs", DATUMS)
def test_nothing_moves_outside_china(crs):
    for place in [(139.767, 35.681), (-104.99, 39.74), (151.2, -33.9), (0.0, 0.0), (71.9, 40.0), (110.0, 0.5), (100.0, 56.0)]:
        assert tuple(map(float, from_wgs84(*place, crs=crs))) == place
        assert tuple(map(float, to_wgs84(*place, crs=crs))) == place


def test_scalars_arrays_and_nothing_keep_their_shape():
    assert to_wgs84(114.5, 27.4, crs="gcj02")[0].shape == ()
    assert to_wgs84([114.5, 114.6], [27.4, 27.4], crs="bd09")[1].shape == (2,)
    assert to_wgs84([], [], crs="gcj02")[0].shape == (0,)
    assert np.isnan(to_wgs84(np.nan, 27.4, crs="gcj02")[0])


@pytest.mark.parametrize(
    ("crs", "error"), [(None, MissingCRS), ("", MissingCRS), ("WGS84", UnknownCRS), ("epsg:4326", UnknownCRS)]
)
def test_a_datum_is_named_or_the_coordinate_does_not_enter(crs, error):
    with pytest.raises(error, match="gcj02"):
        to_wgs84(114.5, 27.4, crs=crs)
    with pytest.raises(error):
        from_wgs84(114.5, 27.4, crs=crs)


def test_swapped_axes_are_seen_and_right_ones_are_not():
    assert looks_swapped([27.4, 27.5], [114.5, 114.6])
    assert not looks_swapped([114.5], [27.4])
    assert not looks_swapped([-0.1], [51.5])


def test_a_county_has_one_metric_system_by_its_longitude():
    assert [choose_metric_srid(lon) for lon in (112.5, 114.62, 115.499, 115.5, 118.4)] == [4547, 4547, 4547, 4548, 4548]
    for lon in (112.4, 118.5, float("nan")):
        with pytest.raises(OutsideRegion):
            choose_metric_srid(lon)


def test_metres_are_metres_with_east_first():
    # One degree of the meridian at latitude 27.5 on GRS 80 is 110,790 m; the central meridian has 500,000 m east.
    south, north = to_metric(shapely.Point(114, 27), 4547), to_metric(shapely.Point(114, 28), 4547)
    assert south.x == pytest.approx(500_000, abs=1e-3) and 2_900_000 < south.y < 3_100_000
    assert north.y - south.y == pytest.approx(110_790, abs=30)


@pytest.mark.parametrize("srid", [4547, 4548])
@proof(50, 1000)
@given(places=st.lists(st.tuples(st.floats(112.5, 118.5), st.floats(24, 31)), min_size=2, max_size=10, unique=True))
def test_projected_there_and_back_is_within_a_millimetre(srid, places):
    line = shapely.LineString(places)
    assert shapely.equals_exact(to_lonlat(to_metric(line, srid), srid), line, tolerance=1e-8)


def test_every_kind_of_geometry_keeps_its_kind(beast):
    moved = to_metric(shapely.transform(beast, lambda xy: xy / 1000 + (114, 27)), 4547)
    assert moved.geom_type == beast.geom_type and moved.is_empty == beast.is_empty


def test_other_metric_systems_and_impossible_places_are_refused():
    for srid in (3857, 4526, 4326):
        with pytest.raises(UnknownCRS):
            to_metric(shapely.Point(114, 27), srid)
    with pytest.raises(MissingCRS):
        to_metric(shapely.Point(114, 27), None)
    with pytest.raises(OutsideRegion):
        to_metric(shapely.Point(27, 114), 4547)
