"""What every test may ask for. Media go to a folder of their own; nothing outside the test database is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from backend.accounts.models import User
from backend.places.rules import forget_rules
from tests.backend.builders import Village, make_operator, make_village, make_worker
from tests.backend.phone_client import Phone


@pytest.fixture(autouse=True)
def media_root(tmp_path: Path, settings: object) -> Path:
    """Uploads of this test, and of no other."""
    settings.MEDIA_ROOT = str(tmp_path / "media")  # type: ignore[attr-defined]
    if not Path(settings.STATIC_ROOT).is_dir():  # type: ignore[attr-defined]
        settings.STATIC_ROOT = str(tmp_path)  # type: ignore[attr-defined]
    return tmp_path / "media"


@pytest.fixture(autouse=True)
def no_rules_kept() -> None:
    """Limits of the county are read anew in every test."""
    forget_rules()


@pytest.fixture
def village(db: None) -> Village:
    """洲湖村 with two grids side by side, its plan published long ago."""
    return make_village()


@pytest.fixture
def worker(village: Village) -> User:
    """The person of the first grid; tracks consented to."""
    return make_worker(village.grids[0])


@pytest.fixture
def phone(worker: User) -> Phone:
    """The worker's enrolled phone."""
    return Phone(worker)


@pytest.fixture
def stranger_phone(db: None) -> Phone:
    """The phone of a worker of another county."""
    other = make_village(code="360830100201", name="别村", grids=1)
    return Phone(make_worker(other.grids[0], name="莫远"))


@pytest.fixture
def desk(village: Village, client: Client) -> Client:
    """A signed-in browser of an operator of the township's centre."""
    client.force_login(make_operator(), backend="django.contrib.auth.backends.ModelBackend")
    return client
