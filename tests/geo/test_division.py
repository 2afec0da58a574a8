from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.boundaries import normalize_boundaries
from geo.division import DivideOptions, assign_codes, check_division, divide_village, evaluate
from geo.errors import BadBarrier, BadOption, BadWeight, EmptyVillage, GeoError, InvalidBoundary, OutsideRegion
from tests.geo.conftest import AREAL, BESTIARY
from tests.geo.villages import barriers_of, buildings_of, make_village


def kinds(division) -> set[str]:
    return {remark.kind for remark in division.report.warnings}


def houses_at(*places, size_m=10.0):
    half = size_m / 2
    return [shapely.box(x - half, y - half, x + half, y + half) for x, y in places]


def rows_of_houses(columns=10, rows=4, step=40.0, start=(30.0, 30.0)):
    return houses_at(*((start[0] + i * step, start[1] + j * step) for i in range(columns) for j in range(rows)))


@pytest.mark.parametrize(("seed", "houses", "k"), [(1, 100, 3), (2, 300, 3), (3, 500, 4), (5, 800, 6), (6, 100, 9)])
def test_a_village_becomes_even_contiguous_grids(seed, houses, k):
    layers = make_village(seed, houses=houses)
    division = divide_village(*layers, k=k)
    metrics = check_division(division, *layers)
    assert len(division) == k and metrics.max_mean <= 1.10 and metrics.cut_buildings == 0
    assert metrics == division.report.metrics == evaluate(division, *layers)


def test_the_number_of_grids_follows_from_the_households(village):
    households = village.buildings["households"].sum()
    assert len(divide_village(*village, target_households=households / 4.2)) == 4
    assert len(divide_village(*village)) == 1


def test_one_grid_is_the_village_itself(village):
    division = divide_village(*village, k=1)
    assert shapely.equals_identical(division.grids.geometry.iloc[0], shapely.normalize(village.boundary))
    check_division(division, *village)


def test_borders_follow_a_river_through_the_middle():
    river = shapely.LineString([(200, -10), (210, 100), (195, 210)])
    houses = rows_of_houses(columns=4) + rows_of_houses(columns=4, start=(245, 30))
    layers = shapely.box(0, 0, 400, 200), buildings_of(houses, [2] * len(houses)), barriers_of([river], [1.0])
    division = divide_village(*layers, k=2)
    assert check_division(division, *layers).on_barrier > 0.99
    assert division.grids["households"].tolist() == [32, 32]


def test_no_border_runs_through_a_hamlet_when_it_can_go_round():
    hamlets = rows_of_houses(5, 5, 25, (50, 50)) + rows_of_houses(5, 5, 25, (650, 50))
    layers = shapely.box(0, 0, 800, 200), buildings_of(hamlets, [2] * 50), None
    division = divide_village(*layers, k=2)
    check_division(division, *layers)
    assert division.grids["households"].tolist() == [50, 50]


def test_corners_of_the_village_border_stay_and_none_is_lost():
    layers = make_village(7, houses=150)
    union = shapely.union_all(divide_village(*layers, k=5).grids.geometry.values)
    corners = set(map(tuple, shapely.get_coordinates(union)))
    assert set(map(tuple, shapely.get_coordinates(layers.boundary))) <= corners
    assert union.symmetric_difference(layers.boundary).area < 1e-3


def test_grids_of_neighbouring_villages_form_one_tiling():
    border = np.column_stack([300 + 20 * np.sin(np.arange(11)), np.arange(0, 330, 30)])
    west = shapely.Polygon([*border, (0, 300), (0, 0)])
    east = shapely.Polygon([*border[::-1], (600, 0), (600, 300)])
    road = barriers_of([shapely.LineString([(-10, 148), (280, 155), (610, 150)])], [1.0])
    drawn = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=[west, east], crs=road.crs)
    west, east = normalize_boundaries(drawn, road).villages.geometry
    houses = rows_of_houses(6, 6), rows_of_houses(6, 6, start=(340, 30))
    here, there = (
        divide_village(village, buildings_of(shapes, [2] * 36), road, k=3)
        for village, shapes in zip((west, east), houses, strict=True)
    )
    assert shapely.coverage_is_valid([*here.grids.geometry, *there.grids.geometry])
    assert len(here) == len(there) == 3


