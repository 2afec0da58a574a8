"""The same journeys as `./patrol tour`, walked in the gate."""

from __future__ import annotations

import pytest

from backend.demo.journeys import JOURNEYS, Journey
from backend.demo.world import World

pytestmark = pytest.mark.xdist_group("system")

BUILT = [journey for journey in JOURNEYS if journey.walk]


@pytest.mark.parametrize("journey", BUILT, ids=lambda journey: f"{journey.number}-{journey.name}")
def test_a_journey_holds_from_beginning_to_end(journey: Journey, world: World) -> None:
    assert journey.walk is not None
    assert len(list(journey.walk(world))) >= 3
