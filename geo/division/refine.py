"""Improve a division by moving single nodes across borders: cheaper borders, evener loads, never a grid in two pieces."""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from geo.division.graph import Graph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
#: Area, its first moments in x and y, its second moment.
Moment = tuple[float, float, float, float]
#: One value or a column of them.
Number = TypeVar("Number", float, Floats)
Index = int | Ints

_PASSES = 8
#: A pass may go this many moves without a new best before it is rolled back to its best.
_PATIENCE = 25
_TURN = 2.0 * math.pi
#: How hard imbalance pulls, first loosely, then firmly.
_FIRMNESS = (12.0, 100.0)


class Partition:
    """Labels of the nodes of one connected part of a graph, with loads and shapes kept up to date."""

    def __init__(
        self,
        graph: Graph,
        nodes: Ints,
        label: Ints,
        k: int,
        *,
        tolerance: float,
        compactness: float = 0.0,
        loads_tolerance: float = 0.1,
    ) -> None:
        self.graph, self.nodes, self.k = graph, nodes, k
        self.tolerance, self.compactness = tolerance, compactness
        self.label: list[int] = label.tolist()
        self.weight: list[float] = graph.weight.tolist()
        self.mean = max(float(graph.weight[nodes].sum()) / k, 1e-9)
        #: Width of a mean grid in centimetres: what turns imbalance and crookedness into a length of border.
        self.scale = 100.0 * float(np.sqrt(graph.area[nodes].sum() / k))
        self.moments = moments = _moments(graph, nodes)
        self.moment: list[Moment] = list(map(tuple, moments.tolist()))
        here = label[nodes]
        self.load: list[float] = np.bincount(here, graph.weight[nodes], minlength=k).tolist()
        self.size: list[int] = np.bincount(here, minlength=k).tolist()
        self.paid = [self.penalty(load) for load in self.load]
        sums = [np.bincount(here, column, minlength=k) for column in moments[nodes].T]
        self.shape: list[Moment] = list(map(tuple, np.column_stack(sums).tolist()))
        self.crooked = [crookedness(shape) for shape in self.shape]
        self.further = [_Further(column, nodes, here, k, loads_tolerance) for column in graph.loads.T]
        inside = (label[graph.a] >= 0) & (label[graph.b] >= 0)
        a, b, cost = graph.a[inside], graph.b[inside], graph.cost[inside]
        self.sides = np.r_[a, b], np.r_[b, a], np.r_[cost, cost]  # each border seen from both of its nodes

    def penalty(self, load: Number) -> Number:
        """Imbalance of one grid, or of each of many."""
        return _penalty(load / self.mean - 1.0, self.tolerance)

    def imbalance(self) -> float:
        """Imbalance of all grids."""
        return sum(self.paid) + sum(load.imbalance() for load in self.further)

    def cut(self) -> int:
        """Cost of all borders in centimetres."""
        label, graph = np.array(self.label), self.graph
        inside = (label[graph.a] >= 0) & (label[graph.b] >= 0)
        return int(graph.cost[inside & (label[graph.a] != label[graph.b])].sum())

    def every_option(self, firmness: float) -> list[tuple[int, int, int]]:
        """What `options` says of all nodes at once: minus the gain, the node, the label."""
        label = np.array(self.label)
        one, other, cost = self.sides
        keys, back = np.unique(one * self.k + label[other], return_inverse=True)
        shared = np.bincount(back, cost, minlength=len(keys)).astype(np.int64)
        node, to = np.divmod(keys, self.k)
        stays = to == label[node]
        kept = np.zeros(len(label), dtype=np.int64)
        kept[node[stays]] = shared[stays]
        node, to, shared = node[~stays], to[~stays], shared[~stays]
        here, moment, shape = label[node], self.moments[node], np.array(self.shape)
        load, paid, crooked = np.array(self.load), np.array(self.paid), np.array(self.crooked)
        moved = self.graph.weight[node]
        evener = paid[here] - self.penalty(load[here] - moved) + paid[to] - self.penalty(load[to] + moved)
        for further in self.further:
            evener += further.gain(node, here, to)
        rounder = crooked[here] - crookedness(shape[here].T, moment.T, -1.0) + crooked[to]
        better = firmness * evener + self.compactness * (rounder - crookedness(shape[to].T, moment.T))
        gain = shared - kept[node] + np.rint(self.scale * better).astype(np.int64) + self.drawn(node, here, to)
        return list(zip((-gain).tolist(), node.tolist(), to.tolist(), strict=True))

    def options(self, node: int, firmness: float) -> list[tuple[int, int]]:
        """Labels the node could move to, with the gain in centimetres of border."""
        label, here = self.label, self.label[node]
        shared: dict[int, int] = {}
        for other, cost in self.graph.neighbours[node]:
            to = label[other]
            shared[to] = shared.get(to, 0) + cost
        kept = shared.pop(here, 0)
        if not shared:
            return []
        moved, moment = self.weight[node], self.moment[node]
        evened = self.paid[here] - self.penalty(self.load[here] - moved)
        rounder = self.crooked[here] - crookedness(self.shape[here], moment, -1.0)
        gains = []
        for to, cost in shared.items():
            evener = evened + self.paid[to] - self.penalty(self.load[to] + moved)
            for load in self.further:
                evener += load.gain(node, here, to)
            better = firmness * evener
            better += self.compactness * (rounder + self.crooked[to] - crookedness(self.shape[to], moment))
            gains.append((to, cost - kept + round(self.scale * better) + int(self.drawn(node, here, to))))
        return gains

    def drawn(self, node: Index, here: Index, to: Index) -> Any:
        """What else draws a node from one label to another, in centimetres of border: here nothing."""
        del node, here, to
        return 0

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
        self.paid[here], self.paid[to] = self.penalty(self.load[here]), self.penalty(self.load[to])
        self.size[here] -= 1
        self.size[to] += 1
        for load in self.further:
            load.move(node, here, to)
        self.shape[here] = _minus(self.shape[here], self.moment[node])
        self.shape[to] = _plus(self.shape[to], self.moment[node])
        self.crooked[here], self.crooked[to] = crookedness(self.shape[here]), crookedness(self.shape[to])


