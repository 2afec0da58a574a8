"""A township divided village by village: any order, the same bytes; one village changes no other."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import choose_metric_srid, to_metric
from geo.boundaries import normalize_boundaries
from geo.crs import county_metric_srid
from geo.division import Layers, divide_township, divide_village, village_layers
from geo.errors import OutsideRegion
from tests.geo.townships import houses_in, make_township, villages_of
from tests.geo.villages import buildings_of
from tests.proof import proof


def bytes_of(division) -> dict[str, list[bytes]]:
    return {code: list(one.grids.geometry.to_wkb()) for code, one in division.villages.items()}


def layers_for(seed: int, villages: int = 4) -> tuple[gpd.GeoDataFrame, Layers]:
    made = make_township(seed, villages=villages)
    return made.villages, Layers(houses_in(made.villages, seed, each=25), made.barriers)


def test_grids_of_all_villages_are_one_tiling_with_codes_of_their_own():
    villages, layers = layers_for(3)
    normalized = normalize_boundaries(villages, layers.barriers)
    made = divide_township(normalized, layers, target_households=40)
    grids = made.grids
    assert not made.failed and not made.lost and len(grids) > len(villages)
    assert shapely.coverage_is_valid(grids.geometry.values)
    assert grids.area.sum() == pytest.approx(normalized.villages.area.sum(), abs=1e-2)
    assert grids["code"].is_unique and (grids["code"].str[:12] == grids["village"]).all()
    assert grids["households"].sum() == layers.buildings["households"].sum()


@proof(3, 150)
@given(seed=st.integers(0, 10**6), random=st.randoms(use_true_random=False))
def test_the_order_of_villages_and_rows_changes_no_byte(seed, random):
    villages, layers = layers_for(seed)
    first = divide_township(normalize_boundaries(villages, layers.barriers), layers, target_households=40)
    order, rows = list(range(len(villages))), list(range(len(layers.buildings)))
    random.shuffle(order)
    random.shuffle(rows)
    again = Layers(layers.buildings.iloc[rows], layers.barriers.iloc[::-1])
    second = divide_township(normalize_boundaries(villages.iloc[order], layers.barriers), again, target_households=40)
    assert bytes_of(first) == bytes_of(second)


@proof(3, 150)
@given(seed=st.integers(0, 10**6), number=st.integers(0, 3))
def test_changing_the_houses_of_one_village_changes_no_other(seed, number):
    villages, layers = layers_for(seed)
    normalized = normalize_boundaries(villages, layers.barriers)
    before = bytes_of(divide_township(normalized, layers, target_households=40))
    here = normalized.villages.iloc[number % len(villages)]
    inside = layers.buildings.geometry.within(here.geometry)
    weights = np.where(inside, layers.buildings["households"] * 3, layers.buildings["households"])
    after = divide_township(
        normalized, layers._replace(buildings=buildings_of(layers.buildings.geometry, weights)), target_households=40
    )
    assert {code: grids for code, grids in bytes_of(after).items() if code != here["code"]} == {
        code: grids for code, grids in before.items() if code != here["code"]
    }


def test_one_village_alone_is_what_it_is_in_its_township():
    villages, layers = layers_for(5)
    normalized = normalize_boundaries(villages, layers.barriers)
    whole = divide_township(normalized, layers, target_households=40)
    own = village_layers(normalized.villages, layers)
    for code, village in zip(normalized.villages["code"], normalized.villages.geometry, strict=True):
        alone = divide_village(village, own[code].buildings, own[code].barriers, target_households=40)
        assert list(alone.grids.geometry.to_wkb()) == bytes_of(whole)[code]


def test_a_village_in_conflict_is_left_out_and_the_others_are_divided():
    shapes = [shapely.box(0, 0, 300, 300), shapely.box(295, 0, 600, 300), shapely.box(0, 300, 600, 600)]
    made = divide_township(normalize_boundaries(villages_of(shapes), None), Layers())
    assert set(made.failed) == {"360829102200", "360829102201"} and list(made.villages) == ["360829102202"]


def test_a_house_across_a_border_belongs_to_its_larger_part_and_one_outside_is_listed():
    villages = villages_of([shapely.box(0, 0, 300, 300), shapely.box(300, 0, 600, 300)])
    homes = buildings_of([shapely.box(297, 10, 310, 20), shapely.box(900, 10, 910, 20), shapely.Point(300, 50)], [3, 5, 1])
    made = divide_township(normalize_boundaries(villages, None), Layers(homes))
    assert made.lost == (1,)
    assert made.grids.groupby("village")["households"].sum().tolist() == [1, 3]


def test_used_codes_are_never_given_again():
    villages = villages_of([shapely.box(0, 0, 300, 300)])
    made = divide_township(normalize_boundaries(villages, None), Layers(), used={"360829102200": ["360829102200009"]})
    assert made.grids["code"].tolist() == ["360829102200010"]


def test_parcels_of_a_township_are_kept_whole_in_each_village():
    villages = villages_of([shapely.box(0, 0, 400, 400), shapely.box(400, 0, 800, 400)])
    homes = buildings_of([shapely.box(x, y, x + 8, y + 8) for x in range(20, 780, 40) for y in range(20, 380, 40)], [2] * 171)
    homes = homes[~homes.intersects(shapely.LineString([(400, 0), (400, 400)]))]
    parcel = gpd.GeoDataFrame(geometry=[shapely.box(130, 150, 250, 230), shapely.box(560, 180, 640, 260)], crs=4547)
    made = divide_township(normalize_boundaries(villages, None), Layers(homes, None, None, parcel), target_households=60)
    assert not made.failed and len(made.grids) > 4
    for one in parcel.geometry:
        assert shapely.area(shapely.intersection(made.grids.geometry.values, one)).max() == pytest.approx(one.area, abs=1)


SEAM = shapely.box(115.2, 27.0, 115.6, 27.4)


def test_a_county_across_the_seam_has_one_system_for_all_its_villages():
    west, east = shapely.box(115.30, 27.1, 115.5, 27.2), shapely.box(115.5, 27.1, 115.58, 27.2)
    assert choose_metric_srid(shapely.Point(115.58, 27.1).x) == 4548  # alone the east would lie in the other zone
    srid = county_metric_srid(SEAM)
    assert srid == 4547
    metres = villages_of(shapely.segmentize(to_metric(np.array([west, east]), srid), 500))
    found = normalize_boundaries(metres, None)
    assert shapely.coverage_is_valid(found.villages.geometry.values) and not found.report.conflicts
    grids = divide_township(found, Layers(), target_households=400).grids
    assert shapely.coverage_is_valid(grids.geometry.values)


def test_the_system_of_a_county_is_that_of_a_point_inside_it():
    horseshoe = shapely.box(115.0, 27, 116.2, 28).difference(shapely.box(114.9, 27.05, 115.9, 27.95))
    assert horseshoe.centroid.x < 116 and county_metric_srid(horseshoe) == 4548
    assert county_metric_srid(shapely.MultiPolygon([SEAM, shapely.box(115.6, 27, 117.9, 28)])) == 4548
    with pytest.raises(OutsideRegion):
        county_metric_srid(shapely.box(120, 27, 121, 28))
    with pytest.raises(OutsideRegion):
        county_metric_srid(shapely.Polygon())
