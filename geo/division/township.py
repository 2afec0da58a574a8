"""Divide all villages of a township: each by itself, so their order cannot matter and one village changes no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.boundaries import NormalizedTownship
from geo.division.codes import assign_codes
from geo.division.divide import divide_village
from geo.division.options import DivideOptions
from geo.division.result import Division
from geo.errors import GeoError

Shapes = NDArray[np.object_]
Ints = NDArray[np.int64]


class Layers(NamedTuple):
    """Layers of a whole township in metres, as `divide_village` takes them; each may be None."""

    buildings: gpd.GeoDataFrame | None = None
    barriers: gpd.GeoDataFrame | None = None
    place_groups: gpd.GeoDataFrame | None = None
    parcels: gpd.GeoDataFrame | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TownshipDivision:
    """Divisions by the code of their village, in order of codes, and villages that could not be divided with the reason.

    ``lost`` are positions of buildings that lie in no village.
    """

    villages: Mapping[str, Division]
    failed: Mapping[str, str]
    lost: tuple[int, ...]

    @property
    def grids(self) -> gpd.GeoDataFrame:
        """All grids with ``village`` and ``code``, in order of villages."""
        tables = [division.grids.assign(village=code) for code, division in self.villages.items()]
        return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs) if tables else gpd.GeoDataFrame()


def divide_township(
    normalized: NormalizedTownship,
    layers: Layers,
    *,
    target_households: float = 400,
    used: Mapping[str, Sequence[str]] | None = None,
    options: DivideOptions | None = None,
) -> TownshipDivision:
    """Divide every village whose borders are in no conflict.

    Parameters
    ----------
    normalized
        What `geo.boundaries.normalize_boundaries` made of the villages.
    layers
        Houses and lines of the township. A house across a border belongs to the village with its larger part.
    target_households, options
        As `divide_village`.
    used
        Codes each village has ever used, by its code.

    Examples
    --------
    >>> from geo.boundaries import normalize_boundaries
    >>> codes, shapes = ["360829102201", "360829102202"], [shapely.box(0, 0, 9, 9), shapely.box(9, 0, 18, 9)]
    >>> two = normalize_boundaries(gpd.GeoDataFrame({"code": codes}, geometry=shapes), None)
    >>> divide_township(two, Layers()).grids["code"].tolist()
    ['360829102201001', '360829102202001']
    """
    divisions, failed = {}, {}
    shares, lost = _shares(normalized.villages, layers)
    for code, village, own in shares:
        if code in normalized.report.affected:
            failed[code] = "its border is in conflict with a neighbour or the township; settle that first"
            continue
        try:
            made = divide_village(village, **own._asdict(), target_households=target_households, options=options)
            divisions[code] = assign_codes(made, code, (used or {}).get(code, ()))
        except GeoError as error:
            failed[code] = str(error)
    return TownshipDivision(divisions, failed, lost)


def village_layers(villages: gpd.GeoDataFrame, layers: Layers) -> dict[str, Layers]:
    """The houses and lines of each village alone, by its code: what one job for one village needs."""
    return {code: own for code, _, own in _shares(villages, layers)[0]}


def _shares(villages: gpd.GeoDataFrame, layers: Layers) -> tuple[list[tuple[str, shapely.Geometry, Layers]], tuple[int, ...]]:
    table = villages.sort_values("code", kind="stable")
    shapes = np.asarray(table.geometry.values, dtype=object)
    home = _homes(shapes, layers.buildings)
    near = [_near(shapes, layer) for layer in layers[1:]]
    shares = []
    for number, code in enumerate(table["code"].astype(str)):
        houses = layers.buildings.iloc[np.flatnonzero(home == number)] if layers.buildings is not None else None
        shares.append((code, shapes[number], Layers(houses, *(pieces[number] for pieces in near))))
    return shares, tuple(np.flatnonzero(home < 0).tolist())


def _homes(villages: Shapes, buildings: gpd.GeoDataFrame | None) -> Ints:
    """The village with the largest part of each building (a point: the first it lies in), -1 for none."""
    if buildings is None:
        return np.zeros(0, dtype=np.int64)
    shapes = np.asarray(buildings.geometry.values, dtype=object)
    building, village = shapely.STRtree(villages).query(shapes, predicate="intersects")
    shared = np.zeros(len(building))
    several = np.bincount(building, minlength=len(shapes))[building] > 1
    shared[several] = shapely.area(shapely.intersection(shapes[building[several]], villages[village[several]]))
    order = np.lexsort((village, -np.round(shared, 3), building))
    which, first = np.unique(building[order], return_index=True)
    home = np.full(len(shapes), -1, dtype=np.int64)
    home[which] = village[order][first]
    return home


def _near(villages: Shapes, layer: gpd.GeoDataFrame | None) -> list[gpd.GeoDataFrame | None]:
    """What of a layer touches each village."""
    if layer is None:
        return [None] * len(villages)
    village, row = shapely.STRtree(np.asarray(layer.geometry.values, dtype=object)).query(villages, predicate="intersects")
    return [layer.iloc[np.sort(row[village == number])] for number in range(len(villages))]
