"""The layers of one village in canonical order, so that the order of rows cannot matter. Metres throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo.errors import BadBarrier, BadWeight, EmptyVillage, InvalidBoundary, OutsideRegion

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]
LEAST_VILLAGE_M2 = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """A checked village with its buildings (clipped to it) and barriers (clipped, one line each)."""

    village: Polygon | MultiPolygon
    buildings: Shapes
    points: Shapes
    households: Floats
    workload: Floats
    barriers: Shapes
    strengths: Floats
    crossing: int
    #: Further loads of the buildings, (n, m), each to be even as well, and what they are called.
    loads: Floats
    load_names: tuple[str, ...]
    #: Plots no border may cut, clipped to the village.
    parcels: Shapes
    #: Natural villages: polygons, or points that stand for the ground nearest to them; and what they are called.
    groups: Shapes
    group_names: tuple[str, ...]
    #: Borders of earlier grids inside the village.
    old_borders: Shapes

    @property
    def has_weights(self) -> bool:
        """Whether any building carries load; if none does, area is balanced."""
        return bool(self.workload.sum() > 0)

    @property
    def wholes(self) -> Shapes:
        """What no border may cut: buildings, then parcels."""
        return np.concatenate([self.buildings, self.parcels])


def read_inputs(
    village: Polygon | MultiPolygon,
    buildings: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    *,
    place_groups: gpd.GeoDataFrame | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    old_grids: gpd.GeoDataFrame | None = None,
    loads: Sequence[str] = (),
) -> Inputs:
    """Check the layers of a village and put them in canonical order.

    Parameters
    ----------
    village, buildings, barriers
        As in `geo.division.divide_village`.
    place_groups
        Natural villages, polygons or points, with ``name`` if they have one.
    parcels
        Polygons to be kept whole like buildings.
    old_grids
        Polygons of earlier grids, whose borders are cheap to follow.
    loads
        Columns of ``buildings`` to be even beside households or workload.

    Raises
    ------
    EmptyVillage, InvalidBoundary
        The village is empty, no polygon, or invalid; the message names the point.
    BadWeight
        Households or workload missing, negative or no number; the message lists the rows.
    OutsideRegion
        Buildings that do not touch the village; the message lists the rows.
    BadBarrier
        A barrier is no line or its strength is not in [0, 1].
    """
    outline = check_village(village)
    shapes, households, workload, further = _buildings(outline, buildings, loads)
    inside = shapely.covers(outline, shapes)
    clipped = shapes.copy()
    clipped[~inside] = [_areal(shape) for shape in shapely.intersection(shapes[~inside], outline)]
    points = shapely.point_on_surface(clipped)
    lines, strengths = _barriers(outline, barriers)
    groups, names = _groups(outline, place_groups)
    return Inputs(
        village=outline,
        buildings=clipped,
        points=points,
        households=households,
        workload=workload,
        barriers=lines,
        strengths=strengths,
        crossing=int((~inside).sum()),
        loads=further,
        load_names=tuple(loads) if len(shapes) else (),
        parcels=_parcels(outline, parcels),
        groups=groups,
        group_names=names,
        old_borders=_old_borders(outline, old_grids),
    )


def check_village(village: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
    """The village in two dimensions, normalised, without repeated points; its border does not move."""
    if village is None or village.is_empty:
        raise EmptyVillage("the village boundary is empty; import or draw it first")
    if not isinstance(village, Polygon | MultiPolygon):
        raise InvalidBoundary(f"the village boundary is a {village.geom_type}; a polygon is needed")
    if not village.is_valid:
        raise InvalidBoundary(f"the village boundary is invalid: {shapely.is_valid_reason(village)}")
    outline = shapely.normalize(shapely.remove_repeated_points(shapely.force_2d(village)))
    if outline.area < LEAST_VILLAGE_M2:
        raise EmptyVillage(f"the village boundary has no area to speak of ({outline.area:.3g} m2); is it in degrees?")
    if isinstance(outline, MultiPolygon) and len(outline.geoms) == 1:
        return outline.geoms[0]
    return outline


def weights_of(buildings: gpd.GeoDataFrame, name: str) -> Floats:
    """One column of loads as floats; raises `BadWeight` with the rows that are missing, negative or no number."""
    try:
        values = np.asarray(buildings[name], dtype=np.float64)
    except (KeyError, TypeError, ValueError) as error:
        raise BadWeight(f"buildings need a column {name!r} of numbers") from error
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        raise BadWeight(f"{name} is missing or negative in rows {_rows(buildings, wrong)}")
    return values


def _buildings(
    outline: Polygon | MultiPolygon, buildings: gpd.GeoDataFrame | None, loads: Sequence[str]
) -> tuple[Shapes, Floats, Floats, Floats]:
    if buildings is None or not len(buildings):
        return np.zeros(0, dtype=object), np.zeros(0), np.zeros(0), np.zeros((0, len(loads)))
    households = weights_of(buildings, "households")
    workload = weights_of(buildings, "workload") if "workload" in buildings.columns else households
    shapes = np.asarray(buildings.geometry.values, dtype=object)
    is_line = shapely.get_dimensions(shapes) == 1
    unusable = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~shapely.is_valid(shapes) | is_line)
    if len(unusable):
        raise InvalidBoundary(
            f"buildings in rows {_rows(buildings, unusable)} are empty, lines or invalid; repair or remove them"
        )
    outside = np.flatnonzero(~shapely.intersects(outline, shapes))
    if len(outside):
        raise OutsideRegion(f"buildings in rows {_rows(buildings, outside)} lie outside the village")
    shapes = shapely.normalize(shapely.remove_repeated_points(shapely.force_2d(shapes)))
    further = np.column_stack([np.zeros((len(shapes), 0)), *(weights_of(buildings, name) for name in loads)])
    order = _canonical(shapes, households, workload, *further.T)
    return shapes[order], households[order], workload[order], further[order]


def _parcels(outline: Polygon | MultiPolygon, parcels: gpd.GeoDataFrame | None) -> Shapes:
    """Parts of parcels inside the village, those of other villages left out."""
    shapes = _usable(parcels, "parcels")
    if (shapely.get_dimensions(shapes) != 2).any():
        raise InvalidBoundary("parcels are polygons")
    clipped = shapely.intersection(shapes, outline)
    parts = shapely.get_parts(shapely.get_parts(clipped))
    parts = shapely.normalize(parts[shapely.area(parts) > 0])
    return parts[_canonical(parts)]


def _groups(outline: Polygon | MultiPolygon, groups: gpd.GeoDataFrame | None) -> tuple[Shapes, tuple[str, ...]]:
    """Natural villages of this village, all polygons or all points, and their names."""
    shapes = _usable(groups, "place groups")
    kinds = set(shapely.get_dimensions(shapes).tolist())
    if kinds not in (set(), {0}, {2}):
        raise InvalidBoundary("place groups are all polygons or all points")
    near = shapely.intersects(outline, shapes)
    names = np.array([str(name) for name in groups["name"]] if groups is not None and "name" in groups else [""] * len(shapes))
    shapes, names = shapely.normalize(shapes[near]), names[near]
    order = np.array(sorted(range(len(shapes)), key=lambda i: (shapely.to_wkb(shapes[i]), names[i])), dtype=np.int64)
    return shapes[order], tuple(names[order].tolist())


def _old_borders(outline: Polygon | MultiPolygon, grids: gpd.GeoDataFrame | None) -> Shapes:
    """Borders of earlier grids, single lines; where they run on the village border, noding joins them with it."""
    shapes = _usable(grids, "old grids")
    if not len(shapes):
        return shapes
    borders = shapely.intersection(shapely.union_all(shapely.boundary(shapes)), outline)
    lines = shapely.normalize(shapely.get_parts(shapely.get_parts(borders)))
    lines = lines[shapely.get_dimensions(lines) == 1]
    return lines[_canonical(lines)]


def _usable(layer: gpd.GeoDataFrame | None, kind: str) -> Shapes:
    if layer is None or not len(layer):
        return np.zeros(0, dtype=object)
    shapes = np.asarray(layer.geometry.values, dtype=object)
    wrong = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes) | ~shapely.is_valid(shapes))
    if len(wrong):
        raise InvalidBoundary(f"{kind} in rows {_rows(layer, wrong)} are empty or invalid; repair or remove them")
    return shapely.remove_repeated_points(shapely.force_2d(shapes))


def _barriers(outline: Polygon | MultiPolygon, barriers: gpd.GeoDataFrame | None) -> tuple[Shapes, Floats]:
    if barriers is None or not len(barriers):
        return np.zeros(0, dtype=object), np.zeros(0)
    if "strength" not in barriers.columns:
        raise BadBarrier("barriers need a column 'strength' in [0, 1]")
    try:
        strengths = np.asarray(barriers["strength"], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise BadBarrier("the column 'strength' of barriers holds something that is no number") from error
    shapes = np.asarray(barriers.geometry.values, dtype=object)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1) | shapely.is_empty(shapes)
    is_line = (shapely.get_dimensions(shapes) == 1) & finite
    wrong = np.flatnonzero(~((strengths >= 0) & (strengths <= 1)) | ~is_line)
    if len(wrong):
        raise BadBarrier(f"barriers in rows {_rows(barriers, wrong)} are no lines or have a strength outside [0, 1]")
    clipped = shapely.intersection(shapely.force_2d(shapes), outline)
    parts, row = shapely.get_parts(clipped, return_index=True)
    pieces, piece_of = shapely.get_parts(parts, return_index=True)  # collections hold multilines
    keep = shapely.get_dimensions(pieces) == 1
    lines, strengths = shapely.normalize(pieces[keep]), strengths[row[piece_of[keep]]]
    order = _canonical(lines, strengths)
    return lines[order], strengths[order]


def _canonical(shapes: Shapes, *columns: Floats) -> NDArray[np.int64]:
    """Order by bounds, then columns, then bytes: the same for any order of rows."""
    wkb = shapely.to_wkb(shapes)
    keys = np.column_stack([shapely.bounds(shapes), *columns])
    return np.array(sorted(range(len(shapes)), key=lambda i: (*keys[i], wkb[i])), dtype=np.int64)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """What of a clipped building can still be lived in: its polygons if it has any."""
    if shape.geom_type != "GeometryCollection":
        return shape
    areas = [part for part in shape.geoms if part.area > 0]
    return shapely.union_all(areas) if areas else shape


def _rows(layer: gpd.GeoDataFrame, positions: NDArray[np.int64]) -> str:
    shown = ", ".join(str(layer.index[i]) for i in positions[:10])
    return shown + (f" and {len(positions) - 10} more" if len(positions) > 10 else "")
