"""What holds for every village: tiling, contiguity, whole houses, evenness, independence of the order of rows."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.division import check_division, divide_village
from geo.errors import TilingError
from tests.geo.villages import Village, barriers_of, buildings_of, make_village
from tests.proof import proof

EVEN_SLACK = 0.10


@st.composite
def villages(draw) -> Village:
    """8 to 200 houses, with or without roads, a lake, houses at all, collinear or doubled houses."""
    houses = draw(st.integers(0, 200))
    made = make_village(
        draw(st.integers(0, 10**6)), houses=houses, size_m=draw(st.sampled_from([400, 900])), roads=draw(st.integers(0, 4))
    )
    boundary, buildings, barriers = made
    if draw(st.booleans()):
        lake = shapely.Point(boundary.centroid.x, boundary.centroid.y).buffer(draw(st.sampled_from([20, 60])))
        dry = buildings[~buildings.intersects(lake)]
        boundary, buildings = boundary.difference(lake), dry
    if draw(st.booleans()) and len(buildings):
        again = buildings.iloc[: draw(st.integers(1, 5))]
        buildings = buildings_of([*buildings.geometry, *again.geometry], [*buildings.households, *again.households])
    return Village(boundary, buildings, barriers)


@proof(40, 3000)
@given(layers=villages(), k=st.integers(1, 8))
def test_grids_fill_the_village_once_and_cut_no_house(layers, k):
    division = divide_village(*layers, k=k)
    metrics = check_division(division, *layers)
    assert 1 <= len(division) <= k
    assert sum(division.grids["households"]) == layers.buildings["households"].sum()
    assert metrics.parts == (1,) * len(division)
    assert not any(remark.kind == "BorderRounded" for remark in division.report.warnings)


@proof(20, 1500)
@given(seed=st.integers(0, 10**6), k=st.integers(2, 8))
def test_loads_are_even_up_to_the_heaviest_house(seed, k):
    layers = make_village(seed, houses=150)
    loads = np.array(divide_village(*layers, k=k).report.metrics.loads)
    heaviest = layers.buildings["households"].max()
    assert loads.max() <= loads.mean() * (1 + EVEN_SLACK) + heaviest


@proof(20, 800)
@given(layers=villages(), k=st.integers(2, 6), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_and_the_way_round_of_rings_do_not_change_a_byte(layers, k, seed):
    random = np.random.default_rng(seed)
    rows, lines = random.permutation(len(layers.buildings)), random.permutation(len(layers.barriers))
    shuffled = Village(
        shapely.reverse(layers.boundary),
        buildings_of(shapely.reverse(layers.buildings.geometry.values[rows]), layers.buildings["households"].values[rows]),
        barriers_of(shapely.reverse(layers.barriers.geometry.values[lines]), layers.barriers["strength"].values[lines]),
    )
    first, second = divide_village(*layers, k=k), divide_village(*shuffled, k=k)
    assert list(first.grids.geometry.to_wkb()) == list(second.grids.geometry.to_wkb())
    assert first.params_hash == second.params_hash


def spoiled(division, change):
    grids = division.grids.copy()
    change(grids)
    return type(division)(grids, division.report, division.params_hash)


def _gap(grids):
    grids.geometry = [grids.geometry.iloc[0].buffer(-1), *grids.geometry.iloc[1:]]


def _overlap(grids):
    grids.geometry = [grids.geometry.iloc[0].buffer(1), *grids.geometry.iloc[1:]]


def _beyond(grids):
    away = shapely.box(0, 0, 1, 1)
    grids.geometry = [shapely.union(grids.geometry.iloc[0], away), *grids.geometry.iloc[1:]]


def _number(grids):
    grids["code_sequence"] = [2, 1, 3]


def _households(grids):
    grids.loc[0, "households"] += 1


@pytest.mark.parametrize("change", [_gap, _overlap, _beyond, _number, _households])
def test_the_verifier_raises_on_everything_that_is_no_tiling(village, change):
    division = divide_village(*village, k=3)
    check_division(division, *village)
    with pytest.raises(TilingError):
        check_division(spoiled(division, change), *village)


def test_the_verifier_raises_on_a_cut_house(village):
    boundary, buildings, barriers = village
    house = buildings.geometry.iloc[0].centroid
    west, south, east, north = boundary.bounds
    left = shapely.intersection(boundary, shapely.box(west - 1, south - 1, house.x, north + 1))
    halves = [left, shapely.difference(boundary, left)]
    division = divide_village(boundary, buildings, barriers, k=2)
    division.grids.geometry = halves
    with pytest.raises(TilingError):
        check_division(division, boundary, buildings, barriers)
