"""Village borders fit to be divided along: small misfits cleaned and told, large ones left to a person, corners shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.border_faults import BorderConflict, Floor, Overlaps, UncoveredHole, find_gaps, find_outside, find_overlaps, find_slits
from geo.border_lines import STEPS, Ints, Shapes, from_steps, share_border_corners, steps, to_steps
from geo.errors import EmptyVillage, InvalidBoundary

#: A border that moved less than this much ground was only rounded.
_TOLD_M2 = 1.0
#: Less than this is no village.
_SPECK_M2 = 0.01
#: No village has a longer border, and a corner every few metres of it would take for ever.
_LONGEST_M = 3e6
#: Making a polygon valid may change this share of its area.
_SAME_AREA = 0.001
#: Cleaning is done again until it changes nothing, at most so often.
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Repair:
    """How much ground a village won or lost when overlaps and gaps up to 1 m were cleaned."""

    code: str
    area_m2: float


@dataclass(frozen=True, slots=True)
class BoundaryReport:
    """What was cleaned, and what was found and left: conflicts have a place and a proposal, a person decides.

    ``slits`` are up to 1 m wide and open at an end, so that cleaning leaves them; villages beside them can be divided.
    """

    repaired: tuple[Repair, ...] = ()
    slits: tuple[BorderConflict, ...] = ()
    conflicts: tuple[BorderConflict, ...] = ()
    holes: tuple[UncoveredHole, ...] = ()

    @property
    def affected(self) -> frozenset[str]:
        """Codes of villages with a conflict; all others can be divided."""
        return frozenset(code for conflict in self.conflicts for code in (conflict.first, conflict.second) if code)


@dataclass(frozen=True, slots=True, eq=False)
class NormalizedTownship:
    """Villages in order of their code with borders used everywhere from now on, and what was done to them.

    ``villages`` keeps the columns it came with. Neighbours have the same corners; the ground of a conflict is as it came.
    """

    villages: gpd.GeoDataFrame
    report: BoundaryReport


def normalize_boundaries(
    villages: gpd.GeoDataFrame,
    barriers: gpd.GeoDataFrame | None,
    *,
    township: Polygon | MultiPolygon | None = None,
    snap_m: float = 0.5,
    gap_m: float = 1.0,
    spacing_m: float = 5.0,
) -> NormalizedTownship:
    """Borders of all villages of a township or county on one lattice of 1 mm, with corners both neighbours share.

    Doing it again changes nothing. Ground moved by whole millimetres gives the same borders, moved.

    Parameters
    ----------
    villages
        ``code`` (unique) and polygons in metres.
    barriers
        Lines in the same metres; borders get a corner where one crosses. May be None.
    township
        The ground all villages together should fill; None: not compared.
    snap_m, gap_m
        Corners up to ``snap_m`` apart become one and overlaps and gaps up to ``gap_m`` wide are cleaned, where there are any.
        Wider ones are conflicts and are not touched.
    spacing_m
        A border has a corner at least this often.

    Raises
    ------
    EmptyVillage, InvalidBoundary
        A village is empty, no polygon, invalid beyond what repairing its rings can mend, or its code appears twice.

    Examples
    --------
    >>> two = gpd.GeoDataFrame({"code": ["a", "b"]}, geometry=[shapely.box(0, 0, 10, 10), shapely.box(9.6, 0, 20, 10)])
    >>> found = normalize_boundaries(two, None)
    >>> [(repair.code, repair.area_m2) for repair in found.report.repaired]
    [('b', 4.0)]
    >>> bool(shapely.coverage_is_valid(found.villages.geometry.values)), found.report.conflicts
    (True, ())
    """
    table = _sorted(villages)
    if not len(table):
        return NormalizedTownship(table, BoundaryReport())
    if township is not None and not (township.is_valid and township.area > 0):
        raise InvalidBoundary("the outline of the township is no valid polygon; import or draw it anew")
    start, origin = _on_lattice(_checked(table["code"].tolist(), np.asarray(table.geometry.values, dtype=object)))
    lines, shapes = to_steps(_lines(barriers), origin), start
    for _ in range(_ROUNDS):
        before = shapely.to_wkb(shapes)
        cleaned = _cleaned(table["code"].tolist(), shapes, snap_m, gap_m)
        shapes = _with_overlaps(share_border_corners(cleaned.items, lines, spacing_m=spacing_m), cleaned.owners, len(table))
        if not cleaned.had_misfits or (shapely.to_wkb(shapes) == before).all():
            break
    report = _report(table["code"].tolist(), start, shapes, township, origin, gap_m)
    return NormalizedTownship(table.set_geometry(from_steps(shapes, origin), crs=villages.crs), report)


def check_boundaries(
    villages: gpd.GeoDataFrame, *, township: Polygon | MultiPolygon | None = None, snap_m: float = 0.5, gap_m: float = 1.0
) -> BoundaryReport:
    """What `normalize_boundaries` would clean and what it would leave to a person, for a look before anything is made."""
    table = _sorted(villages)
    if not len(table):
        return BoundaryReport()
    codes = table["code"].tolist()
    shapes, origin = _on_lattice(_checked(codes, np.asarray(table.geometry.values, dtype=object)))
    cleaned = _cleaned(codes, shapes, snap_m, gap_m)
    return _report(codes, shapes, _with_overlaps(cleaned.items, cleaned.owners, len(codes)), township, origin, gap_m)


def _sorted(villages: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    table = villages.assign(code=villages["code"].astype(str)).sort_values("code", kind="stable").reset_index(drop=True)
    if table["code"].duplicated().any():
        raise InvalidBoundary("two villages have the same code; every village has one row")
    return table


def _report(
    codes: list[str], before: Shapes, after: Shapes, township: BaseGeometry | None, origin: Ints, gap_m: float
) -> BoundaryReport:
    floor = Floor(codes, after, gap_m)
    overlaps, (gaps, holes) = find_overlaps(codes, after, gap_m), find_gaps(floor)
    outside = find_outside(floor, to_steps(np.array([township], dtype=object), origin)[0]) if township is not None else []
    conflicts = tuple(_back(conflict, origin) for conflict in (*overlaps.conflicts, *gaps, *outside))
    slits = tuple(_back(slit, origin) for slit in find_slits(Floor(codes, after, gap_m)))
    return BoundaryReport(_moved(codes, before, after), slits, conflicts, tuple(_back_hole(hole, origin) for hole in holes))


def unlike_villages(shapes: Shapes) -> NDArray[np.bool_]:
    """Valid areas in metres that are no village: next to nothing, or with a border longer than any."""
    return np.asarray((shapely.area(shapes) < _SPECK_M2) | (shapely.length(shapes) > _LONGEST_M), dtype=np.bool_)


def _checked(codes: Sequence[str], shapes: Shapes) -> Shapes:
    """Valid polygons in two dimensions without repeated points."""
    made = []
    for code, shape in zip(codes, shapes, strict=True):
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise EmptyVillage(f"village {code} has no polygon; import or draw it first")
        if not np.isfinite(shapely.get_coordinates(shape)).all():
            raise InvalidBoundary(f"village {code} has coordinates that are no numbers; redraw it")
        try:
            made.append(_valid(code, shapely.remove_repeated_points(shapely.force_2d(shape))))
        except shapely.GEOSException as error:  # all its corners are one
            raise EmptyVillage(f"village {code} has no area; import or draw it first") from error
        if made[-1].length > _LONGEST_M:
            raise InvalidBoundary(
                f"village {code} has a border of {made[-1].length / 1000:.0f} km; is its coordinate system right?"
            )
        if made[-1].area < _SPECK_M2:
            raise EmptyVillage(f"village {code} has no area to speak of ({made[-1].area:.3g} m2); is it in degrees?")
    return np.array(made, dtype=object)


def _valid(code: str, shape: BaseGeometry) -> BaseGeometry:
    if shape.is_valid:
        return shape
    mended = shapely.make_valid(shape, method="structure")
    same = abs(mended.area - shape.area) <= _SAME_AREA * shape.area
    if not same or shapely.get_num_geometries(mended) != shapely.get_num_geometries(shape) or mended.area <= 0:
        raise InvalidBoundary(f"village {code}: {shapely.is_valid_reason(shape)}; redraw it at this place")
    return mended


def _on_lattice(shapes: Shapes) -> tuple[Shapes, Ints]:
    """Shapes in whole steps from their common lower left corner."""
    bounds = shapely.total_bounds(shapes)
    origin = steps(np.array(bounds[:2]))
    local = np.asarray(shapely.remove_repeated_points(to_steps(shapes, origin)), dtype=object)
    local[~shapely.is_valid(local)] = shapely.set_precision(local[~shapely.is_valid(local)], 1.0 / STEPS)
    return np.asarray(shapely.normalize(local), dtype=object), origin


def _lines(barriers: gpd.GeoDataFrame | None) -> Shapes:
    if barriers is None:
        return np.zeros(0, dtype=object)
    lines = np.asarray(barriers.geometry.values, dtype=object)
    return np.asarray(lines[shapely.get_dimensions(lines) == 1], dtype=object)


def _apart(overlaps: Overlaps) -> tuple[list[BaseGeometry], list[set[int]]]:
    """Ground of deep overlaps as pieces that do not overlap themselves, with all villages each belongs to."""
    if len(overlaps.parts) < 2:
        return [*overlaps.parts], [set(pair) for pair in overlaps.owners]
    parts = np.array(overlaps.parts, dtype=object)
    net = shapely.union_all(shapely.boundary(parts), grid_size=1.0 / STEPS)
    pieces = shapely.normalize(shapely.get_parts(shapely.polygonize(shapely.get_parts(net))))
    hit, part = shapely.STRtree(parts).query(shapely.point_on_surface(pieces), predicate="intersects")
    owners: dict[int, set[int]] = {}
    for piece, number in sorted(zip(hit.tolist(), part.tolist(), strict=True)):
        owners.setdefault(piece, set()).update(overlaps.owners[number])
    return [pieces[piece] for piece in owners], list(owners.values())


class _Cleaned(NamedTuple):
    """Villages without their deep overlaps, then these with the villages each belongs to."""

    items: Shapes
    owners: list[set[int]]
    had_misfits: bool


def _cleaned(codes: list[str], shapes: Shapes, snap_m: float, gap_m: float) -> _Cleaned:
    """What misfits by up to ``gap_m`` is cleaned; deep overlaps are set apart and stay."""
    deep, owners = _apart(find_overlaps(codes, shapes, gap_m))
    alone = shapes.copy()
    for part, holders in zip(deep, owners, strict=True):
        for number in holders:
            alone[number] = shapely.difference(alone[number], part)
    items = np.array([*alone, *deep], dtype=object)
    if shapely.coverage_is_valid(items) and not _has_narrow_gaps(items, gap_m):
        return _Cleaned(items, owners, had_misfits=bool(owners))
    made = shapely.coverage_clean(items, snapping_distance=snap_m, gap_width=gap_m, merge_strategy="longest_border")
    return _Cleaned(to_steps(made, np.zeros(2, dtype=np.int64)), owners, had_misfits=True)


def _has_narrow_gaps(items: Shapes, gap_m: float) -> bool:
    """Whether the items enclose ground of nobody's that is narrow; a narrow pond of one village stays as it is."""
    union = shapely.union_all(items)
    holes = [Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    narrow = [hole for hole in holes if shapely.buffer(hole, -gap_m / 2.0).is_empty]
    touched = shapely.STRtree(items).query(np.array(narrow, dtype=object), predicate="intersects")[0]
    return bool((np.bincount(touched, minlength=1) > 1).any())


def _moved(codes: Sequence[str], before: Shapes, after: Shapes) -> tuple[Repair, ...]:
    area = shapely.area(shapely.symmetric_difference(before, after, grid_size=1.0 / STEPS))
    return tuple(Repair(code, round(float(m2), 1)) for code, m2 in zip(codes, area, strict=True) if m2 > _TOLD_M2)


def _with_overlaps(items: Shapes, owners: Sequence[set[int]], count: int) -> Shapes:
    """Villages with the overlaps they had; both keep them until a person decides."""
    whole = items[:count].copy()
    for part, holders in zip(items[count:], owners, strict=True):
        for number in holders:
            whole[number] = shapely.normalize(shapely.union(whole[number], part))
    return np.asarray(whole, dtype=object)


def _back(conflict: BorderConflict, origin: Ints) -> BorderConflict:
    return conflict.moved(_there(conflict.place, origin))


def _back_hole(hole: UncoveredHole, origin: Ints) -> UncoveredHole:
    return UncoveredHole(hole.village, hole.area_m2, _there(hole.place, origin))


def _there(place: Point, origin: Ints) -> Point:
    return Point((steps(np.array([place.x, place.y])) + origin) / STEPS)