class _Further:
    """One further load, to be even as well, if less strictly."""

    def __init__(self, load: Floats, nodes: Ints, label: Ints, k: int, tolerance: float) -> None:
        mean = max(float(load[nodes].sum()) / k, 1e-9)
        self.tolerance = tolerance
        self.of_node: Floats = load / mean
        self.of_grid: Floats = np.bincount(label, load[nodes] / mean, minlength=k).astype(np.float64)

    def imbalance(self) -> float:
        return float(_penalty(self.of_grid - 1.0, self.tolerance).sum())

    def gain(self, node: Index, here: Index, to: Index) -> Any:
        moved, one, other = self.of_node[node], self.of_grid[here] - 1.0, self.of_grid[to] - 1.0
        before = _penalty(one, self.tolerance) + _penalty(other, self.tolerance)
        return before - _penalty(one - moved, self.tolerance) - _penalty(other + moved, self.tolerance)

    def move(self, node: int, here: int, to: int) -> None:
        self.of_grid[here] -= self.of_node[node]
        self.of_grid[to] += self.of_node[node]


def _penalty(off: Number, tolerance: float) -> Number:
    """Price of a load, or of each of many, that is off the mean by a share of it."""
    beyond = abs(off) - tolerance
    return 0.15 * off * off + 6.0 * beyond * beyond * (beyond > 0.0)


def crookedness(shape: Any, moved: Any = (0.0, 0.0, 0.0, 0.0), sign: float = 1.0) -> Any:
    """How far a shape's moment of inertia is above that of a disc of its area, and the square of it: 0 for discs.

    The square makes one grid that wraps around another dearer than several that are a little long. ``moved`` is added to
    the shape first, or with ``sign`` -1 taken away. Works for one `Moment` and for the four columns of many.
    """
    area = shape[0] + sign * moved[0]
    is_there = area > 1e-9
    area = area * is_there + (1 - is_there)
    x, y = shape[1] + sign * moved[1], shape[2] + sign * moved[2]
    excess = (shape[3] + sign * moved[3] - (x * x + y * y) / area) * _TURN / (area * area) - 1.0
    return (excess + excess * excess) * (excess > 0.0) * is_there


def _moments(graph: Graph, nodes: Ints) -> NDArray[np.float64]:
    """Area and its first and second moments of every node, around the middle of ``nodes``; each node taken for a disc."""
    area = graph.area
    x, y = (graph.xy - graph.xy[nodes].mean(axis=0)).T
    return np.column_stack([area, area * x, area * y, area * (x * x + y * y) + area * area / (2.0 * np.pi)])


def _plus(one: Moment, other: Moment) -> Moment:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2], one[3] + other[3]


def _minus(one: Moment, other: Moment) -> Moment:
    return one[0] - other[0], one[1] - other[1], one[2] - other[2], one[3] - other[3]


def refine(partition: Partition) -> None:
    """Move nodes until neither firmness finds a better division; bounded, deterministic, in place."""
    for firmness in _FIRMNESS:
        for _ in range(_PASSES):
            if _one_pass(partition, firmness) <= 0:
                break


def _one_pass(partition: Partition, firmness: float) -> int:
    """Best gain of a chain of moves, each node moved once at most; what came after the best is taken back."""
    heap = partition.every_option(firmness)
    heapq.heapify(heap)
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
