"""The arrangement as a graph: indivisible nodes with loads, and what a border between two of them would cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.division.arrangement import Arrangement, nearest_first
from geo.division.groups import Groups, find_groups, group_of_nodes, together
from geo.division.inputs import Inputs, Shapes
from geo.division.options import DivideOptions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: A segment this close to a barrier lies on it; noding moves lines less than 1 mm.
_ON_BARRIER_M = 0.005
#: Nodes below this area are merged into a neighbour, unless grids are so small that it would be a larger share of one;
#: nodes below the smaller share always.
_SLIVER_M2 = 30.0
_SLIVER_SHARE = (0.002, 0.005)
_HOUSE_SHARE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Edges of all faces, each once: end points in whole millimetres (n, 4), the faces on both sides, -1 for none."""

    ends: Ints
    left: Ints
    right: Ints
    length_m: Floats
    strength: Floats
    is_old: Bools


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes with load, area (m2) and place; edges (``a < b``) with an integer cost in centimetres of open border.

    ``plain_cost`` is what the edge would cost if there were no barriers. ``loads`` are further loads, (n, m).
    """

    node_of_face: Ints
    weight: Floats
    loads: Floats
    area: Floats
    xy: Floats
    block: Ints
    a: Ints
    b: Ints
    cost: Ints
    plain_cost: Ints
    segments: Segments
    groups: Groups

    def __len__(self) -> int:
        return len(self.weight)

    @cached_property
    def neighbours(self) -> list[list[tuple[int, int]]]:
        """For every node its neighbours and the costs towards them, in order."""
        table: list[list[tuple[int, int]]] = [[] for _ in range(len(self))]
        for a, b, cost in zip(self.a.tolist(), self.b.tolist(), self.cost.tolist(), strict=True):
            table[a].append((b, cost))
            table[b].append((a, cost))
        return table


def build_graph(arrangement: Arrangement, inputs: Inputs, k: int, options: DivideOptions) -> Graph:
    """Nodes no border may cut, with their loads (households' work, or area where there is none)."""
    segments = find_segments(arrangement, inputs)
    node_of_face, face_of_house, is_house = _whole_houses(arrangement, inputs)
    areas = shapely.area(arrangement.faces)
    mean = (float(inputs.workload.sum()) if inputs.has_weights else inputs.village.area) / k
    groups = find_groups(arrangement, inputs, face_of_house, mean, whole=options.groups_whole)
    both = segments.right >= 0
    kept = node_of_face[together(groups, segments.left[both], segments.right[both])]
    node_of_face = join(np.arange(len(areas)), kept)[node_of_face]
    node_of_face = _merge_small(node_of_face, areas, is_house, segments, inputs.village.area / k, options)
    count = int(node_of_face.max()) + 1
    area = np.bincount(node_of_face, areas, minlength=count).astype(np.float64)
    house_node = node_of_face[face_of_house]
    group = group_of_nodes(groups, node_of_face, areas, house_node, inputs.workload)
    weight = np.bincount(house_node, inputs.workload, minlength=count).astype(np.float64) if inputs.has_weights else area
    xy = _centres(node_of_face, arrangement, count)
    first_face = np.unique(node_of_face, return_index=True)[1]
    houses_xy = _house_centres(house_node, inputs, count)
    a, b, cost, plain = _edges(segments, node_of_face, houses_xy, group, options)
    loads = [np.bincount(house_node, column, minlength=count) for column in inputs.loads.T]
    return Graph(
        node_of_face=node_of_face,
        weight=weight,
        loads=np.column_stack([np.zeros((count, 0)), *loads]),
        area=area,
        xy=xy,
        block=arrangement.block[first_face],
        a=a,
        b=b,
        cost=cost,
        plain_cost=plain,
        segments=segments,
        groups=groups,
    )


def find_segments(arrangement: Arrangement, inputs: Inputs) -> Segments:
    """Edges of all faces, matched exactly by their end points on the lattice."""
    rings, face = shapely.get_rings(arrangement.faces, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    corner = np.rint(xy * 1000.0).astype(np.int64)
    same = ring[1:] == ring[:-1]
    start, end, owner = corner[:-1][same], corner[1:][same], face[ring[:-1][same]]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    ends = np.where(swap[:, None], np.hstack([end, start]), np.hstack([start, end]))
    order = np.lexsort([owner, ends[:, 3], ends[:, 2], ends[:, 1], ends[:, 0]])
    ends, owner = ends[order], owner[order]
    first = np.flatnonzero(np.r_[True, (ends[1:] != ends[:-1]).any(axis=1)])
    twice = np.diff(np.r_[first, len(ends)]) > 1
    right = np.where(twice, owner[np.minimum(first + 1, len(owner) - 1)], -1)
    unique = ends[first]
    length_m = np.hypot(unique[:, 2] - unique[:, 0], unique[:, 3] - unique[:, 1]) / 1000.0
    middles = shapely.points((unique[:, :2] + unique[:, 2:]) / 2000.0)
    strength = _strongest(middles, inputs.barriers, inputs.strengths)
    is_old = _strongest(middles, inputs.old_borders, np.ones(len(inputs.old_borders))) > 0
    return Segments(unique, owner[first], right, length_m, strength, is_old)


def _strongest(middles: Shapes, lines: Shapes, strengths: Floats) -> Floats:
    """Strength of the strongest line that segments with these middles lie on, 0 for none."""
    strength = np.zeros(len(middles))
    if len(lines):
        segment, line = shapely.STRtree(lines).query(middles, predicate="dwithin", distance=_ON_BARRIER_M)
        np.maximum.at(strength, segment, strengths[line])
    return strength


def _whole_houses(arrangement: Arrangement, inputs: Inputs) -> tuple[Ints, Ints, Bools]:
    """Node of every face, faces of one house or parcel joined; a face of every house; which faces are inside a house."""
    roots = np.arange(len(arrangement.faces))
    face_of_house = np.zeros(0, dtype=np.int64)
    if len(inputs.points):
        face_of_house = nearest_first(arrangement.faces, inputs.points)
    whole, face = shapely.STRtree(arrangement.inner).query(inputs.wholes[arrangement.touched], predicate="intersects")
    whole = arrangement.touched[whole]
    is_house = np.zeros(len(roots), dtype=np.bool_)
    is_house[face[whole < len(inputs.buildings)]] = True
    anchor = np.full(len(inputs.wholes), len(roots), dtype=np.int64)
    np.minimum.at(anchor, whole, face)
    anchor[: len(face_of_house)] = face_of_house
    pairs = np.column_stack([anchor[whole], face])
    return join(roots, pairs), face_of_house, is_house


def join(labels: Ints, pairs: Ints) -> Ints:
    """Labels after joining pairs of positions, numbered from 0 by their first position."""
    root = labels.tolist()

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for a, b in pairs.tolist():
        low, high = sorted((find(a), find(b)))
        root[high] = low
    roots = np.array([find(i) for i in range(len(root))], dtype=np.int64)
    return np.unique(roots, return_inverse=True)[1].astype(np.int64)


def _merge_small(
    node_of_face: Ints, areas: Floats, is_house: Bools, segments: Segments, mean_m2: float, options: DivideOptions
) -> Ints:
    """Houses and slivers that are no ground of their own join the neighbour with the longest common open edge."""
    open_cm = np.rint(100.0 * segments.length_m * (1.0 - options.barrier_saving * segments.strength)).astype(np.int64)
    both = segments.right >= 0
    sliver_m2 = float(np.clip(_SLIVER_M2, _SLIVER_SHARE[0] * mean_m2, _SLIVER_SHARE[1] * mean_m2))
    while True:
        count = int(node_of_face.max()) + 1
        area = np.bincount(node_of_face, areas, minlength=count)
        only_house = np.bincount(node_of_face, ~is_house, minlength=count) == 0
        small = (area < sliver_m2) | (only_house & (area < _HOUSE_SHARE * mean_m2))
        a, b = node_of_face[segments.left[both]], node_of_face[segments.right[both]]
        apart = (a != b) & (small[a] | small[b])
        if not apart.any():
            return node_of_face
        here, there = np.r_[a[apart], b[apart]], np.r_[b[apart], a[apart]]
        shared = np.r_[open_cm[both][apart], open_cm[both][apart]]
        key, inverse = np.unique(here[small[here]] * count + there[small[here]], return_inverse=True)
        total = np.bincount(inverse, shared[small[here]])
        order = np.lexsort((key % count, -total, key // count))
        _, first = np.unique(key[order] // count, return_index=True)
        chosen = key[order][first]
        node_of_face = join(np.arange(count), np.column_stack([chosen // count, chosen % count]))[node_of_face]


def _centres(node_of_face: Ints, arrangement: Arrangement, count: int) -> Floats:
    area = shapely.area(arrangement.faces)
    centre = shapely.get_coordinates(shapely.centroid(arrangement.faces))
    sums = [np.bincount(node_of_face, area * centre[:, axis], minlength=count) for axis in (0, 1)]
    return np.column_stack(sums) / np.bincount(node_of_face, area, minlength=count)[:, None]


def _house_centres(house_node: Ints, inputs: Inputs, count: int) -> Floats:
    """Mean place of the houses of each node, NaN for nodes without."""
    xy = shapely.get_coordinates(inputs.points)
    houses = np.bincount(house_node, minlength=count)
    with np.errstate(invalid="ignore"):
        return np.column_stack([np.bincount(house_node, xy[:, axis], minlength=count) / houses for axis in (0, 1)])


def _edges(
    segments: Segments, node_of_face: Ints, houses_xy: Floats, group: Ints, options: DivideOptions
) -> tuple[Ints, Ints, Ints, Ints]:
    """Pairs of neighbouring nodes, what a border between them costs, and would cost without barriers."""
    both = segments.right >= 0
    a, b = node_of_face[segments.left[both]], node_of_face[segments.right[both]]
    apart = a != b
    low, high = np.minimum(a, b)[apart], np.maximum(a, b)[apart]
    length_m = segments.length_m[both][apart]
    saved = options.barrier_saving * segments.strength[both][apart]
    distance_m = np.hypot(*(houses_xy[low] - houses_xy[high]).T)
    dearer = 1.0 + options.neighbour_cost * np.nan_to_num(np.exp(-distance_m / options.neighbour_reach_m))
    natural = segments.is_old[both][apart] | (group[low] != group[high])
    dearer *= np.where(natural, options.natural_border, 1.0)
    key, inverse = np.unique(low * len(houses_xy) + high, return_inverse=True)

    def centimetres(cost_m: Floats) -> Ints:
        return np.rint(100.0 * np.bincount(inverse, cost_m, minlength=len(key))).astype(np.int64)

    plain, cost = centimetres(length_m * dearer), centimetres(length_m * (1.0 - saved) * dearer)
    return key // len(houses_xy), key % len(houses_xy), cost, plain
