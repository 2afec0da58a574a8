"""The roads and lanes of one grid as a network somebody can walk on. Metres around the middle of the grid."""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import shape

WALKED = ("main_road", "village_road", "lane", "street", "path", "footpath")
INSIDE_M = 25.0  # so far from the border one turns around: the neighbour's ground is the neighbour's
DEGREE_M = 111_320.0
OVERSHOOT_M = 2.5  # lanes drawn just short of the road they join are joined
AGAIN = 6.0  # a piece walked already is so much less inviting

Points = NDArray[np.float64]
Node = tuple[float, float]


class Streets:
    """Ways inside an outline. Where there are none, one walks around inside the border."""

    def __init__(self, outline: dict[str, Any], lines: Iterable[dict[str, Any]]) -> None:
        ground = shape(outline)
        self.lon0, self.lat0 = ground.centroid.x, ground.centroid.y
        inner = self._inner(shapely.transform(ground, lambda at: self.metres(at)))
        ways = [shape(one["geometry"]) for one in lines if one["properties"].get("kind") in WALKED]
        planar = [shapely.transform(way, lambda at: _overshoot(self.metres(at))) for way in ways]
        noded = shapely.unary_union([way.intersection(inner) for way in planar if way.intersects(inner)])
        pieces = [part for part in shapely.get_parts(noded) if part.geom_type == "LineString" and part.length > OVERSHOOT_M]
        self.joined: dict[Node, list[tuple[Node, Points]]] = {}
        for piece in pieces or [inner.exterior]:
            self._join(shapely.get_coordinates(piece))
        self._keep_largest()
        self.nodes = sorted(self.joined)

    @staticmethod
    def _inner(ground: Any) -> Any:
        inner = ground.buffer(-INSIDE_M)
        inner = inner if not inner.is_empty else ground
        return max(shapely.get_parts(inner), key=lambda part: part.area)

    def metres(self, lonlat: Any) -> Points:
        at = np.asarray(lonlat, dtype=np.float64)
        scale = (DEGREE_M * math.cos(math.radians(self.lat0)), DEGREE_M)
        planar: Points = (at - np.array((self.lon0, self.lat0))) * scale
        return planar

    def degrees(self, metres: Any) -> Points:
        scale = (DEGREE_M * math.cos(math.radians(self.lat0)), DEGREE_M)
        at: Points = np.asarray(metres, dtype=np.float64) / scale + (self.lon0, self.lat0)
        return at

    def wander(
        self, rng: random.Random, *, length_m: float, by: Sequence[tuple[float, float]] = ()
    ) -> tuple[Points, list[int]]:
        """A walk of about a length past some places (metres), preferring ways not yet walked; and at which vertex each place is."""
        at = rng.choice(self.nodes)
        line, stops, walked = [np.array([at])], [], dict[tuple[Node, Node], int]()
        legs = len(by) + 1
        far = 0.0
        for i in range(legs):
            while far < length_m * (i + 1) / legs:
                there, way = self._next(at, rng, walked)
                far += _length(way)
                line.append(way[1:])
                at = there
            if i < len(by):
                there, way = self._to(at, by[i])
                line += [way[1:], np.array([by[i]])]
                stops.append(sum(map(len, line)) - 1)
                line.append(np.array([there]))
                far += _length(way) + 2 * math.dist(there, by[i])
                at = there
        return np.concatenate(line), stops

    def _join(self, way: Points) -> None:
        a, b = _node(way[0]), _node(way[-1])
        self.joined.setdefault(a, []).append((b, way))
        self.joined.setdefault(b, []).append((a, way[::-1]))

    def _keep_largest(self) -> None:
        left, best = set(self.joined), set[Node]()
        while left:
            found, waiting = set[Node](), [min(left)]
            while waiting:
                at = waiting.pop()
                if at not in found:
                    found.add(at)
                    waiting += [there for there, _ in self.joined[at]]
            left -= found
            best = max(best, found, key=len)
        self.joined = {at: ways for at, ways in self.joined.items() if at in best}

    def _next(self, at: Node, rng: random.Random, walked: dict[tuple[Node, Node], int]) -> tuple[Node, Points]:
        ways = self.joined[at]
        chosen = rng.choices(ways, [AGAIN ** -walked.get(_pair(at, there), 0) for there, _ in ways])[0]
        walked[_pair(at, chosen[0])] = walked.get(_pair(at, chosen[0]), 0) + 1
        return chosen

    def _to(self, start: Node, place: tuple[float, float]) -> tuple[Node, Points]:
        """The shortest way to the node nearest to a place."""
        goal = min(self.nodes, key=lambda node: math.dist(node, place))
        known: dict[Node, tuple[float, Points]] = {}
        waiting: list[tuple[float, Node, int]] = [(0.0, start, 0)]
        lines, count = {0: np.array([start])}, 1
        while waiting:
            far, at, key = heapq.heappop(waiting)
            if at in known:
                continue
            known[at] = (far, lines[key])
            if at == goal:
                break
            for there, way in self.joined[at]:
                if there not in known:
                    lines[count] = np.concatenate([lines[key], way[1:]])
                    heapq.heappush(waiting, (far + _length(way), there, count))
                    count += 1
        return goal, known[goal][1]


def _overshoot(way: Points) -> Points:
    """A little longer at both ends."""
    for i, j in ((0, 1), (-1, -2)):
        step = way[i] - way[j]
        way[i] += step / max(float(np.hypot(*step)), 0.1) * OVERSHOOT_M * 0.9
    return way


def _node(at: Points) -> Node:
    return round(float(at[0]), 1), round(float(at[1]), 1)


def _pair(a: Node, b: Node) -> tuple[Node, Node]:
    return (a, b) if a < b else (b, a)


def _length(way: Points) -> float:
    return float(np.hypot(*np.diff(way, axis=0).T).sum()) if len(way) > 1 else 0.0
