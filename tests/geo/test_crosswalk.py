"""Department grids over the comprehensive grid: every household once, every square metre once."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.crosswalk import crosswalk
from geo.errors import BadWeight, GeoError, InvalidBoundary
from tests.proof import proof

SIDE = 1_000.0


def layer(shapes, **columns) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=4547)


def tiles(xs, ys, *, shift=0.0) -> gpd.GeoDataFrame:
    shapes = [
        shapely.box(x0 + shift, y0 + shift, x1 + shift, y1 + shift)
        for x0, x1 in zip(xs, xs[1:], strict=False)
        for y0, y1 in zip(ys, ys[1:], strict=False)
    ]
    return layer(shapes, code=[f"{number:03d}" for number in range(len(shapes))])


def houses(seed: int, count: int = 200) -> gpd.GeoDataFrame:
    random = np.random.default_rng(seed)
    points = shapely.points(np.round(random.uniform(0, SIDE, (count, 2))))
    return layer(points, households=random.integers(0, 7, count))


cuts = st.lists(st.integers(1, 99), min_size=0, max_size=4, unique=True).map(
    lambda found: [0.0, *(SIDE * cut / 100 for cut in sorted(found)), SIDE]
)


@given(cuts, cuts, cuts, cuts, st.integers(0, 10_000), st.sampled_from([0.0, 0.4, 37.0]))
@proof(60, 2_000)
def test_households_sum_exactly_and_areas_to_a_millionth(x1, y1, x2, y2, seed, shift):
    grids, cells, homes = tiles(x1, y1), tiles(x2, y2, shift=shift), houses(seed)
    rows = crosswalk({"fire": cells}, grids, homes).rows

    assert rows["households"].sum() == homes["households"].sum()
    by_cell = rows[rows["cell"] != ""].groupby("cell")["area_m2"].sum()
    by_grid = rows[rows["grid"] != ""].groupby("grid")["area_m2"].sum()
    assert np.allclose(by_cell.to_numpy(), cells.set_index("code").geometry.area.loc[by_cell.index], rtol=1e-6)
    assert np.allclose(by_grid.to_numpy(), grids.set_index("code").geometry.area.loc[by_grid.index], rtol=1e-6)


@given(cuts, cuts, st.integers(0, 10_000))
@proof(30, 500)
def test_each_grid_holds_the_households_that_stand_in_it(xs, ys, seed):
    grids, homes = tiles(xs, ys), houses(seed)
    rows = crosswalk({"fire": tiles([0.0, 500.0, SIDE], [0.0, SIDE])}, grids, homes).rows

    label = [int(np.flatnonzero(shapely.intersects(grids.geometry.values, point))[0]) for point in homes.geometry]
    expected = homes["households"].groupby(np.array(label)).sum()
    seen = rows.groupby("grid")["households"].sum()
    assert {code: int(seen.get(code, 0)) for code in grids["code"]} == {
        code: int(expected.get(number, 0)) for number, code in enumerate(grids["code"])
    }


def test_a_department_made_of_whole_grids_lies_within_them():
    grids = tiles([0.0, 300.0, 700.0, SIDE], [0.0, SIDE])
    rows = crosswalk({"fire": grids.assign(code=["a", "b", "c"])}, grids, houses(1)).rows

    assert rows["role"].tolist() == ["within"] * 3
    assert rows["area_share"].tolist() == pytest.approx([1.0] * 3)


def test_a_cell_belongs_to_the_grid_with_most_of_its_households_not_of_its_ground():
    grids = tiles([0.0, 900.0, SIDE], [0.0, SIDE])
    homes = layer(shapely.points([(950, 10), (960, 10), (100, 10)]), households=[3, 2, 4])
    rows = crosswalk({"fire": layer([shapely.box(0, 0, SIDE, SIDE)], code=["all"])}, grids, homes).rows

    assert rows[["grid", "households", "role"]].values.tolist() == [["000", 4, "part"], ["001", 5, "main"]]


def test_borders_drawn_twice_leave_no_thin_rows():
    grids = tiles([0.0, 500.0, SIDE], [0.0, SIDE])
    shifted = tiles([0.0, 500.0005, SIDE], [0.0, SIDE])
    rows = crosswalk({"fire": shifted}, grids, houses(2)).rows

    assert len(rows[rows["role"] != "rest"]) == 2
    assert rows.loc[rows["role"] == "rest", "area_m2"].max() < 1.0


def test_a_department_that_overlaps_itself_is_parted_and_says_by_how_much():
    grids = tiles([0.0, SIDE], [0.0, SIDE])
    cells = layer([shapely.box(0, 0, 510, SIDE), shapely.box(500, 0, SIDE, SIDE)], code=["a", "b"])
    found = crosswalk({"fire": cells}, grids, houses(3))

    assert found.departments[0].overlap_m2 == pytest.approx(10 * SIDE)
    assert found.rows["area_m2"].sum() == pytest.approx(SIDE * SIDE)


def test_what_no_cell_covers_is_a_rest_row_with_its_households():
    grids = tiles([0.0, SIDE], [0.0, SIDE])
    homes = layer(shapely.points([(10, 10), (900, 10)]), households=[2, 5])
    found = crosswalk({"fire": layer([shapely.box(0, 0, 500, SIDE)], code=["a"])}, grids, homes)

    assert found.rows[["cell", "households", "role"]].values.tolist() == [["", 5, "rest"], ["a", 2, "within"]]
    assert found.departments[0].uncovered_households == 5
    assert found.departments[0].uncovered_m2 == pytest.approx(SIDE * SIDE / 2)


@pytest.mark.parametrize(
    ("cells", "homes", "error"),
    [
        (layer([shapely.box(0, 0, 1, 1)] * 2, code=["a", "a"]), houses(1), GeoError),
        (layer([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], code=["a"]), houses(1), InvalidBoundary),
        (layer([shapely.box(0, 0, 1, 1)], code=["a"]), layer([shapely.Point(0, 0)], households=[1.5]), BadWeight),
    ],
)
def test_layers_that_cannot_be_summed_are_refused(cells, homes, error):
    with pytest.raises(error):
        crosswalk({"fire": cells}, tiles([0.0, SIDE], [0.0, SIDE]), homes)


def test_the_order_of_rows_changes_nothing():
    grids, cells, homes = tiles([0.0, 400.0, SIDE], [0.0, 600.0, SIDE]), tiles([0.0, 500.0, SIDE], [0.0, SIDE]), houses(4)
    turned = crosswalk({"fire": cells.iloc[::-1]}, grids.iloc[::-1], homes.iloc[::-1]).rows

    assert turned.equals(crosswalk({"fire": cells}, grids, homes).rows)
