"""Labels that would rather stay: nodes change grids only where evenness is worth more than the households that move."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.division.graph import Graph
from geo.division.options import DivideOptions
from geo.division.partition import divide_part
from geo.division.refine import Index, Number, Partition, refine
from geo.division.starts import components, make_contiguous

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: What empty ground that changes hands counts, against households.
_GROUND = 0.2
#: How evenly a grid that is split is divided.
_SPLIT_TOLERANCE = 0.05
_COLUMNS = {field.name for field in fields(Graph)}
_OF_NODES = sorted({"weight", "loads", "area", "xy", "block"} & _COLUMNS)
_OF_EDGES = sorted({"cost", "plain_cost"} & _COLUMNS)


@dataclass(frozen=True, slots=True)
class Rules:
    """When grids move, split and merge. ``target`` is None where area is balanced: nothing is split or merged then."""

    target: float | None
    keep_band: float
    move_penalty: float
    split_above: float
    merge_below: float
    #: Once something must move, loads are evened until they are this near the mean, as a share.
    tolerance: float

    def are_fine(self, loads: Floats, further: Floats) -> bool:
        """Whether no load is a reason to move anything; ``further`` are further loads of the grids, (n, m)."""
        every = np.column_stack([loads, further])
        means = every.mean(axis=0)
        even = bool((np.abs(every - means) <= self.keep_band * means + 1e-9).all())
        return even and not self.too_heavy(loads).any() and not self.too_light(loads).any()

    def too_heavy(self, loads: Floats) -> NDArray[np.bool_]:
        """Grids that must be split if they stay so."""
        return np.zeros(len(loads), dtype=np.bool_) if self.target is None else loads > self.split_above * self.target

    def too_light(self, loads: Floats) -> NDArray[np.bool_]:
        """Grids that must be merged if they stay so; the only grid of a village is not."""
        if self.target is None or len(loads) < 2:
            return np.zeros(len(loads), dtype=np.bool_)
        return loads < self.merge_below * self.target


class _Held(Partition):
    """A partition whose nodes have a home; leaving it costs border."""

    def __init__(self, graph: Graph, nodes: Ints, label: Ints, k: int, *, move_penalty: float, **dials: float) -> None:
        super().__init__(graph, nodes, label, k, **dials)
        self.home = label.copy()
        share = graph.weight / self.mean + _GROUND * graph.area * k / graph.area[nodes].sum()
        self.stay: Ints = np.rint(move_penalty * self.scale * share).astype(np.int64)

    def penalty(self, load: Number) -> Number:
        """Imbalance of one grid, or of each of many; within the tolerance it is even enough."""
        beyond = abs(load / self.mean - 1.0) - self.tolerance
        return 6.0 * beyond * beyond * (beyond > 0.0)

    def drawn(self, node: Index, here: Index, to: Index) -> Any:
        """Dearer away from home and cheaper towards it."""
        home = self.home[node]
        return self.stay[node] * (1 * (here != home) - 1 * (to != home))


def improve(graph: Graph, home: Ints, rules: Rules, options: DivideOptions) -> Ints:
    """Labels of nodes after moving, splitting and merging; numbers of ``home`` live on, new grids get higher ones."""
    labels = home.copy()
    count = int(home.max()) + 1
    if rules.target is not None:  # people left: fewer grids first, then their loads
        labels = _merge(graph, labels, rules, down_to=round(float(graph.weight.sum()) / rules.target))
    for part in components(graph):
        _settle(graph, np.asarray(part, dtype=np.int64), labels, rules, options)
    labels = _split(graph, labels, count, rules, options)
    return _merge(graph, labels, rules)


def _settle(graph: Graph, part: Ints, labels: Ints, rules: Rules, options: DivideOptions) -> None:
    """Make the labels of one connected part contiguous, then move nodes if loads are a reason to; in place."""
    whole = subgraph(graph, part)
    present, local = np.unique(labels[part], return_inverse=True)
    local = local.astype(np.int64)
    nodes = np.arange(len(part))
    make_contiguous(whole, nodes, local)
    further = [np.bincount(local, column) for column in whole.loads.T]
    further_loads = np.column_stack([np.zeros((len(present), 0)), *further])
    if len(present) > 1 and not rules.are_fine(_loads(whole, local), further_loads):
        dials = {"tolerance": rules.tolerance, "compactness": options.compactness, "loads_tolerance": options.loads_tolerance}
        partition = _Held(whole, nodes, local, len(present), move_penalty=rules.move_penalty, **dials)
        refine(partition)
        local = np.array(partition.label, dtype=np.int64)
    labels[part] = present[local]


def _split(graph: Graph, labels: Ints, fresh: int, rules: Rules, options: DivideOptions) -> Ints:
    """Grids that stayed too heavy in two or more; the heaviest part keeps the number."""
    labels = labels.copy()
    loads = _loads(graph, labels)
    for label in np.flatnonzero(rules.too_heavy(loads)):
        nodes = _main_piece(graph, np.flatnonzero(labels == label))
        pieces = max(2, round(float(loads[label]) / (rules.target or 1.0)))
        part = divide_part(subgraph(graph, nodes), np.arange(len(nodes)), pieces, _SPLIT_TOLERANCE, options)
        order = np.argsort(-np.bincount(part, graph.weight[nodes]), kind="stable")
        for piece in order[1:]:
            labels[nodes[part == piece]] = fresh
            fresh += 1
    return labels


def _merge(graph: Graph, labels: Ints, rules: Rules, down_to: int = 1) -> Ints:
    """Grids that are too light join the neighbour with the dearest common border that is not too heavy then."""
    labels = labels.copy()
    stuck: set[int] = set()
    while True:
        present = np.unique(labels)
        loads = _loads(graph, labels)
        light = [n for n in present[rules.too_light(loads[present])].tolist() if n not in stuck]
        if not light or len(present) <= down_to:
            return labels
        label = min(light, key=lambda n: (loads[n], n))
        apart = labels[graph.a] != labels[graph.b]
        a, b, cost = labels[graph.a][apart], labels[graph.b][apart], graph.cost[apart]
        shared = np.bincount(np.r_[b[a == label], a[b == label]], np.r_[cost[a == label], cost[b == label]], minlength=1)
        fits = [n for n in np.flatnonzero(shared).tolist() if not rules.too_heavy(loads[[n]] + loads[label])[0]]
        if not fits:
            stuck.add(label)
            continue
        other = min(fits, key=lambda n: (-shared[n], n))
        stays, goes = sorted((label, other), key=lambda n: (-loads[n], n))
        labels[labels == goes] = stays


def _loads(graph: Graph, labels: Ints) -> Floats:
    return np.bincount(labels, graph.weight).astype(np.float64)


def subgraph(graph: Graph, nodes: Ints) -> Graph:
    """The graph of some nodes alone, numbered from 0 in their order."""
    number = np.full(len(graph), -1, dtype=np.int64)
    number[nodes] = np.arange(len(nodes))
    inside = (number[graph.a] >= 0) & (number[graph.b] >= 0)
    part = {name: getattr(graph, name)[nodes] for name in _OF_NODES}
    part |= {name: getattr(graph, name)[inside] for name in _OF_EDGES}
    return replace(graph, **part | {"a": number[graph.a[inside]], "b": number[graph.b[inside]]})


def _main_piece(graph: Graph, nodes: Ints) -> Ints:
    """The heaviest connected piece of some nodes."""
    alone = subgraph(graph, nodes)
    pieces = [np.asarray(piece, dtype=np.int64) for piece in components(alone)]
    best = max(range(len(pieces)), key=lambda n: (float(alone.weight[pieces[n]].sum()), -n))
    return np.asarray(nodes[pieces[best]], dtype=np.int64)