def test_houses_a_road_runs_through_stay_whole():
    road = shapely.LineString([(0, 100), (400, 100)])
    houses = rows_of_houses(8, 2, 40, (40, 80)) + houses_at((60, 100), (200, 101), (333, 99))
    layers = shapely.box(0, 0, 400, 200), buildings_of(houses, [3] * len(houses)), barriers_of([road], [1.0])
    assert check_division(divide_village(*layers, k=2), *layers).cut_buildings == 0


def test_doubled_and_overlapping_houses_stay_whole_and_all_count():
    houses = rows_of_houses(6, 3) * 2 + houses_at((34, 30), (74, 33))
    layers = shapely.box(0, 0, 300, 160), buildings_of(houses, [1] * len(houses)), None
    division = divide_village(*layers, k=3)
    check_division(division, *layers)
    assert division.grids["households"].sum() == len(houses)


def test_a_house_on_the_village_border_belongs_to_the_village():
    houses = [*rows_of_houses(6, 3), *houses_at((300, 80), (150, 0))]
    layers = shapely.box(0, 0, 300, 160), buildings_of(houses, [2] * len(houses)), None
    division = divide_village(*layers, k=2)
    check_division(division, *layers)
    assert "BuildingAcrossBorder" in kinds(division) and division.grids["households"].sum() == 40


def test_houses_may_be_points_even_on_a_road():
    random = np.random.default_rng(5)
    places = shapely.points(np.vstack([random.uniform(10, 390, (60, 2)), [[100, 200], [300, 200]]]))
    road = barriers_of([shapely.LineString([(0, 200), (400, 200)])], [0.8])
    layers = shapely.box(0, 0, 400, 400), buildings_of(places, [2] * 62), road
    assert check_division(divide_village(*layers, k=3), *layers).max_mean < 1.1


@pytest.mark.parametrize("buildings", [None, buildings_of([], []), buildings_of(houses_at((50, 50)), [0])])
def test_without_load_area_is_balanced(buildings):
    layers = shapely.box(0, 0, 600, 400), buildings, None
    division = divide_village(*layers, k=4)
    assert check_division(division, *layers).max_mean < 1.15
    assert division.report.mode == "area" and len(division) == 4


def test_workload_is_balanced_where_it_is_given():
    houses = buildings_of(rows_of_houses(8, 4), [1] * 32)
    houses["workload"] = [10.0 if shape.centroid.x < 170 else 1.0 for shape in houses.geometry]
    layers = shapely.box(0, 0, 350, 200), houses, None
    division = divide_village(*layers, k=2)
    check_division(division, *layers)
    assert division.grids["workload"].max() / division.grids["workload"].mean() < 1.1
    assert division.grids["households"].tolist() != [16, 16]


def test_more_grids_than_houses_are_lowered_and_said():
    layers = shapely.box(0, 0, 300, 160), buildings_of(houses_at((50, 50), (250, 50), (150, 120)), [5, 5, 5]), None
    division = divide_village(*layers, k=10)
    check_division(division, *layers)
    assert len(division) == 3 and "KLowered" in kinds(division)


def test_a_load_that_cannot_be_divided_is_named():
    houses = [*rows_of_houses(6, 3), *houses_at((150, 145))]
    layers = shapely.box(0, 0, 300, 160), buildings_of(houses, [1] * 18 + [60]), None
    division = divide_village(*layers, k=3)
    check_division(division, *layers)
    assert {"IndivisibleLoad", "Uneven"} <= kinds(division)


def test_a_small_exclave_joins_a_grid_and_is_flagged():
    village = shapely.MultiPolygon([shapely.box(0, 0, 300, 160), shapely.box(400, 0, 440, 40)])
    layers = village, buildings_of([*rows_of_houses(6, 3), *houses_at((420, 20))], [2] * 19), None
    division = divide_village(*layers, k=3)
    check_division(division, *layers)
    assert "AttachedExclave" in kinds(division) and division.grids["has_exclave"].sum() == 1


