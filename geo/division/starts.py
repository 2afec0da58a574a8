"""First divisions of a connected graph: recursive straight cuts in several directions, made contiguous."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.division.graph import Graph

Ints = NDArray[np.int64]

_DIRECTIONS = 6


def starts(graph: Graph, nodes: Ints, k: int) -> Iterator[Ints]:
    """Labels 0..k-1 of ``nodes``, one array for each direction; every second one keeps blocks of barriers whole if it can."""
    centres = _block_centres(graph, nodes)
    for step in range(_DIRECTIONS):
        for rank in (graph.xy[nodes], centres):
            labels = np.zeros(len(nodes), dtype=np.int64)
            _bisect(graph, nodes, np.arange(len(nodes)), rank, labels, k, np.pi * step / _DIRECTIONS)
            yield labels


def make_contiguous(graph: Graph, nodes: Ints, label: Ints) -> None:
    """Keep the heaviest piece of every label, give each stray to the label it shares the dearest border with; in place.

    ``nodes`` are connected and in ascending order.
    """
    while True:
        piece = pieces(graph, label)
        here = piece[nodes]
        found, first = np.unique(here, return_index=True)
        place = np.searchsorted(found, here)
        load = np.round(np.bincount(place, graph.weight[nodes]), 6)
        area = np.round(np.bincount(place, graph.area[nodes]), 3)
        owner = label[nodes[first]]
        order = np.lexsort((first, -area, -load, owner))
        is_stray = np.ones(len(found), dtype=np.bool_)
        is_stray[order[np.unique(owner[order], return_index=True)[1]]] = False
        strays = np.flatnonzero(is_stray)
        if not len(strays):
            return
        for stray in strays[np.lexsort((first[strays], load[strays]))].tolist():
            members = nodes[place == stray]
            _join_dearest(graph, members, label)


def _join_dearest(graph: Graph, members: Ints, label: Ints) -> None:
    shared: dict[int, int] = {}
    own = int(label[members[0]])
    for node in members.tolist():
        for other, cost in graph.neighbours[node]:
            to = int(label[other])
            if to != own:
                shared[to] = shared.get(to, 0) + cost
    if shared:
        label[members] = min(shared, key=lambda to: (-shared[to], to))


def pieces(graph: Graph, label: Ints) -> Ints:
    """For every node the number of the connected piece of its label, in order of the pieces' first nodes."""
    same = label[graph.a] == label[graph.b]
    ones = np.ones(int(same.sum()), dtype=np.int8)
    links = coo_array((ones, (graph.a[same], graph.b[same])), shape=(len(graph), len(graph)))
    found = connected_components(links, directed=False)[1]
    _, first, inverse = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.int64)


def components(graph: Graph) -> list[Ints]:
    """Connected parts of the whole graph, in order of their first node."""
    part = pieces(graph, np.zeros(len(graph), dtype=np.int64))
    return [np.flatnonzero(part == number) for number in range(int(part.max()) + 1)]


def _bisect(
    graph: Graph, nodes: Ints, part: Ints, rank: NDArray[np.float64], labels: Ints, k: int, turn: float, first: int = 0
) -> None:
    if k == 1 or len(part) < 2:
        labels[part] = first
        return
    weight = graph.weight[nodes[part]]
    area = graph.area[nodes[part]]
    # A little weight for empty ground, so that it is spread as well.
    weight = weight / max(weight.sum(), 1e-12) + 0.02 * area / area.sum()
    axis = _axis(graph.xy[nodes[part]], weight, turn)
    order = np.lexsort([part, np.round(graph.xy[nodes[part]] @ axis, 3), np.round(rank[part] @ axis, 3)])
    share = (k // 2) / k
    reached = np.cumsum(weight[order]) / weight.sum()
    cut = int(np.clip(np.argmin(np.round(np.abs(reached - share), 9)) + 1, 1, len(part) - 1))
    _bisect(graph, nodes, np.sort(part[order[:cut]]), rank, labels, k // 2, turn, first)
    _bisect(graph, nodes, np.sort(part[order[cut:]]), rank, labels, k - k // 2, turn, first + k // 2)


def _axis(xy: NDArray[np.float64], weight: NDArray[np.float64], turn: float) -> NDArray[np.float64]:
    """Direction of the longest extent of weighted points, turned by an angle."""
    offset = xy - np.average(xy, axis=0, weights=weight)
    sxx, syy = np.average(offset**2, axis=0, weights=weight)
    sxy = np.average(offset[:, 0] * offset[:, 1], weights=weight)
    angle = 0.5 * np.arctan2(2.0 * sxy, sxx - syy) + turn
    return np.array([np.cos(angle), np.sin(angle)])


def _block_centres(graph: Graph, nodes: Ints) -> NDArray[np.float64]:
    block, area = graph.block[nodes], graph.area[nodes]
    total = np.maximum(np.bincount(block, area), 1e-12)
    sums = [np.bincount(block, area * graph.xy[nodes, axis]) / total for axis in (0, 1)]
    return np.column_stack(sums)[block]
