"""Dividing again: how many households get another grid when 2 % more houses stand there, or one grid grows by 60 %."""

from __future__ import annotations

import sys
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks import villages
from benchmarks.division import TARGET
from benchmarks.rounds import Bench
from benchmarks.villages import Village
from geo.division import assign_codes, divide_village, match, redivide

CODE = "360829102206"
SIZES = ((villages.rural, 800), (villages.rural, 2_000), (villages.urban, 800), (villages.urban, 2_000))


def old_grids(village: Village) -> gpd.GeoDataFrame:
    division = divide_village(village.boundary, village.buildings, village.barriers, target_households=TARGET[village.family])
    return assign_codes(division, CODE).grids[["code", "geometry"]]


def homes(grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> Any:
    """Code of the grid of every building, "" for none."""
    points = gpd.GeoDataFrame(geometry=buildings.representative_point(), crs=buildings.crs)
    found = points.sjoin(grids.set_geometry("geometry"), predicate="intersects", how="left").groupby(level=0)["code"].min()
    return found.fillna("").to_numpy()


def moved(before: Any, after: Any, buildings: gpd.GeoDataFrame) -> float:
    return float(buildings["households"].to_numpy()[before != after].sum() / buildings["households"].sum())


def from_scratch(old: gpd.GeoDataFrame, village: Village) -> Any:
    """Divided anew, then each grid given the code of the old one it matches best."""
    new = divide_village(village.boundary, village.buildings, village.barriers, target_households=TARGET[village.family]).grids
    new = new.assign(code=[f"new {number}" for number in range(len(new))])[["code", "geometry"]]
    pairs = match(old, new, village.buildings)
    names = dict(zip(pairs["new"], pairs["old"], strict=True))
    return new.assign(code=[names.get(code, code) for code in new["code"]])


def again(old: gpd.GeoDataFrame, village: Village) -> Any:
    found = redivide(old, village.boundary, village.buildings, village.barriers, target_households=TARGET[village.family])
    return found.division.grids[["code", "geometry"]], found.division.report.metrics


def more_houses(village: Village) -> Village:
    """One house in fifty gets a neighbour of its size, where there is room."""
    random = np.random.default_rng(1)
    rows = village.buildings.iloc[random.permutation(len(village.buildings))[: len(village.buildings) // 50]]
    beside = rows.assign(geometry=rows.translate(0.0, 13.0))
    tree = shapely.STRtree(village.buildings.geometry.to_numpy())
    taken = np.unique(tree.query(beside.geometry.to_numpy(), predicate="intersects")[0])
    beside = beside[~np.isin(np.arange(len(beside)), taken) & beside.within(village.boundary).to_numpy()]
    both = gpd.GeoDataFrame(pd.concat([village.buildings, beside], ignore_index=True), crs=village.buildings.crs)
    return village._replace(buildings=both)


def estate(village: Village, old: gpd.GeoDataFrame) -> Village:
    """The first grid's households grow by 60 %."""
    inside = homes(old, village.buildings) == old["code"].iloc[0]
    grown = village.buildings["households"].to_numpy() * np.where(inside, 1.6, 1.0)
    return village._replace(buildings=village.buildings.assign(households=np.round(grown)))


def main() -> int:
    bench = Bench("division_again", "-")
    spread, ours, scratch = [], [], []
    for make, houses in SIZES:
        village = make(7, houses)
        old = old_grids(village)
        more = more_houses(village)
        before = homes(old, more.buildings)
        spread.append(moved(before, homes(again(old, more)[0], more.buildings), more.buildings))
        grown = estate(village, old)
        before = homes(old, grown.buildings)
        grids, metrics = again(old, grown)
        ours.append(moved(before, homes(grids, grown.buildings), grown.buildings))
        scratch.append(moved(before, homes(from_scratch(old, grown), grown.buildings), grown.buildings))
        kept = len(set(old["code"]) & set(grids["code"]))
        bench.note(
            f"{village.name}, one grid +60 %: moved {ours[-1]:.1%} of households, from scratch {scratch[-1]:.1%}; "
            f"max/mean {metrics.max_mean:.2f}, codes kept {kept}/{len(old)}"
        )
    bench.limit("+2 % houses: households moved, worst", max(spread), at_most=0.0)
    bench.limit("+60 % in one grid: moved, x from scratch", sum(ours) / max(sum(scratch), 1e-9), at_most=0.4)
    return bench.report()


if __name__ == "__main__":
    sys.exit(main())
