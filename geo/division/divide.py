"""Divide one village into grids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pymetis.version import VERSION_TEXT as METIS_VERSION
from shapely import MultiPolygon, Polygon

from geo.division.arrangement import arrange
from geo.division.codes import sequence_order
from geo.division.graph import build_graph
from geo.division.inputs import Inputs, Shapes, read_inputs
from geo.division.metrics import measure, sums_by_grid
from geo.division.options import DivideOptions
from geo.division.outlines import grid_outlines
from geo.division.partition import divide_graph
from geo.division.remarks import indivisible_remarks, input_remarks, loads_of_grids, outcome_remarks
from geo.division.result import Division, Remark, Report
from geo.errors import BadOption

#: As many as a village has sequence numbers.
MOST_GRIDS = 999
#: Where nobody lives no grid is smaller than this on average.
LEAST_GRID_M2 = 100.0


def divide_village(
    village: Polygon | MultiPolygon,
    buildings: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    *,
    target_households: float = 400,
    k: int | None = None,
    tolerance: float = 0.03,
    options: DivideOptions | None = None,
    place_groups: gpd.GeoDataFrame | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    old_grids: gpd.GeoDataFrame | None = None,
    loads: Sequence[str] = (),
) -> Division:
    """Divide a village into grids of even load whose borders prefer roads and rivers and never cut a building.

    The grids fill the village exactly, each in one piece; corners of the border stay. Any order of rows gives the same bytes.

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
        Number of grids, at least 1; lowered to the number of buildings with a load, or without one to a grid for each 100 m2.
    tolerance
        How far a load may be from the mean before evenness counts for more than borders, as a share.
    options
        Further dials.
    place_groups, parcels, old_grids, loads
        What is to stay together, is cheap to follow, or is to be even as well; see `geo.division.inputs.read_inputs`.

    Raises
    ------
    EmptyVillage, InvalidBoundary, BadWeight, OutsideRegion, BadBarrier, BadOption

    Examples
    --------
    >>> len(divide_village(shapely.box(0, 0, 400, 200), None, None, k=2))
    2
    """
    options = options or DivideOptions()
    if not target_households > 0 or not 0 <= tolerance < 1 or (k is not None and (not k >= 1 or k % 1 != 0)):
        raise BadOption("target_households is above 0, k a whole number of at least 1, tolerance in [0, 1)")
    k = None if k is None else int(k)
    inputs = read_inputs(
        village, buildings, barriers, place_groups=place_groups, parcels=parcels, old_grids=old_grids, loads=loads
    )
    grids = float(inputs.workload.sum()) / target_households
    if not np.isfinite(grids):
        raise BadOption("target_households is too small, or the loads too large, to count grids")
    wanted = k if k is not None else max(1, round(grids))
    crs = next((layer.crs for layer in (buildings, barriers) if layer is not None), None)
    return _divide(inputs, wanted, tolerance, options, crs)


def _divide(inputs: Inputs, wanted: int, tolerance: float, options: DivideOptions, crs: Any) -> Division:
    most = int((inputs.workload > 0).sum()) if inputs.has_weights else int(inputs.village.area / LEAST_GRID_M2)
    aim = min(wanted, max(1, most))
    asked = aim if inputs.has_weights else wanted
    if asked > MOST_GRIDS:
        raise BadOption(f"a village has at most {MOST_GRIDS} grids, not {asked}; raise target_households or lower k")
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
    columns |= {f"load_{name}": load for name, load in zip(inputs.load_names, loads_of_grids(grids, inputs), strict=True)}
    remarks += input_remarks(inputs, wanted, len(grids)) + outcome_remarks(inputs, grids, metrics, options)
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
    remarks = indivisible_remarks(graph, inputs, k)
    if attached.any():
        remarks.append(Remark("AttachedExclave", f"{int(exclave.sum())} grids hold an exclave too light for its own grid"))
    if not is_exact:
        remarks.append(Remark("BorderRounded", "grids are off the village border by up to 1 mm"))
    return grids, exclave, remarks


def _digest(inputs: Inputs, k: int, tolerance: float, options: DivideOptions) -> str:
    """SHA-256 of everything the result follows from."""
    digest = hashlib.sha256()
    every = ([inputs.village], inputs.buildings, inputs.barriers, inputs.parcels, inputs.groups, inputs.old_borders)
    for shapes in every:
        for wkb in shapely.to_wkb(np.array(shapes, dtype=object)):
            digest.update(wkb)
        digest.update(b"|")
    for column in (inputs.households, inputs.workload, inputs.strengths, inputs.loads):
        digest.update(column.tobytes() + b"|")
    versions = (shapely.__version__, shapely.geos_version_string, METIS_VERSION)
    digest.update(repr((k, tolerance, astuple(options), inputs.load_names, inputs.group_names, versions)).encode())
    return digest.hexdigest()