def test_a_large_exclave_has_grids_of_its_own():
    village = shapely.MultiPolygon([shapely.box(0, 0, 300, 160), shapely.box(400, 0, 700, 160)])
    houses = rows_of_houses(6, 3) + rows_of_houses(6, 3, start=(430, 30))
    layers = village, buildings_of(houses, [2] * 36), None
    division = divide_village(*layers, k=4)
    assert check_division(division, *layers).parts == (1, 1, 1, 1)
    assert not division.grids["has_exclave"].any()


def test_a_lake_in_the_village_stays_a_hole():
    lake = shapely.Point(200, 100).buffer(50)
    houses = [house for house in rows_of_houses(9, 4) if house.disjoint(lake)]
    layers = shapely.box(0, 0, 400, 200).difference(lake), buildings_of(houses, [2] * len(houses)), None
    check_division(divide_village(*layers, k=4), *layers)


def test_a_barrier_along_the_border_makes_no_sliver():
    village = shapely.box(0, 0, 400, 200)
    river = barriers_of([shapely.LineString([(0, 0.3), (200, -0.2), (400, 0.4)]), village.exterior], [1.0, 0.5])
    layers = village, buildings_of(rows_of_houses(9, 4), [2] * 36), river
    division = divide_village(*layers, k=3)
    check_division(division, *layers)
    assert division.grids.area.min() > 5000


def test_a_border_across_empty_land_is_straight():
    houses = rows_of_houses(3, 3) + rows_of_houses(3, 3, start=(830, 30))
    layers = shapely.box(0, 0, 940, 160), buildings_of(houses, [2] * 18), None
    division = divide_village(*layers, k=2)
    check_division(division, *layers)
    border = shapely.intersection(*division.grids.geometry.values)
    assert border.length < 1.1 * 160 and shapely.get_num_coordinates(shapely.line_merge(border)) <= 4


def test_a_border_between_houses_keeps_off_them():
    layers = shapely.box(0, 0, 400, 400), buildings_of(rows_of_houses(9, 9), [2] * 81), None
    division = divide_village(*layers, k=3)
    check_division(division, *layers)
    borders = shapely.difference(shapely.union_all(division.grids.boundary.values), layers[0].exterior)
    assert shapely.distance(borders, layers[1].geometry.values).min() > 5


def test_without_roads_the_report_says_so():
    layers = shapely.box(0, 0, 400, 200), buildings_of(rows_of_houses(9, 4), [2] * 36), None
    assert "LowBarrierData" in kinds(divide_village(*layers, k=3))


@pytest.mark.parametrize("name", sorted(set(BESTIARY) - set(AREAL)))
def test_only_a_valid_polygon_is_a_village(name):
    with pytest.raises((InvalidBoundary, EmptyVillage)):
        divide_village(BESTIARY[name], None, None, k=2)


@pytest.mark.parametrize("name", AREAL)
def test_every_kind_of_polygon_is_divided(name):
    village = shapely.transform(BESTIARY[name], lambda xy: xy * 100)
    check_division(divide_village(village, None, None, k=3), village)


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf")])
def test_a_load_that_is_no_count_is_refused_with_its_row(wrong):
    houses = buildings_of(rows_of_houses(), [1] * 39 + [wrong])
    with pytest.raises(BadWeight, match="39"):
        divide_village(shapely.box(0, 0, 500, 200), houses, None, k=2)
    with pytest.raises(BadWeight):
        divide_village(shapely.box(0, 0, 500, 200), houses.drop(columns="households"), None, k=2)


def test_wrong_layers_are_refused_with_their_rows():
    village = shapely.box(0, 0, 500, 200)
    with pytest.raises(OutsideRegion, match="rows 1"):
        divide_village(village, buildings_of(houses_at((50, 50), (900, 50)), [1, 1]), None, k=2)
    with pytest.raises(InvalidBoundary, match="rows 0"):
        divide_village(village, buildings_of([shapely.Polygon()], [1]), None, k=2)
    with pytest.raises(BadBarrier, match="rows 0"):
        divide_village(village, None, barriers_of([shapely.LineString([(0, 0), (9, 9)])], [1.5]), k=2)
    with pytest.raises(BadBarrier):
        divide_village(village, None, barriers_of([village], [1.0]), k=2)
    with pytest.raises(BadBarrier):
        divide_village(village, None, gpd.GeoDataFrame(geometry=[village.exterior]), k=2)


