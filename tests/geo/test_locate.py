from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo import NOWHERE, GridIndex, TrackLimits, visits
from geo.division import divide_village
from geo.errors import GeoError
from tests.geo.villages import make_village
from tests.proof import proof

FOUR = {"c": shapely.box(0, 0, 1, 1), "a": shapely.box(1, 0, 2, 1), "d": shapely.box(0, 1, 1, 2), "b": shapely.box(1, 1, 2, 2)}


def four() -> GridIndex:
    return GridIndex(list(FOUR), list(FOUR.values()))


def test_a_place_inside_belongs_to_its_grid():
    assert four().codes_at([0.5, 1.5, 0.5, 1.5], [0.5, 0.5, 1.5, 1.5]) == ["c", "a", "d", "b"]


def test_on_a_shared_edge_the_lowest_code_wins():
    assert four().codes_at([1.0, 1.0, 0.5, 1.5], [0.5, 1.5, 1.0, 1.0]) == ["a", "b", "c", "a"]


def test_the_corner_of_four_grids_belongs_to_the_lowest_code():
    assert four().codes_at([1.0], [1.0]) == ["a"]


def test_outside_and_without_a_number_is_nowhere():
    assert four().codes_at([5.0, np.nan, 0.5], [0.5, 0.5, np.inf]) == [None, None, None]
    assert four().locate([], []).tolist() == []
    assert GridIndex([], []).locate([1.0], [1.0]).tolist() == [NOWHERE]


def test_codes_are_unique():
    with pytest.raises(GeoError):
        GridIndex(["a", "a"], [FOUR["a"], FOUR["b"]])


@pytest.fixture(scope="module")
def tiling():
    return divide_village(*make_village(3, houses=150), k=8)


def test_every_corner_and_middle_of_an_edge_has_exactly_the_lowest_grid(tiling):
    shapes = list(tiling.grids.geometry)
    codes = [f"{number:03d}" for number in tiling.grids["code_sequence"]]
    rings = [shapely.get_coordinates(shape) for shape in shapes]
    places = np.vstack([np.vstack([ring, (ring[1:] + ring[:-1]) / 2]) for ring in rings])
    found = GridIndex(codes, shapes).locate(*places.T)
    touching = np.array([shapely.intersects_xy(shape, *places.T) for shape in shapes])
    corners = np.vstack(rings)
    assert (GridIndex(codes, shapes).locate(*corners.T) != NOWHERE).all()
    assert (found[touching.any(axis=0)] == touching.argmax(axis=0)[touching.any(axis=0)]).all()


@proof(40, 1000)
@given(data=st.data())
def test_the_order_of_rows_and_of_places_does_not_matter(tiling, data):
    shapes = list(tiling.grids.geometry)
    codes = [f"{number:03d}" for number in tiling.grids["code_sequence"]]
    order = data.draw(st.permutations(range(len(shapes))))
    west, south, east, north = tiling.grids.total_bounds
    seed = data.draw(st.integers(0, 2**32 - 1))
    places = np.random.default_rng(seed).uniform((west, south), (east, north), (50, 2))
    here = GridIndex(codes, shapes).codes_at(*places.T)
    shuffled = GridIndex([codes[i] for i in order], [shapes[i] for i in order])
    assert shuffled.codes_at(*places[::-1].T) == here[::-1]
    assert [shuffled.codes_at([x], [y])[0] for x, y in places[:5]] == here[:5]


def test_an_outlier_among_many_grids_changes_nothing():
    boxes = {f"{i:02d}{j:02d}": shapely.box(i, j, i + 1, j + 1) for i in range(12) for j in range(12)}
    index = GridIndex(list(boxes), list(boxes.values()))
    walk = np.array([[3.5, 3.5], [4.0, 3.5], [4.0, 4.0], [99.0, 99.0], [11.5, 0.5]])
    assert index.codes_at(*walk.T) == ["0303", "0303", "0303", None, "1100"]


def test_a_stay_ends_where_the_grid_changes_and_at_a_gap():
    when = np.array([0, 10, 20, 30, 40, 200, 210]) * 1000
    stays = visits(when, [2, 2, 5, 5, 2, 2, 2])
    assert stays.grid.tolist() == [2, 5, 2, 2] and stays.n.tolist() == [2, 2, 1, 2]
    assert stays.entry_ms.tolist() == [0, 20_000, 40_000, 200_000]
    assert stays.exit_ms.tolist() == [10_000, 30_000, 40_000, 210_000]


def test_being_nowhere_is_no_stay():
    assert visits([0, 1000], [NOWHERE, NOWHERE]).n.tolist() == []
    assert visits([], []).grid.tolist() == []
    assert visits([0, 1000, 2000], [1, NOWHERE, 1]).n.tolist() == [1, 1]


def test_legs_can_say_where_stays_begin():
    assert visits([0, 1000, 2000], [1, 1, 1], starts=[True, False, True]).n.tolist() == [2, 1]
    assert visits([0, 9000], [1, 1], limits=TrackLimits(gap_s=5)).n.tolist() == [1, 1]


@proof(150, 5000)
@given(walk=st.lists(st.tuples(st.integers(0, 200_000), st.integers(-1, 3)), min_size=1, max_size=60))
def test_every_fix_in_a_grid_is_in_one_stay_and_no_stay_bridges_a_gap(walk):
    steps, grid = np.array(walk).T
    when = np.cumsum(steps)
    stays = visits(when, grid)
    assert stays.n.sum() == (grid >= 0).sum()
    gaps = when[1:][np.diff(when) > 120_000]
    for entry, leave in zip(stays.entry_ms, stays.exit_ms, strict=True):
        assert not ((gaps > entry) & (gaps <= leave)).any()
