"""What a person should know about a division before publishing it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.division.graph import Graph
from geo.division.groups import TOO_HEAVY, group_of_houses
from geo.division.inputs import Inputs, Shapes
from geo.division.metrics import Metrics, grid_of_houses, sums_by_grid
from geo.division.options import DivideOptions
from geo.division.result import Remark

Floats = NDArray[np.float64]

#: Goal for the heaviest load over the mean load.
_EVEN = 1.10
#: Goal for the heaviest further load over its mean.
_FURTHER_EVEN = 1.25
#: With less than this length of barriers for each square root of area there is little to follow.
_BARRIERS_PER_WIDTH = 1.0
#: So many names are told.
_NAMES = 5


def input_remarks(inputs: Inputs, wanted: int, count: int) -> list[Remark]:
    """What follows from the layers: fewer grids than wanted, houses across the border, hardly any barriers."""
    remarks = []
    if count < wanted:
        remarks.append(Remark("KLowered", f"{wanted} grids were wanted, {count} were possible"))
    if inputs.crossing:
        remarks.append(Remark("BuildingAcrossBorder", f"{inputs.crossing} buildings cross the village border"))
    if count > 1 and shapely.length(inputs.barriers).sum() < _BARRIERS_PER_WIDTH * inputs.village.area**0.5:
        remarks.append(Remark("LowBarrierData", "there are hardly any roads or rivers; borders run between houses"))
    return remarks


def indivisible_remarks(graph: Graph, inputs: Inputs, k: int) -> list[Remark]:
    """A load that is too heavy for a grid and cannot be divided."""
    heaviest, mean = float(graph.weight.max()), float(graph.weight.sum()) / k
    if not inputs.has_weights or heaviest <= _EVEN * mean:
        return []
    what = "one building carries" if inputs.workload.max() > _EVEN * mean else "what must stay together carries"
    return [Remark("IndivisibleLoad", f"{what} {heaviest:.0f}, a grid {mean:.0f} on average; it cannot be divided")]


def outcome_remarks(inputs: Inputs, grids: Shapes, metrics: Metrics, options: DivideOptions) -> list[Remark]:
    """What fell short of the goals: uneven loads, natural villages that were to stay whole and were divided."""
    remarks = []
    if metrics.max_mean > _EVEN:
        remarks.append(Remark("Uneven", f"the heaviest grid carries {metrics.max_mean:.2f} times the mean"))
    remarks += further_remarks(inputs, grids)
    if options.groups_whole and len(inputs.groups):
        remarks += _split_groups(inputs, grids)
    return remarks


def further_remarks(inputs: Inputs, grids: Shapes) -> list[Remark]:
    """Further loads that are far from even."""
    remarks = []
    for name, load in zip(inputs.load_names, loads_of_grids(grids, inputs), strict=True):
        if load.max() > _FURTHER_EVEN * load.mean():
            text = f"the heaviest grid carries {load.max() / load.mean():.2f} times the mean of {name}"
            remarks.append(Remark("LoadUneven", text))
    return remarks


def loads_of_grids(grids: Shapes, inputs: Inputs) -> list[Floats]:
    """Sums of every further load for each grid."""
    return [sums_by_grid(grids, inputs, column) for column in inputs.loads.T]


def _split_groups(inputs: Inputs, grids: Shapes) -> list[Remark]:
    group, grid = group_of_houses(inputs), grid_of_houses(grids, inputs)
    pairs = np.unique(np.column_stack([group, grid])[group >= 0], axis=0)
    split = np.flatnonzero(np.bincount(pairs[:, 0], minlength=len(inputs.groups)) > 1)
    if not len(split):
        return []
    load = np.bincount(group[group >= 0], inputs.workload[group >= 0], minlength=len(inputs.groups))
    heavy = int((load[split] > TOO_HEAVY * inputs.workload.sum() / len(grids)).sum())
    names = ", ".join(inputs.group_names[number] or f"no. {number + 1}" for number in split[:_NAMES])
    more = f" and {len(split) - _NAMES} more" if len(split) > _NAMES else ""
    text = f"{len(split)} natural villages are divided: {names}{more}; {heavy} of them carry more than a grid"
    return [Remark("GroupSplit", text)]
