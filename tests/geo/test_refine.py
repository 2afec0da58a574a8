"""What moving a node would gain is the same, asked of one node or of all at once."""

from __future__ import annotations

import numpy as np
import pytest

from geo.division import DivideOptions
from geo.division.arrangement import arrange
from geo.division.graph import Graph, build_graph
from geo.division.inertia import _Held
from geo.division.inputs import read_inputs
from geo.division.refine import Partition
from tests.geo.villages import rural_village

K = 5


@pytest.fixture(scope="module")
def graph() -> Graph:
    village = rural_village(3, 300)
    households = village.buildings["households"].to_numpy(float)
    buildings = village.buildings.assign(elderly=np.arange(len(households)) % 3)
    inputs = read_inputs(village.boundary, buildings, village.barriers, loads=["elderly"])
    return build_graph(arrange(inputs, K, DivideOptions()), inputs, K, DivideOptions())


@pytest.mark.parametrize("is_held", [False, True], ids=["free", "held"])
def test_all_options_at_once_are_those_of_each_node(graph: Graph, is_held: bool) -> None:
    nodes = np.arange(len(graph))
    label = (np.argsort(np.argsort(graph.xy[:, 0], kind="stable"), kind="stable") * K // len(graph)).astype(np.int64)
    if is_held:
        partition: Partition = _Held(graph, nodes, label, K, tolerance=0.03, compactness=1.5, move_penalty=0.5)
    else:
        partition = Partition(graph, nodes, label, K, tolerance=0.03, compactness=1.5)
    for node in nodes[:20].tolist():  # some have left home
        for to, _ in partition.options(node, 12.0)[:1]:
            partition.move(node, to)
    each = [(-gain, node, to) for node in nodes.tolist() for to, gain in partition.options(node, 12.0)]
    assert len(each) > 20
    assert sorted(partition.every_option(12.0)) == sorted(each)
