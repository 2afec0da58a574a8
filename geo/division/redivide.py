"""Divide a village again when its houses have changed: nothing moves unless it must, then as little as possible."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon

from geo.division.arrangement import arrange, nearest_first
from geo.division.codes import next_codes, sequence_order
from geo.division.graph import Graph, build_graph
from geo.division.inertia import Rules, improve
from geo.division.inputs import Inputs, Shapes, read_inputs
from geo.division.metrics import Metrics, cut_buildings, inner_border, measure, sums_by_grid
from geo.division.options import AREA_SLACK_M2, LATTICE_M, DivideOptions
from geo.division.outlines import grid_outlines
from geo.division.remarks import further_remarks, loads_of_grids
from geo.division.result import Division, Remark, Report
from geo.errors import BadOption, GeoError, InvalidBoundary

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
ChangeKind = Literal["kept", "moved", "split", "merged", "new", "retired"]

#: What a border that is there already counts as, if no road runs on it: it costs 0.3 of one across open land.
_OLD_BORDER = 0.76
#: A grid heavier, or lighter, than this share of the target is split, or merged, if nothing else helps.
SPLIT_ABOVE, MERGE_BELOW = 1.5, 0.5
#: A heaviest load above this many means is told.
EVEN = 1.10


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one code.

    ``kind``: ``kept`` as it was; ``moved``, some ground changed hands; ``split``, a part became a new grid; ``merged``, it took
    over another; ``new``; ``retired``, with the codes that took over its ground, the largest part first. ``moved_households``
    left this code for another one; for ``new`` they came.
    """

    code: str
    kind: ChangeKind
    moved_households: float
    successors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Redivision:
    """Grids with their codes, and what became of every code, in order of codes."""

    division: Division
    changes: tuple[Change, ...]

    @property
    def moved_households(self) -> float:
        """Households whose code is another than before."""
        return sum(change.moved_households for change in self.changes if change.kind != "new")


def redivide(
    old: gpd.GeoDataFrame,
    village: Polygon | MultiPolygon,
    buildings: gpd.GeoDataFrame | None,
    barriers: gpd.GeoDataFrame | None,
    *,
    target_households: float = 400,
    keep_band: float = 0.20,
    move_penalty: float = 0.5,
    tolerance: float = 0.03,
    used: Iterable[str] = (),
    options: DivideOptions | None = None,
    place_groups: gpd.GeoDataFrame | None = None,
    parcels: gpd.GeoDataFrame | None = None,
    loads: Sequence[str] = (),
) -> Redivision:
    """Grids for a village that has grids, from its houses of today.

    If every load is within ``keep_band`` of the mean, no grid is above 1.5 or below 0.5 of the target, the village is the same
    and no house stands across a border, the old grids come back byte for byte. Else single houses and fields change hands,
    dearer the more households they hold; a grid that stays too heavy is split, one that stays too light is merged.

    Parameters
    ----------
    old
        ``code`` (15 digits) and polygons in metres, together the village.
    village, buildings, barriers, options, place_groups, parcels, loads
        As `divide_village`; further ``loads`` are held to ``keep_band`` too. A parcel an old border cuts is no reason to move anything, but is kept whole once something moves.
    target_households
        Load of a grid.
    keep_band
        How far a load may be from the mean before anything moves, as a share.
    move_penalty
        How much moving the households of a mean grid costs, in widths of a mean grid of open border.
    tolerance
        Once something moves, how far a load may stay from the mean before evenness counts, as a share.
    used
        Codes the village has ever used; new codes follow the highest of these and of ``old``.

    Raises
    ------
    EmptyVillage, InvalidBoundary, BadWeight, OutsideRegion, BadBarrier, BadOption, CodesExhausted
    GeoError
        There are no old grids, or a code is there twice.
    """
    options = options or DivideOptions()
    if target_households <= 0 or keep_band < 0 or move_penalty < 0 or not 0 <= tolerance < 1:
        raise BadOption("target_households is above 0, keep_band and move_penalty are not negative, tolerance in [0, 1)")
    table, codes, before = _old_grids(old)
    inputs = read_inputs(village, buildings, barriers, place_groups=place_groups, parcels=parcels, loads=loads)
    target = target_households if inputs.has_weights else None
    rules = Rules(target, keep_band, move_penalty, SPLIT_ABOVE, MERGE_BELOW, tolerance)
    made = _made(before, inputs, rules, options)
    named = _names(codes, made.origin, [*used, *codes])
    crs = next((layer.crs for layer in (old, buildings, barriers) if layer is not None), None)
    digest = _digest(table, inputs, (target_households, keep_band, move_penalty, tolerance), options)
    division = _division(made, named, inputs, crs, digest)
    return Redivision(division, tuple(_changes(codes, before, named, made, inputs)))


