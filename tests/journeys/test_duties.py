"""Journey 2 whole: admitted items become due on one phone, through a stand-in, a new division and a week without a network."""

from __future__ import annotations

import pytest

from backend.demo.duties import walk_duties
from backend.demo.journeys import grid_with_place
from backend.demo.world import World
from tests.journeys.system import System

pytestmark = pytest.mark.xdist_group("system")
MAKE_DUE = """
from datetime import timedelta
from django.utils import timezone
from backend.patrols.generate import generate_obligations
from backend.units.models import AdminUnit
at = timezone.now()
day = timezone.localtime(at).date()
generate_obligations(AdminUnit.objects.current().get(code="360829102000"), (day, day + timedelta(days=14)), at=at)
"""


def test_duties_follow_stand_ins_and_divisions_and_nothing_unsent_is_lost(system: System, world: World) -> None:
    grid = grid_with_place(world, 2)
    held = list(walk_duties(world, grid, make_due=lambda: system.manage("shell", "-c", MAKE_DUE)))
    assert len(held) == 7
