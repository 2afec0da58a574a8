"""The synthetic township is sound ground to divide: seamless, joined up, and marked as made up."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pyproj
import shapely
from shapely.geometry import shape

from tests.house.tree import ROOT

FOLDER = ROOT / "fixtures" / "zhouhu"
LAYERS = ("villages", "buildings", "barriers", "water", "fields", "contours", "key_places", "place_groups")


@cache
def layer(name: str) -> list[dict[str, Any]]:
    """Rows with their properties and ``shape`` in metres."""
    to_metres = pyproj.Transformer.from_crs(4326, 4547, always_xy=True).transform
    features = json.loads((FOLDER / f"{name}.geojson").read_text("utf-8"))["features"]
    return [
        row["properties"] | {"shape": shapely.transform(shape(row["geometry"]), to_metres, interleaved=False)}
        for row in features
    ]


def shapes(name: str, *kinds: str) -> list[Any]:
    return [row["shape"] for row in layer(name) if not kinds or row["kind"] in kinds]


def test_every_layer_says_that_it_is_made_up_and_all_of_it_is_small() -> None:
    for name in LAYERS:
        assert json.loads((FOLDER / f"{name}.geojson").read_text("utf-8"))["synthetic"].startswith("合成示意")
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 6_000_000


def test_24_villages_share_their_borders_exactly_and_lie_in_the_county() -> None:
    degrees = [shape(f["geometry"]) for f in json.loads((FOLDER / "villages.geojson").read_text("utf-8"))["features"]]
    assert len(degrees) == 24
    assert shapely.coverage_is_valid(degrees)
    counties = json.loads((ROOT / "fixtures" / "units" / "jian_counties_wgs84.geojson").read_text("utf-8"))["features"]
    county = next(shape(f["geometry"]) for f in counties if f["properties"]["code"] == "360829000000")
    assert county.contains(shapely.coverage_union_all(degrees))
    assert sum(row["grids"] for row in layer("villages")) == 72


def test_no_house_lies_across_a_border_a_road_water_or_another_house() -> None:
    village = {row["code"]: row["shape"] for row in layer("villages")}
    assert all(village[row["village"]].contains(row["shape"]) for row in layer("buildings"))
    houses = shapes("buildings")
    tree = shapely.STRtree(houses)
    assert not tree.query(shapes("barriers"), predicate="intersects").size
    assert not tree.query(shapes("water"), predicate="intersects").size
    assert len(tree.query(houses, predicate="intersects")[0]) == len(houses)
    homes = shapely.STRtree(shapes("place_groups"))
    assert homes.query_nearest(houses, all_matches=False, return_distance=True)[1].max() < 400


def test_every_road_is_joined_to_the_network() -> None:
    roads = shapes("barriers", "main_road", "village_road", "lane", "street")
    joined = shapely.unary_union([road.buffer(1.0) for road in roads])
    assert joined.geom_type == "Polygon"


def test_key_places_lie_in_their_village_two_or_more_in_each() -> None:
    village = {row["code"]: row["shape"] for row in layer("villages")}
    counts = dict.fromkeys(village, 0)
    for row in layer("key_places"):
        assert village[row["village"]].contains(row["shape"])
        counts[row["village"]] += 1
    assert min(counts.values()) >= 2