def _old_grids(old: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, list[str], Shapes]:
    """The old grids in order of their codes, their codes and their polygons."""
    table = old.assign(code=old["code"].astype(str)).sort_values("code", kind="stable").reset_index(drop=True)
    codes = table["code"].tolist()
    if not codes or len(set(codes)) < len(codes):
        raise GeoError("old grids are needed, each with a code of its own")
    before = np.asarray(table.geometry.values, dtype=object)
    if not (shapely.is_valid(before) & (shapely.area(before) > 0)).all():
        raise InvalidBoundary("an old grid is no valid polygon; divide the village from scratch")
    return table, codes, before


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """Polygons, the old grid each goes on from (-1 for new ones), and pairs of old grids merged into others."""

    grids: Shapes
    origin: Ints
    remarks: tuple[Remark, ...]


def _made(before: Shapes, inputs: Inputs, rules: Rules, options: DivideOptions) -> _Made:
    """The old grids as they are while their loads are fine, else as little of them moved as possible."""
    loads = sums_by_grid(before, inputs, inputs.workload) if inputs.has_weights else shapely.area(before)
    is_whole = _fills(before, inputs)
    further = np.column_stack([np.zeros((len(before), 0)), *loads_of_grids(before, inputs)])
    if rules.are_fine(loads, further) and (is_whole or len(before) == 1):
        return _Made(before if is_whole else np.array([inputs.village], dtype=object), np.arange(len(before)), ())
    return _moved(before, inputs, rules, options)


def _fills(grids: Shapes, inputs: Inputs) -> bool:
    """Whether the grids are still a tiling of the village that cuts no house."""
    off_m2 = shapely.symmetric_difference(shapely.union_all(grids), inputs.village).area
    return off_m2 <= AREA_SLACK_M2 * len(grids) and not len(cut_buildings(grids, inputs.buildings))


def _moved(before: Shapes, inputs: Inputs, rules: Rules, options: DivideOptions) -> _Made:
    """Grids anew from the old ones: their borders are lines of the arrangement, their ground the first labels."""
    held = _with_old_borders(inputs, before)
    arrangement = arrange(held, len(before), options)
    graph = build_graph(arrangement, held, len(before), options)
    home = _home(graph, nearest_first(before, arrangement.inner), shapely.area(arrangement.faces))
    labels = improve(graph, home, rules, options)
    present, dense = np.unique(labels, return_inverse=True)
    grids, is_exact = grid_outlines(
        held, arrangement.faces, dense[graph.node_of_face], graph.segments, corner_reach_m=options.corner_reach_m
    )
    origin = np.where(present < len(before), present, -1)
    remarks = () if is_exact else (Remark("BorderRounded", "grids are off the village border by up to 1 mm"),)
    return _Made(_old_bytes(grids, origin, before, inputs.buildings), origin, remarks)


def _with_old_borders(inputs: Inputs, before: Shapes) -> Inputs:
    border = shapely.intersection(inner_border(before, inputs.village), inputs.village)
    lines = shapely.normalize(shapely.get_parts(shapely.line_merge(border)))
    lines = lines[shapely.get_dimensions(lines) == 1]
    lines = lines[np.argsort(shapely.to_wkb(lines))]
    strengths = np.r_[inputs.strengths, np.full(len(lines), _OLD_BORDER)]
    return replace(inputs, barriers=np.array([*inputs.barriers, *lines], dtype=object), strengths=strengths)


def _home(graph: Graph, label_of_face: Ints, areas: Floats) -> Ints:
    """The old grid most of each node lies in."""
    count = int(label_of_face.max()) + 1
    share = np.zeros((len(graph), count))
    np.add.at(share, (graph.node_of_face, label_of_face), areas)
    return np.argmax(np.round(share, 3), axis=1).astype(np.int64)


def _old_bytes(grids: Shapes, origin: Ints, before: Shapes, buildings: Shapes) -> Shapes:
    """Grids that are where they were as they were, if they still fit the others."""
    kept = grids.copy()
    for number, old in enumerate(origin.tolist()):
        if old >= 0 and shapely.symmetric_difference(grids[number], before[old]).area <= LATTICE_M * before[old].length:
            kept[number] = before[old]
    return kept if shapely.coverage_is_valid(kept) and not len(cut_buildings(kept, buildings)) else grids


