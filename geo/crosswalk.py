"""Many department grids and one comprehensive grid (多网合一): which cell of which department lies in which grid.

A table of pairs whose margins close: households are labels, each building in one cell and one grid, so that sums are
exact integers; what lies in no cell, in no grid, or in pairs too thin to mean anything is a rest row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import BadWeight, GeoError, InvalidBoundary

Ints = NDArray[np.int64]
Shapes = NDArray[np.object_]

#: A pair without households and with less ground than this is where two drawings of one border differ.
SLIVER_M2 = 1.0
#: A cell with at least this share in one grid lies within it.
WITHIN = 0.99
#: Code of the rest: ground of a grid in no cell, or of a cell in no grid.
REST = ""
_AREAL = (3, 6)  # polygon, multipolygon


@dataclass(frozen=True, slots=True)
class DepartmentReport:
    """How well one department's cells fit: square metres, and households in none of its cells."""

    department: str
    cells: int
    overlap_m2: float
    uncovered_m2: float
    outside_m2: float
    uncovered_households: int


@dataclass(frozen=True, slots=True, eq=False)
class Crosswalk:
    """``rows``: ``department, cell, grid, area_m2, area_share, households, household_share, role``, in order of the first three.

    Shares are parts of the cell. ``role`` is ``within``, ``main`` or ``part`` of a pair, ``rest`` where cell or grid is "".
    For each cell the rows sum to its area and households; for each grid and department likewise.
    """

    rows: pd.DataFrame
    departments: tuple[DepartmentReport, ...]


def crosswalk(
    department_grids: Mapping[str, gpd.GeoDataFrame], grids: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame
) -> Crosswalk:
    """Lay the cells of departments over the comprehensive grids.

    Parameters
    ----------
    department_grids
        By department: polygons in metres with ``code``. Cells that overlap each other are parted along their longest border
        first, and the amount is reported.
    grids
        The comprehensive grids in the same metres with ``code``, as `Division.grids` has them.
    buildings
        Points or polygons with whole ``households``. A building lies where its inner point lies; on a shared border, in the
        cell or grid of the lowest code.

    Returns
    -------
    Crosswalk
        A cell belongs to its ``within`` or ``main`` grid: the largest part of its households, of its area if it has none.

    Raises
    ------
    GeoError
        A code is missing or given twice.
    InvalidBoundary
        A polygon is no valid area.
    BadWeight
        Households are no whole numbers.

    Examples
    --------
    >>> cells = gpd.GeoDataFrame({"code": ["a"]}, geometry=[shapely.box(0, 0, 3, 10)])
    >>> grids = gpd.GeoDataFrame({"code": ["1", "2"]}, geometry=[shapely.box(0, 0, 5, 10), shapely.box(5, 0, 9, 10)])
    >>> houses = gpd.GeoDataFrame({"households": [2, 3]}, geometry=[shapely.Point(1, 1), shapely.Point(4, 1)])
    >>> crosswalk({"fire": cells}, grids, houses).rows[["cell", "grid", "area_m2", "households", "role"]].values.tolist()
    [['', '1', 20.0, 3, 'rest'], ['', '2', 40.0, 0, 'rest'], ['a', '1', 30.0, 2, 'within']]
    """
    grid_codes, grid_shapes = _cells(grids, "the comprehensive grid")
    households = _whole(buildings)
    points = shapely.point_on_surface(np.asarray(buildings.geometry.values, dtype=object))
    home = _label(points, grid_shapes)
    tables, reports = [], []
    for department in sorted(department_grids):
        codes, shapes = _cells(department_grids[department], department)
        shapes, overlap = _part(shapes)
        table = _pairs(shapes, grid_shapes, _label(points, shapes), home, households)
        reports.append(_report(department, len(codes), overlap, table))
        table["cell"] = _coded(codes, table["cell"])
        table["grid"] = _coded(grid_codes, table["grid"])
        tables.append(table.assign(department=department).sort_values(["cell", "grid"], ignore_index=True))
    columns = ["department", "cell", "grid", "area_m2", "area_share", "households", "household_share", "role"]
    rows = pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
    return Crosswalk(rows, tuple(reports))


def _cells(layer: gpd.GeoDataFrame, whose: str) -> tuple[list[str], Shapes]:
    """Codes and polygons, by code."""
    codes = [str(code) for code in layer["code"]]
    if len(set(codes)) < len(codes) or REST in codes:
        raise GeoError(f"{whose}: a code is missing or given twice; every cell needs one of its own")
    order = np.array(sorted(range(len(codes)), key=codes.__getitem__), dtype=np.int64)
    shapes = np.asarray(layer.geometry.values, dtype=object)[order]
    sound = shapely.is_valid(shapes) & np.isin(shapely.get_type_id(shapes), _AREAL) & ~shapely.is_empty(shapes)
    if not sound.all():
        raise InvalidBoundary(f"{whose}: cell {codes[order[np.argmin(sound)]]} is no valid polygon; redraw its outline")
    return [codes[position] for position in order], shapes


