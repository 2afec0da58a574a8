"""Divide one village into grids."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo.division.arrangement import arrange
from geo.division.codes import sequence_order
from geo.division.graph import Graph, build_graph
from geo.division.inputs import Inputs, Shapes, read_inputs
from geo.division.metrics import Metrics, measure, sums_by_grid
from geo.division.options import DivideOptions
from geo.division.outlines import grid_outlines
from geo.division.partition import divide_graph
from geo.division.result import Division, Remark, Report
from geo.errors import BadOption

#: Goal for the heaviest load over the mean load.
_EVEN = 1.10
#: With less than this length of barriers for each square root of area there is little to follow.
_BARRIERS_PER_WIDTH = 1.0


def divide_village(
    village: Polygon | MultiPolygon,
    buildings: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    *,
    target_households: float = 400,
    k: int | None = None,
    tolerance: float = 0.03,
    options: DivideOptions | None = None,
) -> Division:
    """Divide a village into grids of even load whose borders prefer roads and rivers and never cut a building.

    The grids fill the village exactly, each in one piece; the border's corners stay as they are. The result is the same,
    byte for byte, for any order of rows.

    Parameters
    ----------
    village
        Valid polygon in metres of a metric system; holes and exclaves are allowed.
    buildings
        Polygons or points in the same metres with ``households`` and, if it is to be balanced instead, ``workload``
        (household equivalents), both not negative. None, empty or all zero: area is balanced.
    barriers
        Lines in the same metres with ``strength`` in [0, 1], 1 for rivers, rails and main roads. May be None.
    target_households
        Load of a grid, from which the number of grids follows.
    k
        Number of grids, at least 1; lowered to the number of buildings with a load.
    tolerance
        How far a load may be from the mean before evenness counts for more than borders, as a share.
    options
        Further dials.

    Returns
    -------
    Division
        Grids in order of their sequence with a report. An exclave too light for a grid of its own belongs to a grid
        elsewhere, which is flagged.

    Raises
    ------
    EmptyVillage, InvalidBoundary, BadWeight, OutsideRegion, BadBarrier, BadOption

    Examples
    --------
    >>> division = divide_village(shapely.box(0, 0, 400, 200), None, None, k=2)
    >>> division.report.metrics.gap_m2, division.report.metrics.max_mean < 1.1, len(division)
    (0.0, True, 2)
    """
    options = options or DivideOptions()
    if target_households <= 0 or not 0 <= tolerance < 1 or (k is not None and k < 1):
        raise BadOption("target_households is above 0, k at least 1, tolerance in [0, 1)")
    inputs = read_inputs(village, buildings, barriers)
    wanted = k if k is not None else max(1, round(float(inputs.workload.sum()) / target_households))
    crs = next((layer.crs for layer in (buildings, barriers) if layer is not None), None)
    return _divide(inputs, wanted, tolerance, options, crs)


def _divide(inputs: Inputs, wanted: int, tolerance: float, options: DivideOptions, crs: Any) -> Division:
    aim = min(wanted, int((inputs.workload > 0).sum())) if inputs.has_weights else wanted
    grids, exclave, remarks = _grids(inputs, aim, tolerance, options)
    order = sequence_order(grids)
    grids, exclave = grids[order], exclave[order]
    metrics = measure(grids, inputs)
    columns = {
        "code_sequence": np.arange(1, len(grids) + 1),
        "households": sums_by_grid(grids, inputs, inputs.households),
        "workload": sums_by_grid(grids, inputs, inputs.workload),
        "has_exclave": exclave,
    }
    remarks += _remarks(inputs, metrics, wanted, len(grids))
    report = Report(metrics, tuple(remarks), "households" if inputs.has_weights else "area", wanted)
    table = gpd.GeoDataFrame(columns, geometry=grids, crs=crs)
    return Division(table, report, _digest(inputs, aim, tolerance, options))


def _grids(inputs: Inputs, k: int, tolerance: float, options: DivideOptions) -> tuple[Shapes, NDArray[np.bool_], list[Remark]]:
    """Polygons of the grids, which of them have an exclave, and what went less than well."""
    parts = shapely.get_num_geometries(inputs.village)
    if k == 1:
        whole = np.array([inputs.village], dtype=object)
        return whole, np.array([parts > 1]), []
    arrangement = arrange(inputs, k, options)
    graph = build_graph(arrangement, inputs, k, options)
    node_label, attached = divide_graph(graph, k, tolerance, options)
    labels = node_label[graph.node_of_face]
    grids, is_exact = grid_outlines(inputs, arrangement.faces, labels, graph.segments, corner_reach_m=options.corner_reach_m)
    exclave = np.zeros(len(grids), dtype=np.bool_)
    exclave[node_label[attached]] = True
    remarks = _indivisible(graph, k)
    if attached.any():
        remarks.append(Remark("AttachedExclave", f"{int(exclave.sum())} grids hold an exclave too light for its own grid"))
    if not is_exact:
        remarks.append(Remark("BorderRounded", "grids are off the village border by up to 1 mm"))
    return grids, exclave, remarks


def _indivisible(graph: Graph, k: int) -> list[Remark]:
    heaviest, mean = float(graph.weight.max()), float(graph.weight.sum()) / k
    if heaviest <= _EVEN * mean:
        return []
    text = f"one building carries {heaviest:.0f}, a grid {mean:.0f} on average; it cannot be divided"
    return [Remark("IndivisibleLoad", text)]


def _remarks(inputs: Inputs, metrics: Metrics, wanted: int, count: int) -> list[Remark]:
    remarks = []
    if count < wanted:
        remarks.append(Remark("KLowered", f"{wanted} grids were wanted, {count} were possible"))
    if inputs.crossing:
        remarks.append(Remark("BuildingAcrossBorder", f"{inputs.crossing} buildings cross the village border"))
    if count > 1 and shapely.length(inputs.barriers).sum() < _BARRIERS_PER_WIDTH * inputs.village.area**0.5:
        remarks.append(Remark("LowBarrierData", "there are hardly any roads or rivers; borders run between houses"))
    if metrics.max_mean > _EVEN:
        remarks.append(Remark("Uneven", f"the heaviest grid carries {metrics.max_mean:.2f} times the mean"))
    return remarks


def _digest(inputs: Inputs, k: int, tolerance: float, options: DivideOptions) -> str:
    """SHA-256 of everything the result follows from."""
    digest = hashlib.sha256()
    for shapes in ([inputs.village], inputs.buildings, inputs.barriers):
        for wkb in shapely.to_wkb(np.array(shapes, dtype=object)):
            digest.update(wkb)
        digest.update(b"|")
    for column in (inputs.households, inputs.workload, inputs.strengths):
        digest.update(column.tobytes() + b"|")
    versions = (shapely.__version__, shapely.geos_version_string)
    digest.update(repr((k, tolerance, astuple(options), versions)).encode())
    return digest.hexdigest()
