"""What holds for every village: tiling, contiguity, whole houses, evenness, independence of the order of rows."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.division import DivideOptions, assign_codes, check_division, divide_village
from geo.division.metrics import inner_border
from geo.errors import TilingError
from tests.geo.villages import Village, barriers_of, buildings_of, make_village, rural_village
from tests.proof import IS_LONG, proof

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


@st.composite
def awkward_villages(draw) -> Village:
    """An exclave or two, a thin neck, houses on the border, in a row or touching, one giant, loads of nothing."""
    boundary, buildings, barriers = make_village(draw(st.integers(0, 10**6)), houses=draw(st.integers(3, 60)), size_m=400)
    west, south, east, north = boundary.bounds
    shapes, households = list(buildings.geometry), list(buildings["households"])
    parts = [boundary]
    if draw(st.booleans()):
        width = draw(st.sampled_from([12, 60, 250]))
        parts.append(shapely.box(east + 30, south, east + 30 + width, south + 90))
        if draw(st.booleans()):
            shapes.append(shapely.box(east + 32, south + 20, east + 40, south + 28))
            households.append(draw(st.integers(0, 80)))
    if draw(st.booleans()):
        neck = shapely.box(west - 200, (south + north) / 2 - 3, (west + east) / 2, (south + north) / 2 + 3)
        bulb = shapely.box(west - 300, (south + north) / 2 - 50, west - 200, (south + north) / 2 + 50)
        parts[0] = shapely.union_all([boundary, neck, bulb])
    if draw(st.booleans()):
        along = parts[0].exterior.interpolate([0.1, 0.35, 0.8], normalized=True)
        shapes += [shapely.box(p.x - 5, p.y - 4, p.x + 5, p.y + 4) for p in along]
        households += [2.0] * 3
    if draw(st.booleans()):
        middle = boundary.centroid
        shapes += [shapely.box(middle.x + 9 * i, middle.y, middle.x + 9 * i + 9, middle.y + 8) for i in range(6)]
        households += [1.0] * 6
    households[0] = draw(st.sampled_from([0.0, 1.0, 400.0]))
    outline = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return Village(outline, buildings_of(shapes, households), barriers)


def bytes_of(division) -> list[bytes]:
    return list(division.grids.geometry.to_wkb())


def _with_doubled_corners(shape):
    """The same shape with every third corner twice."""

    def ring(xy):
        return np.repeat(xy, np.where(np.arange(len(xy)) % 3 == 0, 2, 1), axis=0)

    if shape.geom_type == "LineString":
        return shapely.LineString(ring(shapely.get_coordinates(shape)))
    shell, *holes = (ring(shapely.get_coordinates(part)) for part in (shape.exterior, *shape.interiors))
    return shapely.Polygon(shell, holes)


@proof(70, 1500)
@given(layers=villages(), k=st.integers(1, 8))
def test_grids_fill_the_village_once_and_cut_no_house(layers, k):
    division = divide_village(*layers, k=k)
    metrics = check_division(division, *layers)
    assert 1 <= len(division) <= k
    assert sum(division.grids["households"]) == layers.buildings["households"].sum()
    assert metrics.parts == (1,) * len(division)
    assert not any(remark.kind == "BorderRounded" for remark in division.report.warnings)


@proof(15, 600)
@given(seed=st.integers(0, 10**6), k=st.integers(2, 8))
def test_loads_are_even_up_to_the_heaviest_house(seed, k):
    layers = make_village(seed, houses=150)
    loads = np.array(divide_village(*layers, k=k).report.metrics.loads)
    heaviest = layers.buildings["households"].max()
    assert loads.max() <= loads.mean() * (1 + EVEN_SLACK) + heaviest


@proof(10, 400)
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


@proof(60, 1500)
@given(seed=st.integers(0, 10**6), houses=st.integers(0, 12), k=st.integers(1, 30), size_m=st.sampled_from([60, 150, 400]))
def test_a_tiny_village_is_divided_exactly_into_however_many_grids_are_wanted(seed, houses, k, size_m):
    layers = make_village(seed, houses=houses, size_m=size_m, roads=seed % 4)
    division = divide_village(*layers, k=k)
    check_division(division, *layers)
    assert 1 <= len(division) <= k
    assert not {"BorderRounded"} & {remark.kind for remark in division.report.warnings}


@proof(40, 1000)
@given(layers=awkward_villages(), k=st.integers(1, 8))
def test_exclaves_necks_houses_on_the_border_and_giants_are_divided_exactly(layers, k):
    division = divide_village(*layers, k=k)
    metrics = check_division(division, *layers)
    grids = division.grids
    assert sum(grids["households"]) == layers.buildings["households"].sum()
    assert all(part == 1 or has_exclave for part, has_exclave in zip(metrics.parts, grids["has_exclave"], strict=True))
    assert metrics.max_mean <= 1.10 or {"Uneven"} <= {remark.kind for remark in division.report.warnings}


@proof(6, 300)
@given(layers=villages(), k=st.integers(2, 6))
def test_doubled_corners_do_not_change_a_byte(layers, k):
    again = Village(
        _with_doubled_corners(layers.boundary),
        buildings_of(map(_with_doubled_corners, layers.buildings.geometry), layers.buildings["households"]),
        barriers_of(map(_with_doubled_corners, layers.barriers.geometry), layers.barriers["strength"]),
    )
    assert bytes_of(divide_village(*layers, k=k)) == bytes_of(divide_village(*again, k=k))


@proof(5, 300)
@given(seed=st.integers(0, 10**6), k=st.integers(2, 5), east=st.integers(-4000, 4000), north=st.integers(-4000, 4000))
def test_a_moved_village_has_the_same_grids_moved(seed, k, east, north):
    """By whole metres; every coordinate is another number, no border is another."""
    here = make_village(seed, houses=60, size_m=500)
    there = Village(*(shapely.affinity.translate(here.boundary, east, north), *(layer.copy() for layer in here[1:])))
    for layer in there[1:]:
        layer.geometry = layer.geometry.translate(east, north)
    first, second = divide_village(*here, k=k), divide_village(*there, k=k)
    check_division(second, *there)
    back = second.grids.geometry.translate(-east, -north)
    assert len(first) == len(second) and first.grids["households"].tolist() == second.grids["households"].tolist()
    assert max(one.symmetric_difference(other).area for one, other in zip(first.grids.geometry, back, strict=True)) < 0.01


def with_a_river(layers: Village) -> Village:
    west, south, east, north = layers.boundary.bounds
    river = shapely.LineString([(west - 1, (south + north) / 2), (east + 1, (south + north) / 2 + 7)])
    more = barriers_of([*layers.barriers.geometry, river], [*layers.barriers["strength"], 1.0])
    return layers._replace(barriers=more)


def price_of_borders(division, layers: Village) -> float:
    """Metres of border inside the village, those on a barrier cheaper by its strength."""
    left = inner_border(np.asarray(division.grids.geometry.values, dtype=object), layers.boundary)
    price, strengths = 0.0, layers.barriers["strength"].to_numpy()
    for strength in sorted(set(strengths), reverse=True):
        near = shapely.union_all(shapely.buffer(layers.barriers.geometry.values[strengths == strength], 2.0))
        price += shapely.intersection(left, near).length * (1 - DivideOptions().barrier_saving * strength)
        left = shapely.difference(left, near)
    return price + left.length


@proof(6, 300)
@given(seed=st.integers(0, 10**6), k=st.integers(2, 6))
def test_with_a_barrier_more_and_without_any_there_are_as_many_grids(seed, k):
    layers = make_village(seed, houses=80, size_m=600)
    more = with_a_river(layers)
    there = divide_village(*more, k=k)
    check_division(there, *more)
    bare = divide_village(layers.boundary, layers.buildings, None, k=k)
    check_division(bare, layers.boundary, layers.buildings, None)
    assert len(bare) == len(there) == k
    assert "LowBarrierData" in {remark.kind for remark in bare.report.warnings}


def test_a_barrier_that_is_known_makes_borders_cheaper():
    known = unknown = 0.0
    for seed in range(12 if not IS_LONG else 300):
        layers = make_village(977 * seed, houses=80, size_m=600)
        more = with_a_river(layers)
        known += price_of_borders(divide_village(*more, k=2 + seed % 5), more)
        unknown += price_of_borders(divide_village(*layers, k=2 + seed % 5), more)
    assert known < 0.95 * unknown


@proof(10, 400)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 12), used=st.lists(st.integers(1, 60), max_size=5, unique=True))
def test_codes_are_unique_new_and_count_bands_from_the_north_from_west_to_east(seed, k, used):
    village, taken = "360829102204", [f"360829102204{number:03d}" for number in used]
    grids = assign_codes(divide_village(*make_village(seed, houses=60, size_m=500), k=k), village, taken).grids
    codes = grids["code"].tolist()
    assert codes == [f"{village}{max(used, default=0) + 1 + number:03d}" for number in range(len(grids))]
    bounds = shapely.bounds(grids.geometry.values)
    tall = float(np.median(bounds[:, 3] - bounds[:, 1])) * 0.75
    middle = shapely.get_coordinates(shapely.centroid(grids.geometry.values))
    for (x, y), (other_x, other_y) in pairwise(middle.tolist()):
        assert other_x >= x - 1e-6 or other_y < y + 1e-6
        assert other_y <= y + tall


def test_another_process_with_another_hash_seed_gives_the_same_bytes():
    script = (
        "import hashlib; from geo.division import divide_village; from tests.geo.villages import rural_village;"
        "print(hashlib.sha256(b''.join(divide_village(*rural_village(3, 250), k=3).grids.geometry.to_wkb())).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    here = hashlib.sha256(b"".join(divide_village(*rural_village(3, 250), k=3).grids.geometry.to_wkb())).hexdigest()
    assert said == {here + "\n"}


@pytest.mark.parametrize("giant", [0, 60, 5000])
def test_dividing_says_nothing_on_standard_output(giant, capfd):
    for seed in range(6):
        boundary, buildings, barriers = make_village(seed, houses=12 + 10 * seed, size_m=400)
        buildings.loc[0, "households"] += giant
        divide_village(boundary, buildings, barriers, k=3 + seed)
    assert capfd.readouterr().out == ""


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