def _names(codes: list[str], origin: Ints, used: list[str]) -> list[str]:
    fresh = iter(next_codes(codes[0][:12], int((origin < 0).sum()), used))
    return [codes[number] if number >= 0 else next(fresh) for number in origin.tolist()]


def _division(made: _Made, named: list[str], inputs: Inputs, crs: object, digest: str) -> Division:
    order = sequence_order(made.grids)
    grids = made.grids[order]
    columns = {
        "code_sequence": np.arange(1, len(grids) + 1),
        "code": [named[number] for number in order],
        "households": sums_by_grid(grids, inputs, inputs.households),
        "workload": sums_by_grid(grids, inputs, inputs.workload),
        "has_exclave": shapely.get_num_geometries(grids) > 1,
    }
    of_grids = loads_of_grids(grids, inputs)
    columns |= {f"load_{name}": load for name, load in zip(inputs.load_names, of_grids, strict=True)}
    mode: Literal["households", "area"] = "households" if inputs.has_weights else "area"
    metrics = measure(grids, inputs)
    report = Report(metrics, (*made.remarks, *_remarks(metrics, inputs), *further_remarks(inputs, grids)), mode, len(grids))
    return Division(gpd.GeoDataFrame(columns, geometry=grids, crs=crs), report, digest)


def _remarks(metrics: Metrics, inputs: Inputs) -> Iterator[Remark]:
    in_parts = sum(parts > 1 for parts in metrics.parts)
    if in_parts:
        yield Remark("AttachedExclave", f"{in_parts} grids hold an exclave too light for its own grid")
    if inputs.crossing:
        yield Remark("BuildingAcrossBorder", f"{inputs.crossing} buildings cross the village border")
    if metrics.max_mean > EVEN:
        text = f"the heaviest grid carries {metrics.max_mean:.2f} times the mean; old grids stay while that is bearable"
        yield Remark("Uneven", text)


def _changes(codes: list[str], before: Shapes, named: list[str], made: _Made, inputs: Inputs) -> list[Change]:
    """What became of every code; households by where a point of their house lies."""
    was, now = (
        nearest_first(shapes, inputs.points) if len(inputs.points) else np.zeros(0, int) for shapes in (before, made.grids)
    )
    households = np.zeros((len(codes), len(named)))
    np.add.at(households, (was, now), inputs.households)
    area = shapely.area(shapely.intersection(before[:, None], made.grids[None, :]))
    kept = {old: number for number, old in enumerate(made.origin.tolist()) if old >= 0}
    changes = []
    for old, code in enumerate(codes):
        heirs = [number for number in np.argsort(-np.round(area[old], 3), kind="stable").tolist() if area[old, number] > 1.0]
        if old not in kept:
            changes.append(Change(code, "retired", float(households[old].sum()), tuple(named[heir] for heir in heirs)))
            continue
        here = kept[old]
        left = float(households[old].sum() - households[old, here])
        came = [other for other in range(len(codes)) if other not in kept and area[other, here] > 1.0]
        split = [number for number in heirs if made.origin[number] < 0]
        same = area[old, here] >= max(before[old].area, made.grids[here].area) - 1.0
        kind: ChangeKind = "split" if split else "merged" if came else "kept" if same else "moved"
        changes.append(Change(code, kind, left))
    changes += [Change(named[number], "new", float(households[:, number].sum())) for number in np.flatnonzero(made.origin < 0)]
    return sorted(changes, key=lambda change: change.code)


def _digest(table: gpd.GeoDataFrame, inputs: Inputs, dials: tuple[float, ...], options: DivideOptions) -> str:
    """SHA-256 of everything the result follows from."""
    digest = hashlib.sha256(repr((dials, astuple(options), shapely.__version__, shapely.geos_version_string)).encode())
    digest.update("|".join([*table["code"], *inputs.load_names]).encode())
    layers = (table.geometry.values, [inputs.village], inputs.buildings, inputs.barriers, inputs.groups, inputs.parcels)
    for shapes in layers:
        for wkb in shapely.to_wkb(np.array(shapes, dtype=object)):
            digest.update(wkb)
        digest.update(b"|")
    for column in (inputs.households, inputs.workload, inputs.strengths, inputs.loads):
        digest.update(column.tobytes() + b"|")
    return digest.hexdigest()
