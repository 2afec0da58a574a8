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
    return make_checkout(folder / "安福县 it's here")


def make_checkout(root: Path) -> Checkout:
    """A new checkout; packages unpacked for a user without root are shared with ours, or each test would fetch them."""
    made = Checkout(root)
    made.local.mkdir(parents=True)
    if Checkout.here().packages.exists():
        made.packages.symlink_to(Checkout.here().packages)
    return made


@pytest.fixture
def cluster(checkout: Checkout) -> Iterator[Cluster]:
    made = Cluster(checkout)
    yield made
    made.destroy()


@pytest.fixture
def quick_cluster(checkout: Checkout) -> Iterator[Cluster]:
    """The same without durability, where that is not the point."""
    made = Cluster(checkout, throw_away=True)
    yield made
    made.destroy()


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "PATROL_TLS_CERT", "PATROL_TLS_KEY", "PATROL_BEHIND_PROXY", "PATROL_URL", "PATROL_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("PATROL_MEDIA_ROOT", raising=False)
