from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.launch.checkout import Checkout
from backend.launch.cluster import Cluster


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the database's user can walk to, which pytest's own are not when root runs the tests."""
    made = Path(tempfile.mkdtemp(prefix="xunge-launch-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def checkout(folder: Path) -> Checkout:
    root = folder / "安福县 it's here"
    root.mkdir()
    return Checkout(root)


@pytest.fixture
def cluster(checkout: Checkout) -> Iterator[Cluster]:
    made = Cluster(checkout)
    yield made
    made.destroy()


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "PATROL_TLS_CERT", "PATROL_TLS_KEY", "PATROL_BEHIND_PROXY", "PATROL_URL", "PATROL_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("PATROL_MEDIA_ROOT", raising=False)
