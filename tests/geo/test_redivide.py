"""Divide again: nothing moves while loads are even, then little; codes live on, are split, merged and never reused."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from geo.division import assign_codes, check_division, divide_village, match, redivide
from geo.division.match import shared_households
from geo.errors import BadOption, GeoError
from tests.geo.villages import Village, barriers_of, buildings_of, make_village
from tests.proof import proof

CODE = "360829102201"


def wkb(grids) -> list[bytes]:
    return list(grids.geometry.to_wkb())


def divided(layers: Village, k: int) -> gpd.GeoDataFrame:
    return assign_codes(divide_village(*layers, k=k), CODE).grids[["code", "geometry"]]


def per_grid(layers: Village, k: int) -> float:
    return layers.buildings["households"].sum() / k


def with_households(layers: Village, households) -> Village:
    return layers._replace(buildings=buildings_of(layers.buildings.geometry, households))


def grown(layers: Village, grid, factor: float) -> Village:
    inside = layers.buildings.geometry.representative_point().within(grid)
    return with_households(layers, np.where(inside, layers.buildings["households"] * factor, layers.buildings["households"]))


def moved_from_scratch(old, new, layers: Village) -> float:
    """Households whose grid is another one, grids of both paired so that they are fewest."""
    points = list(layers.buildings.geometry.representative_point())
    shared = shared_households(list(old.geometry), list(new.geometry), points, layers.buildings["households"])
    rows, columns = linear_sum_assignment(-shared)
    return layers.buildings["households"].sum() - shared[rows, columns].sum()


@pytest.fixture(scope="module")
def layers() -> Village:
    return make_village(2, houses=300)


@pytest.fixture(scope="module")
def old(layers) -> gpd.GeoDataFrame:
    return divided(layers, 6)


@proof(8, 400)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 6), share=st.sampled_from([0.0, 0.02]))
def test_the_same_houses_or_two_percent_more_change_no_byte(seed, k, share):
    layers = make_village(seed, houses=120, size_m=900)
    old = divided(layers, k)
    target = per_grid(layers, k)
    random = np.random.default_rng(seed)
    if share:
        extra = random.random(len(layers.buildings)) < share
        layers = with_households(layers, layers.buildings["households"] + extra)
    again = redivide(old.sample(frac=1, random_state=seed), *layers, target_households=target)
    assert wkb(again.division.grids) == wkb(old) and again.division.grids["code"].tolist() == old["code"].tolist()
    assert {change.kind for change in again.changes} == {"kept"} and again.moved_households == 0
    assert again.division.params_hash == redivide(old, *layers, target_households=target).division.params_hash


def test_two_percent_more_houses_move_nobody(layers, old):
    sites = shapely.buffer(
        shapely.points(shapely.get_coordinates(layers.buildings.geometry.representative_point())[:6] + 14), 3
    )
    free = [site for site in sites if not layers.buildings.intersects(site).any() and layers.boundary.covers(site)]
    more = buildings_of([*layers.buildings.geometry, *free], [*layers.buildings["households"], *[3] * len(free)])
    again = redivide(old, layers.boundary, more, layers.barriers, target_households=per_grid(layers, 6))
    assert free and again.moved_households == 0
    check_division(again.division, layers.boundary, more, layers.barriers)


@proof(4, 200)
@given(seed=st.integers(0, 10**6), number=st.integers(0, 7))
def test_sixty_percent_more_in_one_grid_stay_a_tiling_with_the_same_codes(seed, number):
    before = make_village(seed, houses=250)
    old = divided(before, 8)
    layers = grown(before, old.geometry.iloc[number % len(old)], 1.6)
    again = redivide(old, *layers, target_households=per_grid(before, 8))
    metrics = check_division(again.division, *layers)
    kinds = {change.code: change.kind for change in again.changes}
    assert set(old["code"]) <= set(kinds) and len(kinds) == len(again.changes)
    assert "retired" not in kinds.values()
    assert again.moved_households <= 0.25 * layers.buildings["households"].sum()
    heaviest = layers.buildings["households"].max()
    assert ("Uneven" in [remark.kind for remark in again.division.report.warnings]) == (metrics.max_mean > 1.10)
    assert max(metrics.loads) <= max(np.mean(metrics.loads) * 1.2, 1.5 * per_grid(before, 8)) + heaviest


def test_an_estate_moves_far_fewer_than_dividing_from_scratch():
    moved = scratch = 0.0
    for seed in (2, 4, 5):
        before = make_village(seed, houses=400)
        old = divided(before, 8)
        layers = grown(before, old.geometry.iloc[4], 1.6)
        moved += redivide(old, *layers, target_households=per_grid(before, 8)).moved_households
        scratch += moved_from_scratch(old, divided(layers, 8), layers)
    assert 0 < moved <= 0.4 * scratch


def test_a_grid_that_is_too_heavy_is_split_and_keeps_its_code(layers, old):
    inside = layers.buildings.geometry.representative_point().within(old.geometry.iloc[2])
    heavy = grown(layers, old.geometry.iloc[2], 6.0)
    again = redivide(old, *heavy, target_households=per_grid(layers, 6), used=[f"{CODE}020"])
    check_division(again.division, *heavy)
    fresh = [change for change in again.changes if change.kind == "new"]
    assert inside.any() and fresh and fresh[0].code == f"{CODE}021"
    assert {change.kind for change in again.changes if change.code == old["code"][2]} == {"split"}
    assert max(again.division.report.metrics.loads) <= 1.6 * per_grid(layers, 6)


def test_grids_that_lost_their_people_are_merged_and_name_who_follows(layers, old):
    empty = layers
    for grid in old.geometry.iloc[1:4]:
        empty = grown(empty, grid, 0.02)
    again = redivide(old, *empty, target_households=per_grid(layers, 6))
    check_division(again.division, *empty)
    retired = [change for change in again.changes if change.kind == "retired"]
    codes = set(again.division.grids["code"])
    assert retired and len(codes) < 6
    for change in retired:
        assert change.code not in codes and change.successors and set(change.successors) <= codes
    assert any(change.kind == "merged" for change in again.changes)


def test_every_grid_too_heavy_is_split_although_all_are_even(layers, old):
    again = redivide(old, *with_households(layers, layers.buildings["households"] * 2), target_households=per_grid(layers, 6))
    assert len(again.division) == 12 and set(old["code"]) < set(again.division.grids["code"])


def test_a_house_built_across_a_border_is_not_cut(layers, old):
    border = old.geometry.iloc[0].boundary.intersection(shapely.union_all(old.geometry.iloc[1:].values))
    spots = [border.interpolate(share, normalized=True) for share in np.linspace(0.05, 0.95, 40)]
    free = [spot.buffer(5) for spot in spots]
    free = [one for one in free if not layers.buildings.intersects(one.buffer(1)).any() and layers.boundary.covers(one)]
    more = buildings_of([*layers.buildings.geometry, free[0]], [*layers.buildings["households"], 2])
    again = redivide(old, layers.boundary, more, layers.barriers, target_households=per_grid(layers, 6))
    check_division(again.division, layers.boundary, more, layers.barriers)
    assert set(again.division.grids["code"]) == set(old["code"])
    assert again.moved_households <= 2 and wkb(again.division.grids) != wkb(old)


def test_a_village_whose_border_moved_keeps_its_grids(layers, old):
    west, south, east, north = layers.boundary.bounds
    wider = layers.boundary.union(shapely.box(west + 200, south + 200, east + 50, north - 200))
    again = redivide(old, wider, layers.buildings, layers.barriers, target_households=per_grid(layers, 6))
    check_division(again.division, wider, layers.buildings, layers.barriers)
    assert set(again.division.grids["code"]) == set(old["code"]) and again.moved_households == 0


def test_a_village_without_houses_keeps_its_grids():
    land = shapely.box(0, 0, 900, 400)
    roads = barriers_of([shapely.LineString([(0, 210), (900, 190)])], [0.8])
    old = assign_codes(divide_village(land, None, roads, k=4), CODE).grids
    again = redivide(old, land, None, roads)
    assert wkb(again.division.grids) == wkb(old) and again.division.report.mode == "area"


def test_a_parcel_moves_nothing_by_itself_and_is_whole_once_grids_move(layers, old):
    spots = old.geometry.iloc[2].boundary.intersection(layers.boundary.buffer(-60))
    parcel = shapely.box(*spots.interpolate(0.3, normalized=True).buffer(15).bounds)
    parcels = gpd.GeoDataFrame(geometry=[parcel], crs=4547)
    target = per_grid(layers, 6)
    assert wkb(redivide(old, *layers, target_households=target, parcels=parcels).division.grids) == wkb(old)
    heavy = grown(layers, old.geometry.iloc[2], 1.6)
    again = redivide(old, *heavy, target_households=target, parcels=parcels)
    held = shapely.area(shapely.intersection(again.division.grids.geometry.values, parcel))
    assert held.max() == pytest.approx(parcel.area, abs=1)


def test_a_smaller_tolerance_makes_loads_evener_once_they_move(layers, old):
    heavy = grown(layers, old.geometry.iloc[2], 1.6)
    target = per_grid(layers, 6)
    loose, tight = (redivide(old, *heavy, target_households=target, tolerance=share) for share in (0.3, 0.01))
    assert tight.division.report.metrics.max_mean < loose.division.report.metrics.max_mean
    assert tight.division.report.metrics.max_mean <= 1.10 and tight.moved_households > 0
    again = redivide(old, *layers, target_households=target, tolerance=0.01)
    assert wkb(again.division.grids) == wkb(old)


def test_a_further_load_that_went_out_of_balance_is_evened_and_told_by_grid(layers, old):
    homes = layers.buildings.geometry.representative_point()
    inside = homes.within(old.geometry.iloc[2]).to_numpy()
    elderly = layers.buildings.assign(elderly=layers.buildings["households"].to_numpy() * np.where(inside, 2.0, 1.0))
    more = layers._replace(buildings=elderly)
    target = per_grid(layers, 6)
    before = [elderly["elderly"][homes.within(grid)].sum() for grid in old.geometry]
    assert wkb(redivide(old, *more, target_households=target).division.grids) == wkb(old)
    again = redivide(old, *more, target_households=target, loads=["elderly"])
    after = again.division.grids["load_elderly"]
    check_division(again.division, *more)
    assert after.sum() == pytest.approx(sum(before)) and again.moved_households > 0
    assert after.max() / after.mean() < max(before) / np.mean(before) - 0.1


@pytest.mark.parametrize("wrong", [{"tolerance": 1}, {"target_households": 0}, {"keep_band": -1}, {"move_penalty": -0.1}])
def test_dials_out_of_range_are_refused(layers, old, wrong):
    with pytest.raises(BadOption):
        redivide(old, *layers, **wrong)


def test_old_grids_need_a_code_each(layers, old):
    with pytest.raises(GeoError):
        redivide(old.assign(code=f"{CODE}001"), *layers)
    with pytest.raises(GeoError):
        redivide(old.iloc[:0], *layers)


def test_pairs_are_those_that_share_most_and_strangers_are_none():
    old = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    new = gpd.GeoDataFrame(
        {"code": ["x", "y", "z"]}, geometry=[shapely.box(9, 0, 20, 10), shapely.box(0, 0, 9, 10), shapely.box(20, 0, 30, 10)]
    )
    homes = buildings_of([shapely.Point(5, 5), shapely.Point(9.5, 5), shapely.Point(15, 5)], [4, 1, 5])
    pairs = match(old, new, homes)
    assert list(zip(pairs["old"], pairs["new"], strict=True)) == [("a", "y"), ("b", "x")]
    assert pairs["household_share"].tolist() == pytest.approx([4 / 5, 5 / 6])
    assert pairs["area_share"].tolist() == pytest.approx([0.9, 10 / 11])
    far = new.set_geometry(new.translate(500, 0))
    assert not len(match(old, far, homes)) and not len(match(old, new.iloc[:0], None))
