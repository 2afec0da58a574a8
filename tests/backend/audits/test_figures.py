"""Figures against geometry worked out by hand: a lane of known length, walked in part."""

from __future__ import annotations

import math

import pytest

from tests.backend.audits.ground import computed, lay_lane, metres, store_walk
from tests.backend.builders import Village

pytestmark = pytest.mark.django_db
VIEW, NEAR = 40.0, 60.0


def test_part_of_a_lane_walked_is_a_ribbon_with_two_round_ends_over_the_ground_along_the_lane(village: Village) -> None:
    grid = village.grids[0]
    lay_lane(grid)
    store_walk(grid, along=(0.2, 0.6))
    row = computed(grid)
    assert row is not None
    wide = metres(grid)
    assert row.ground_m2 == pytest.approx(wide * 2 * NEAR, rel=0.002)
    assert row.seen_m2 == pytest.approx(0.4 * wide * 2 * VIEW + math.pi * VIEW**2, rel=0.005)
    assert row.roads_seen_m == pytest.approx(0.4 * wide + 2 * VIEW, abs=2)
    assert row.ground.roads_m == pytest.approx(wide, abs=2)
    assert not row.ground.is_whole
    assert (row.visits, row.duration_s) == (1, 295)
