"""Nodes into grids: exclaves first, then the best of several refined candidates for every connected part."""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray

from geo.division.graph import Graph
from geo.division.metis import metis_starts
from geo.division.options import DivideOptions
from geo.division.refine import Partition, refine
from geo.division.starts import components, make_contiguous, starts

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: An exclave lighter than this share of a grid joins a grid elsewhere.
_OWN_GRID_SHARE = 0.5


def divide_graph(graph: Graph, k: int, tolerance: float, options: DivideOptions) -> tuple[Ints, Bools]:
    """Grid of every node, and which nodes belong to an exclave attached to a grid elsewhere.

    At most ``k`` grids, numbered from 0 without a hole; every grid connected apart from attached exclaves.
    """
    parts = components(graph)
    labels = np.full(len(graph), -1, dtype=np.int64)
    first = 0
    for part, quota in zip(parts, _quotas(graph, parts, k), strict=True):
        if quota:
            labels[part] = first + divide_part(graph, part, quota, tolerance, options)
            first += int(labels[part].max()) - first + 1
    attached = labels < 0
    _attach(graph, parts, labels)
    return labels, attached


def divide_part(graph: Graph, nodes: Ints, k: int, tolerance: float, options: DivideOptions) -> Ints:
    """Labels 0..k-1 of the nodes of one connected part."""
    k = min(k, max(1, int((graph.weight[nodes] > 0).sum())))
    if k == 1:
        return np.zeros(len(nodes), dtype=np.int64)
    candidates: dict[bytes, Ints] = {}
    for start in chain(metis_starts(graph, nodes, k, options.metis_starts), starts(graph, nodes, k)):
        label = np.full(len(graph), -1, dtype=np.int64)
        label[nodes] = start
        make_contiguous(graph, nodes, label)
        candidates.setdefault(label.tobytes(), label)
    dials = {"tolerance": tolerance, "compactness": options.compactness, "loads_tolerance": options.loads_tolerance}
    rough = [Partition(graph, nodes, label, k, **dials) for label in candidates.values()]
    rough = sorted(rough, key=_rank)[: options.candidates]
    for partition in rough:
        refine(partition)
    best = min(rough, key=_rank)
    return np.unique(np.array(best.label)[nodes], return_inverse=True)[1].astype(np.int64)


def _rank(partition: Partition) -> float:
    """Lower is better: price of borders, imbalance, and how far grids are from round."""
    price = partition.cut() / (partition.k * partition.scale)
    crooked = sum(partition.crooked) / partition.k
    return round(price + partition.imbalance() * 12.0 + partition.compactness * crooked, 9)


def _quotas(graph: Graph, parts: list[Ints], k: int) -> list[int]:
    """Grids for every connected part by largest remainder; none for parts too light for one of their own."""
    loads = np.array([graph.weight[part].sum() for part in parts])
    own = loads >= _OWN_GRID_SHARE * loads.sum() / k
    own[np.argsort(-loads, kind="stable")[k:]] = False
    own[int(np.argmax(loads))] = True
    exact = np.where(own, loads / loads[own].sum() * k, 0.0) if loads[own].sum() else own * 1.0
    quota = np.where(own, np.maximum(1, np.floor(exact)), 0).astype(np.int64)
    while quota.sum() < k:
        quota[int(np.argmax(np.where(own, np.round(exact - quota, 9), -np.inf)))] += 1
    while quota.sum() > k:
        quota[int(np.argmin(np.where(quota > 1, np.round(exact - quota, 9), np.inf)))] -= 1
    return [int(q) for q in quota]


def _attach(graph: Graph, parts: list[Ints], labels: Ints) -> None:
    """Give every part without a grid the label of the nearest node that has one."""
    placed = np.flatnonzero(labels >= 0)
    for part in parts:
        if labels[part[0]] < 0:
            offsets = graph.xy[part][:, None, :] - graph.xy[placed][None, :, :]
            nearest = np.argmin(np.round((offsets**2).sum(axis=2).min(axis=0), 3))
            labels[part] = labels[placed[nearest]]
