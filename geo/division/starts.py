"""First divisions of a connected graph: recursive straight cuts in several directions, made contiguous."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from geo.division.graph import Graph

Ints = NDArray[np.int64]

_DIRECTIONS = 12


def starts(graph: Graph, nodes: Ints, k: int) -> Iterator[Ints]:
    """Labels 0..k-1 of ``nodes``, one array for each direction; every second one keeps blocks of barriers whole if it can."""
    centres = _block_centres(graph, nodes)
    for step in range(_DIRECTIONS):
        for rank in (graph.xy[nodes], centres):
            labels = np.zeros(len(nodes), dtype=np.int64)
            _bisect(graph, nodes, np.arange(len(nodes)), rank, labels, k, 2.0 * np.pi * step / _DIRECTIONS)
            yield labels


def make_contiguous(graph: Graph, nodes: Iterable[int], label: list[int]) -> None:
    """Keep the heaviest piece of every label, give each stray to the label it shares the dearest border with; in place."""
    members = sorted(nodes)
    while True:
        pieces = list(_pieces(graph, members, label))
        heaviest: dict[int, tuple[float, float, int]] = {}
        for index, piece in enumerate(pieces):
            rank = (float(graph.weight[piece].sum()), float(graph.area[piece].sum()), -index)
            heaviest[label[piece[0]]] = max(rank, heaviest.get(label[piece[0]], rank))
        strays = [piece for index, piece in enumerate(pieces) if heaviest[label[piece[0]]][2] != -index]
        if not strays:
            return
        piece = min(strays, key=lambda stray: (float(graph.weight[stray].sum()), stray[0]))
        shared: dict[int, int] = {}
        for node in piece:
            for other, cost in graph.neighbours[node]:
                if label[other] != label[node]:
                    shared[label[other]] = shared.get(label[other], 0) + cost
        winner = min(shared, key=lambda to: (-shared[to], to))
        for node in piece:
            label[node] = winner


def components(graph: Graph) -> list[list[int]]:
    """Connected parts of the whole graph, in order of their first node."""
    return list(_pieces(graph, range(len(graph)), [0] * len(graph)))


def _pieces(graph: Graph, members: Iterable[int], label: list[int]) -> Iterator[list[int]]:
    seen: set[int] = set()
    for first in members:
        if first in seen:
            continue
        seen.add(first)
        piece, queue = [first], deque([first])
        while queue:
            for other, _ in graph.neighbours[queue.popleft()]:
                if other not in seen and label[other] == label[first]:
                    seen.add(other)
                    piece.append(other)
                    queue.append(other)
        yield sorted(piece)


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
