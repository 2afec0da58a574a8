"""One real system for all journeys of a run."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from backend.demo.world import World
from tests.journeys.system import System


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System(os.environ["DATABASE_URL"], tmp_path_factory.mktemp("system"), name="journeys")
    try:
        system.prepare()
        system.start()
        yield system
    finally:
        system.stop()


@pytest.fixture(scope="session")
def world(system: System) -> World:
    return World.at(system.url, system.sign_ins)