def _whole(buildings: gpd.GeoDataFrame) -> Ints:
    given = np.asarray(buildings["households"], dtype=float)
    if not (np.isfinite(given).all() and (given >= 0).all() and (given == np.round(given)).all()):
        raise BadWeight("households are whole numbers, not negative; correct the layer of buildings")
    return given.astype(np.int64)


def _part(shapes: Shapes) -> tuple[Shapes, float]:
    """Cells without overlaps, and how many square metres were in two cells."""
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    twice = shapely.intersection(shapes[i[i < j]], shapes[j[i < j]])
    overlap = float(shapely.area(twice).sum())
    if overlap <= SLIVER_M2:
        return shapes, overlap
    return np.asarray(shapely.coverage_clean(shapes, gap_width=0.0), dtype=object), overlap


def _label(points: Shapes, shapes: Shapes) -> Ints:
    """For each point the first shape it touches, -1 for none."""
    label = np.full(len(points), len(shapes), dtype=np.int64)
    found, which = shapely.STRtree(points).query(shapes, predicate="intersects")
    np.minimum.at(label, which, found)
    label[label == len(shapes)] = -1
    return label


def _pairs(cells: Shapes, grids: Shapes, cell_of: Ints, grid_of: Ints, households: Ints) -> pd.DataFrame:
    """Rows by positions; -1 is the rest."""
    count = np.zeros((len(cells) + 1, len(grids) + 1), dtype=np.int64)
    np.add.at(count, (cell_of, grid_of), households)  # -1 is the last row and column
    j, i = shapely.STRtree(cells).query(grids, predicate="intersects")
    area = np.zeros_like(count, dtype=np.float64)
    area[i, j] = shapely.area(shapely.intersection(cells[i], grids[j]))
    area[:-1, :-1][(area[:-1, :-1] < SLIVER_M2) & (count[:-1, :-1] == 0)] = 0.0
    whole = shapely.area(cells)
    area[:-1, -1] = np.maximum(whole - area[:-1, :-1].sum(axis=1), 0.0)
    area[-1, :-1] = np.maximum(shapely.area(grids) - area[:-1, :-1].sum(axis=0), 0.0)
    kept = (count > 0) | (area > 0)
    kept[-1, -1] = count[-1, -1] > 0
    cell, grid = np.nonzero(kept)
    held = count[:-1].sum(axis=1)
    role = np.full(count.shape, "part", dtype=object)
    role[-1, :] = role[:, -1] = "rest"
    for row in range(len(cells)):
        role[row, : len(grids)] = _roles(count[row, :-1], area[row, :-1], held[row], whole[row])
    return pd.DataFrame(
        {
            "cell": np.where(cell < len(cells), cell, -1),
            "grid": np.where(grid < len(grids), grid, -1),
            "area_m2": area[kept],
            "area_share": _share(area[kept], np.append(whole, 0.0)[cell]),
            "households": count[kept],
            "household_share": _share(count[kept], np.append(held, 0)[cell]),
            "role": role[kept],
        }
    )


def _roles(count: Ints, area: NDArray[np.float64], held: int, whole: float) -> NDArray[np.object_]:
    """Of one cell: the largest pair is its main grid, ties go to the lower code."""
    role = np.full(len(count), "part", dtype=object)
    measure = count if held else np.round(area, 3)
    if measure.any():
        main = int(np.argmax(measure))
        role[main] = "within" if measure[main] >= WITHIN * (held or whole) else "main"
    return role


def _share(part: NDArray[np.float64] | Ints, whole: NDArray[np.float64] | Ints) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _report(department: str, cells: int, overlap: float, rows: pd.DataFrame) -> DepartmentReport:
    no_cell, no_grid = rows["cell"] == -1, rows["grid"] == -1
    return DepartmentReport(
        department,
        cells,
        round(overlap, 3),
        round(float(rows.loc[no_cell, "area_m2"].sum()), 3),
        round(float(rows.loc[no_grid & ~no_cell, "area_m2"].sum()), 3),
        int(rows.loc[no_cell, "households"].sum()),
    )


def _coded(codes: list[str], positions: pd.Series[int]) -> list[str]:
    return [codes[position] if position >= 0 else REST for position in positions]