def test_options_out_of_range_are_refused():
    village = shapely.box(0, 0, 500, 200)
    for wrong in ({"k": 0}, {"target_households": 0}, {"tolerance": -0.1}, {"tolerance": 1}):
        with pytest.raises(BadOption):
            divide_village(village, None, None, **{"k": 2} | wrong)
    for wrong in ({"barrier_saving": 1}, {"neighbour_reach_m": 0}, {"cells_across": 1}, {"candidates": 0}):
        with pytest.raises(BadOption):
            DivideOptions(**wrong)


def test_the_report_is_plain_values(village):
    report = divide_village(*village, k=3).report.as_dict()
    assert report["mode"] == "households" and report["k"] == 3
    assert report["metrics"]["parts"] == [1, 1, 1] and len(report["metrics"]["loads"]) == 3


def test_the_hash_changes_with_inputs_and_options_and_with_nothing_else(village):
    first = divide_village(*village, k=3).params_hash
    assert divide_village(*village, k=3).params_hash == first
    assert divide_village(*village, k=4).params_hash != first
    assert divide_village(*village, k=3, options=DivideOptions(candidates=1)).params_hash != first
    fewer = village.buildings.iloc[1:]
    assert divide_village(village.boundary, fewer, village.barriers, k=3).params_hash != first


def test_codes_run_west_to_east_in_bands_from_the_north():
    division = divide_village(shapely.box(0, 0, 300, 200), None, None, k=6)
    coded = assign_codes(division, "360829102204")
    assert list(coded.grids["code"]) == [f"360829102204{n:03d}" for n in range(1, 7)]
    assert division.grids.centroid.y.iloc[0] > division.grids.centroid.y.iloc[-1]
    assert "code" not in division.grids.columns


def test_codes_are_never_reused():
    division = divide_village(shapely.box(0, 0, 300, 200), None, None, k=2)
    used = ["360829102204001", "360829102204007", "360829102205050"]
    assert list(assign_codes(division, "360829102204", used).grids["code"]) == ["360829102204008", "360829102204009"]
    with pytest.raises(GeoError, match="999"):
        assign_codes(division, "360829102204", ["360829102204998"])
    for wrong in ("36082910220", "36082910220a", "３６０８２９１０２２０４", "3608291022041"):
        with pytest.raises(GeoError, match="12 digits"):
            assign_codes(division, wrong)


@pytest.mark.parametrize(
    "wish",
    [{"target_households": float("nan")}, {"target_households": 1e-320}, {"k": 2.5}, {"k": float("nan")}, {"k": 10**7}],
)
def test_wishes_no_division_can_answer_are_refused(wish):
    houses = None if wish.get("k") == 10**7 else buildings_of(houses_at((50, 50), (300, 50)), [1, 1])
    with pytest.raises(BadOption):
        divide_village(shapely.box(0, 0, 400, 200), houses, None, **wish)


@pytest.mark.parametrize("strength", ["strong", 1.0])
def test_barriers_with_words_for_strengths_or_places_nowhere_are_refused(strength):
    line = shapely.LineString([(0, 0), (float("inf") if strength == 1.0 else 9, 9)])
    with pytest.raises(BadBarrier):
        divide_village(shapely.box(0, 0, 400, 200), None, barriers_of([line], [1.0]).assign(strength=[strength]), k=2)


@pytest.mark.parametrize("village", [shapely.box(0, 0, 1000, 1e-6), shapely.box(115, 27, 115.01, 27.01)])
def test_a_hair_and_a_village_in_degrees_are_no_village(village):
    with pytest.raises(EmptyVillage, match="degrees"):
        divide_village(village, None, None, k=3)


def test_where_nobody_lives_no_grid_is_smaller_than_a_yard():
    division = divide_village(shapely.box(0, 0, 20, 20), None, None, k=200)
    assert len(division) == 4 and [remark.kind for remark in division.report.warnings if remark.kind == "KLowered"]


def test_a_line_is_no_building():
    houses = buildings_of([shapely.LineString([(1, 1), (90, 90)])], [3])
    with pytest.raises(InvalidBoundary, match="lines"):
        divide_village(shapely.box(0, 0, 100, 100), houses, None)
