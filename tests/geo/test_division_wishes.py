"""What a division may be asked to respect: natural villages, parcels, earlier borders, further loads."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.division import DivideOptions, check_division, divide_village
from geo.division.inputs import read_inputs
from geo.division.metrics import cut_buildings, grid_of_houses
from geo.errors import BadOption, BadWeight, InvalidBoundary
from tests.geo.villages import buildings_of, rural_village, urban_village


def kinds(division) -> set[str]:
    return {remark.kind for remark in division.report.warnings}


def layer(shapes, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4547)


def squares(across=8, down=5, step=40.0, size=12.0):
    return [
        shapely.box(i * step + 14, j * step + 14, i * step + 14 + size, j * step + 14 + size)
        for i in range(across)
        for j in range(down)
    ]


def split_groups(division, layers, groups) -> int:
    """Natural villages whose houses lie in more than one grid."""
    inputs = read_inputs(*layers, place_groups=groups)
    grid = grid_of_houses(np.asarray(division.grids.geometry.values, dtype=object), inputs)
    near = shapely.STRtree(inputs.groups).query_nearest(inputs.points, all_matches=False)[1]
    return sum(len(set(grid[near == number])) > 1 for number in range(len(groups)))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_border_prefers_to_run_between_natural_villages(seed):
    layers = rural_village(seed, 400)
    random = np.random.default_rng(seed)
    xy = shapely.get_coordinates(shapely.centroid(layers.buildings.geometry.values))
    groups = layer(shapely.points(xy[random.choice(len(xy), 12, replace=False)]), name=[f"村{n}" for n in range(12)])
    without, told = divide_village(*layers, k=4), divide_village(*layers, k=4, place_groups=groups)
    check_division(told, *layers)
    assert split_groups(told, layers, groups) < split_groups(without, layers, groups)
    assert told.report.metrics.max_mean <= 1.10


def test_natural_villages_stay_whole_where_that_is_asked_for():
    layers = shapely.box(0, 0, 328, 208), buildings_of(squares(), [2] * 40), None
    groups = layer(
        [shapely.box(80 * i, 80 * j, 80 * i + 80, 80 * j + 80) for i in range(4) for j in range(2)],
        name=list("甲乙丙丁戊己庚辛"),
    )
    division = divide_village(*layers, k=3, place_groups=groups, options=DivideOptions(groups_whole=True))
    check_division(division, *layers)
    assert "GroupSplit" not in kinds(division)
    parts = shapely.area(
        shapely.intersection(np.array(list(groups.geometry))[:, None], np.array(list(division.grids.geometry)))
    )
    assert ((parts > 1).sum(axis=1) == 1).all()


def test_a_natural_village_heavier_than_a_grid_is_divided_and_named():
    layers = shapely.box(0, 0, 328, 208), buildings_of(squares(), [2] * 40), None
    groups = layer([shapely.box(0, 0, 240, 208), shapely.box(240, 0, 328, 208)], name=["大屋场", "下塅"])
    division = divide_village(*layers, k=4, place_groups=groups, options=DivideOptions(groups_whole=True))
    check_division(division, *layers)
    assert division.report.metrics.max_mean <= 1.10
    assert any(
        remark.kind == "GroupSplit" and "大屋场" in remark.text and "下塅" not in remark.text
        for remark in division.report.warnings
    )


def test_natural_villages_known_as_points_stay_whole():
    layers = rural_village(5, 300)
    xy = shapely.get_coordinates(shapely.centroid(layers.buildings.geometry.values))
    groups = layer(shapely.points(xy[np.random.default_rng(5).choice(len(xy), 14, replace=False)]))
    division = divide_village(*layers, k=3, place_groups=groups, options=DivideOptions(groups_whole=True))
    check_division(division, *layers)
    plain = divide_village(*layers, k=3)
    assert split_groups(division, layers, groups) < split_groups(plain, layers, groups)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_parcel_is_cut(seed):
    layers = urban_village(seed, 200)
    random = np.random.default_rng(seed)
    centres = layers.buildings.geometry.centroid.sample(60, random_state=seed)
    plots = layer(
        [shapely.box(p.x - w, p.y - w, p.x + w, p.y + w) for p, w in zip(centres, random.uniform(5, 40, 60), strict=True)]
    )
    plain, kept = divide_village(*layers, k=4), divide_village(*layers, k=4, parcels=plots)
    check_division(kept, *layers)
    inside = shapely.intersection(plots.geometry.values, layers.boundary)
    assert len(cut_buildings(np.asarray(plain.grids.geometry.values, dtype=object), inside)) > 0
    assert len(cut_buildings(np.asarray(kept.grids.geometry.values, dtype=object), inside)) == 0


def test_old_borders_are_followed():
    layers = shapely.box(0, 0, 328, 208), buildings_of(squares(), [2] * 40), None
    old = layer([shapely.box(0, 0, 164, 208), shapely.box(164, 0, 328, 208)])
    division = divide_village(*layers, k=2, old_grids=old)
    check_division(division, *layers)
    both = sorted(shapely.normalize(old.geometry.values).tolist(), key=lambda shape: shape.bounds)
    mine = sorted(division.grids.geometry.tolist(), key=lambda shape: shape.bounds)
    assert max(shapely.symmetric_difference(a, b).area for a, b in zip(both, mine, strict=True)) < 1


def test_a_further_load_is_evened_out_as_well():
    houses = buildings_of(squares(), [2] * 40)
    houses["elderly"] = [4.0 if shape.bounds[1] < 100 else 0.0 for shape in houses.geometry]
    layers = shapely.box(0, 0, 208 * 1.6, 208), houses, None
    division = divide_village(*layers, k=2, loads=["elderly"])
    check_division(division, *layers)
    load = division.grids["load_elderly"]
    assert load.sum() == houses["elderly"].sum() and load.max() <= 1.25 * load.mean()
    assert division.report.metrics.max_mean <= 1.10 and "LoadUneven" not in kinds(division)
    with pytest.raises(BadWeight):
        divide_village(*layers, k=2, loads=["children"])


def test_a_further_load_in_one_corner_is_named():
    houses = buildings_of(squares(), [2] * 40)
    houses["elderly"] = [9.0] + [0.0] * 39
    assert "LoadUneven" in kinds(divide_village(shapely.box(0, 0, 328, 208), houses, None, k=2, loads=["elderly"]))


def test_every_wish_is_in_the_digest():
    houses = buildings_of(squares(), [2] * 40)
    houses["elderly"] = 1.0
    layers = shapely.box(0, 0, 328, 208), houses, None
    half = layer([shapely.box(0, 0, 164, 208)], name=["甲"])
    digests = {
        divide_village(*layers, k=2, **wish).params_hash
        for wish in ({}, {"parcels": half}, {"old_grids": half}, {"place_groups": half}, {"loads": ["elderly"]})
    }
    assert len(digests) == 5


def test_wishes_of_the_wrong_kind_are_refused():
    village = shapely.box(0, 0, 328, 208)
    line, point = shapely.LineString([(0, 0), (9, 9)]), shapely.Point(5, 5)
    with pytest.raises(InvalidBoundary):
        divide_village(village, None, None, k=2, parcels=layer([line]))
    with pytest.raises(InvalidBoundary):
        divide_village(village, None, None, k=2, place_groups=layer([point, village]))
    with pytest.raises(InvalidBoundary, match="rows 0"):
        divide_village(village, None, None, k=2, old_grids=layer([shapely.Polygon()]))
    with pytest.raises(BadOption):
        DivideOptions(natural_border=0)
