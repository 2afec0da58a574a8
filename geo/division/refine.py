"""Improve a division by moving single nodes across borders: cheaper borders, evener loads, never a grid in two pieces."""

from __future__ import annotations

import heapq
from collections import deque

import numpy as np
from numpy.typing import NDArray

from geo.division.graph import Graph

Ints = NDArray[np.int64]

_PASSES = 8
#: A pass may go this many moves without a new best before it is rolled back to its best.
_PATIENCE = 40
#: How hard imbalance pulls, first loosely, then firmly.
_FIRMNESS = (12.0, 100.0)


class Partition:
    """Labels of the nodes of one connected part of a graph, with loads kept up to date."""

    def __init__(self, graph: Graph, nodes: Ints, label: list[int], k: int, tolerance: float) -> None:
        self.graph, self.nodes, self.label, self.k, self.tolerance = graph, nodes.tolist(), label, k, tolerance
        self.weight: list[float] = graph.weight.tolist()
        self.mean = max(float(graph.weight[nodes].sum()) / k, 1e-9)
        #: Width of a mean grid in centimetres: what turns imbalance into a length of border.
        self.scale = 100.0 * float(np.sqrt(graph.area[nodes].sum() / k))
        self.load = [0.0] * k
        self.size = [0] * k
        for node in self.nodes:
            self.load[label[node]] += self.weight[node]
            self.size[label[node]] += 1

    def penalty(self, load: float) -> float:
        """Imbalance of one grid."""
        off = load / self.mean - 1.0
        return 6.0 * max(0.0, abs(off) - self.tolerance) ** 2 + 0.15 * off * off

    def imbalance(self) -> float:
        """Imbalance of all grids."""
        return sum(self.penalty(load) for load in self.load)

    def cut(self) -> int:
        """Cost of all borders in centimetres."""
        label = self.label
        return sum(c for v in self.nodes for u, c in self.graph.neighbours[v] if u > v and label[u] != label[v])

    def options(self, node: int, firmness: float) -> list[tuple[int, int]]:
        """Labels the node could move to, with the gain in centimetres of border."""
        here = self.label[node]
        shared: dict[int, int] = {}
        for other, cost in self.graph.neighbours[node]:
            shared[self.label[other]] = shared.get(self.label[other], 0) + cost
        moved = self.weight[node]
        lost = self.penalty(self.load[here]) - self.penalty(self.load[here] - moved)
        gains = []
        for to, cost in shared.items():
            if to != here:
                evened = lost + self.penalty(self.load[to]) - self.penalty(self.load[to] + moved)
                gains.append((to, cost - shared.get(here, 0) + round(firmness * self.scale * evened)))
        return gains

    def may_leave(self, node: int) -> bool:
        """Whether what the node leaves behind is still one piece."""
        label, neighbours = self.label, self.graph.neighbours
        here = label[node]
        around = {other for other, _ in neighbours[node] if label[other] == here}
        if self.size[here] < 2 or not around:
            return False
        first = min(around)
        seen, queue = {node, first}, deque([first])
        around.discard(first)
        while queue and around:
            for other, _ in neighbours[queue.popleft()]:
                if other not in seen and label[other] == here:
                    seen.add(other)
                    around.discard(other)
                    queue.append(other)
        return not around

    def move(self, node: int, to: int) -> None:
        """Give a node to another label."""
        here = self.label[node]
        self.label[node] = to
        self.load[here] -= self.weight[node]
        self.load[to] += self.weight[node]
        self.size[here] -= 1
        self.size[to] += 1


def refine(partition: Partition) -> None:
    """Move nodes until neither firmness finds a better division; bounded, deterministic, in place."""
    for firmness in _FIRMNESS:
        for _ in range(_PASSES):
            if _one_pass(partition, firmness) <= 0:
                break


def _one_pass(partition: Partition, firmness: float) -> int:
    """Best gain of a chain of moves, each node moved once at most; what came after the best is taken back."""
    heap: list[tuple[int, int, int]] = []
    for node in partition.nodes:
        _push(heap, partition, node, firmness)
    locked: set[int] = set()
    moves: list[tuple[int, int]] = []
    total = best = kept = 0
    while heap and len(moves) - kept < _PATIENCE:
        negative, node, to = heapq.heappop(heap)
        if node in locked:
            continue
        gain = dict(partition.options(node, firmness)).get(to)
        if gain is None:
            continue
        if gain < -negative:  # loads have changed since it was pushed
            heapq.heappush(heap, (-gain, node, to))
            continue
        if not partition.may_leave(node):
            continue
        moves.append((node, partition.label[node]))
        partition.move(node, to)
        locked.add(node)
        total += gain
        if total > best:
            best, kept = total, len(moves)
        for other, _ in partition.graph.neighbours[node]:
            if other not in locked:
                _push(heap, partition, other, firmness)
    for node, back in reversed(moves[kept:]):
        partition.move(node, back)
    return best


def _push(heap: list[tuple[int, int, int]], partition: Partition, node: int, firmness: float) -> None:
    for to, gain in partition.options(node, firmness):
        heapq.heappush(heap, (-gain, node, to))
