"""Natural villages in an arrangement: which ground is whose, and what must stay together if groups are kept whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.division.arrangement import Arrangement, nearest_first
from geo.division.inputs import Inputs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: A group heavier than this many mean grids cannot be kept whole.
TOO_HEAVY = 1.10


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Group of every face and of every house (-1 for none), the load of every group, and which are to be kept whole."""

    of_face: Ints
    of_house: Ints
    load: Floats
    whole: NDArray[np.bool_]


def find_groups(arrangement: Arrangement, inputs: Inputs, face_of_house: Ints, mean: float, *, whole: bool) -> Groups:
    """Ground and houses of the natural villages; those with a load of at most a grid are whole if ``whole`` is asked for."""
    count = len(inputs.groups)
    of_face = _nearest_group(inputs, arrangement.inner)
    of_house = group_of_houses(inputs)
    if count and shapely.get_dimensions(inputs.groups[0]) == 0:
        # Ground goes with the houses on it, as its cell edges run between them.
        order = np.lexsort((np.arange(len(of_house)), -inputs.workload, face_of_house))
        face, first = np.unique(face_of_house[order], return_index=True)
        of_face[face] = of_house[order][first]
    load = np.bincount(of_house[of_house >= 0], inputs.workload[of_house >= 0], minlength=count).astype(np.float64)
    fits = (load > 0) & (load <= TOO_HEAVY * mean) if whole else np.zeros(count, dtype=np.bool_)
    return Groups(of_face, of_house, load, fits)


def together(groups: Groups, left: Ints, right: Ints) -> Ints:
    """Pairs of neighbouring faces that a whole group keeps together, of all pairs of neighbours."""
    here, there = groups.of_face[left], groups.of_face[right]
    same = (here == there) & (here >= 0)
    same[same] = groups.whole[here[same]]
    return np.column_stack([left[same], right[same]])


def group_of_nodes(groups: Groups, node_of_face: Ints, areas: Floats, house_node: Ints, workload: Floats) -> Ints:
    """Group of every node: that of most of its load, of its ground where it has no load; -1 for none."""
    count, width = int(node_of_face.max()) + 1, len(groups.load) + 1
    key = np.r_[house_node, node_of_face] * width + np.r_[groups.of_house, groups.of_face] + 1
    total = np.round(np.bincount(key, np.r_[workload * 1e9, areas], minlength=count * width).reshape(count, width), 3)
    return total.argmax(axis=1).astype(np.int64) - 1


def group_of_houses(inputs: Inputs) -> Ints:
    """Natural village of every building, -1 for none."""
    return _nearest_group(inputs, inputs.points)


def _nearest_group(inputs: Inputs, points: NDArray[np.object_]) -> Ints:
    if not len(inputs.groups) or not len(points):
        return np.full(len(points), -1, dtype=np.int64)
    if shapely.get_dimensions(inputs.groups[0]) == 0:
        return nearest_first(inputs.groups, points)
    group, point = shapely.STRtree(points).query(inputs.groups, predicate="intersects")
    found = np.full(len(points), len(inputs.groups), dtype=np.int64)
    np.minimum.at(found, point, group)
    return np.where(found < len(inputs.groups), found, -1)
