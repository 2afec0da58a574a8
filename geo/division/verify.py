"""The verifier of a division: raises unless grids fill their village once and only once and no house is cut."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from geo.division.inputs import read_inputs
from geo.division.metrics import Metrics, measure, sums_by_grid
from geo.division.options import AREA_SLACK_M2, LATTICE_M
from geo.division.result import Division
from geo.errors import TilingError


def evaluate(
    grids: Division | gpd.GeoDataFrame,
    village: Polygon | MultiPolygon,
    buildings: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> Metrics:
    """Metrics of any grids, of a division or a table, from their polygons and the layers of their village; metres.

    Examples
    --------
    >>> halves = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    >>> evaluate(halves, shapely.box(0, 0, 20, 10)).max_mean
    1.0
    """
    return measure(_shapes(grids), read_inputs(village, buildings, barriers))


def check_division(
    division: Division,
    village: Polygon | MultiPolygon,
    buildings: gpd.GeoDataFrame | None = None,
    barriers: gpd.GeoDataFrame | None = None,
) -> Metrics:
    """The metrics of a division that is a tiling of its village; anything else raises.

    Raises
    ------
    TilingError
        Sequence numbers are not 1 to n; edges of neighbours differ; grids overlap, leave a gap or leave the village
        (1e-3 m2, or 1 mm along the border where the division says the border was rounded); a grid is in several parts and
        not flagged as having an exclave; a building is cut; households are lost.
    """
    inputs, grids = read_inputs(village, buildings, barriers), _shapes(division)
    metrics = measure(grids, inputs)
    rounded = any(remark.kind == "BorderRounded" for remark in division.report.warnings)
    slack_m2 = AREA_SLACK_M2 + (LATTICE_M * inputs.village.length if rounded else 0.0)
    if list(division.grids["code_sequence"]) != list(range(1, len(grids) + 1)):
        raise TilingError("sequence numbers are not 1 to n")
    if not shapely.coverage_is_valid(grids):
        raise TilingError("grids overlap or their common edges differ")
    if metrics.gap_m2 > slack_m2 or metrics.overlap_m2 > slack_m2:
        raise TilingError(f"gaps of {metrics.gap_m2} m2, overlaps of {metrics.overlap_m2} m2")
    beyond_m2 = float(shapely.union_all(grids).difference(inputs.village).area)
    if beyond_m2 > slack_m2:
        raise TilingError(f"grids reach {beyond_m2:.6f} m2 beyond the village")
    in_parts = np.array(metrics.parts) > 1
    if (in_parts & ~np.asarray(division.grids["has_exclave"], dtype=np.bool_)).any():
        raise TilingError(f"a grid is in several parts: {metrics.parts}")
    if metrics.cut_buildings:
        raise TilingError(f"{metrics.cut_buildings} buildings are cut")
    recounted = sums_by_grid(grids, inputs, inputs.households)
    if not np.allclose(recounted, np.asarray(division.grids["households"], dtype=np.float64), rtol=0, atol=1e-6):
        raise TilingError("households of the grids are not those of the buildings in them")
    return metrics


def _shapes(grids: Division | gpd.GeoDataFrame) -> np.ndarray:
    table = grids.grids if isinstance(grids, Division) else grids
    return np.asarray(table.geometry.values, dtype=object)
