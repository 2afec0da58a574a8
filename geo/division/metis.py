"""First divisions by METIS: even cuts of a connected graph, each with its own seed and its own idea of the price of a border."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pymetis
from numpy.typing import NDArray

from geo.division.graph import Graph

Ints = NDArray[np.int64]

#: How far the price of a border is its plain length, for every start in turn; the rest is its cost.
_PLAIN_LENGTH = (0.0, 0.25, 0.5, 0.1)
#: METIS may be off the mean by this many thousandths; refinement evens the rest.
_UNEVEN = 30
#: With a load heavier than this many mean grids METIS leaves grids empty, and says so on standard output.
_HEAVIEST = 1.5
#: Loads as whole numbers: parts of a mean grid.
_STEPS = 1000
#: Below this many nodes for each grid METIS may leave a grid empty.
_NODES_PER_GRID = 4


def metis_starts(graph: Graph, nodes: Ints, k: int, count: int) -> Iterator[Ints]:
    """Up to ``count`` labellings 0..k-1 of ``nodes``, which are connected and in ascending order; none for too small graphs."""
    weights = _whole_loads(graph, nodes, k)
    if k < 2 or len(nodes) < _NODES_PER_GRID * k or max(weights) * k > _HEAVIEST * sum(weights):
        return
    place = np.full(len(graph), -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    here = (place[graph.a] >= 0) & (place[graph.b] >= 0)
    a, b = place[graph.a[here]], place[graph.b[here]]
    source, target = np.r_[a, b], np.r_[b, a]
    order = np.lexsort((target, source))
    first = np.searchsorted(source[order], np.arange(len(nodes) + 1))
    adjacency = pymetis.CSRAdjacency(first.tolist(), target[order].tolist())
    for seed in range(count):
        plain = _PLAIN_LENGTH[seed % len(_PLAIN_LENGTH)]
        price = np.rint(plain * graph.plain_cost[here] + (1.0 - plain) * graph.cost[here]).astype(np.int64)
        prices = np.maximum(1, np.r_[price, price][order])
        options = pymetis.Options(seed=seed, ufactor=_UNEVEN, contig=1)
        found = pymetis.part_graph(k, adjacency, vweights=weights, eweights=prices.tolist(), options=options)
        if len(set(found.vertex_part)) == k:
            yield np.array(found.vertex_part, dtype=np.int64)


def _whole_loads(graph: Graph, nodes: Ints, k: int) -> list[int]:
    """Loads in thousandths of a mean grid, at least 1 and at most a grid, so that no grid comes out empty."""
    weight = graph.weight[nodes]
    mean = max(float(weight.sum()) / k, 1e-9)
    loads: list[int] = np.clip(np.rint(_STEPS * weight / mean), 1, _STEPS).astype(np.int64).tolist()
    return loads
