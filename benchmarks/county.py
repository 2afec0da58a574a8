"""A database with a made-up city in it: Django ready, tables migrated, grids published, people with phones."""

from __future__ import annotations

import atexit
import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg

ROOT = Path(__file__).resolve().parents[1]
TOWN = "360829102000"
SINCE = datetime(2025, 1, 1, tzinfo=UTC)


def ready() -> None:
    """Django set up, and a database of this benchmark's own, beside the one of DATABASE_URL, migrated."""
    os.environ["DATABASE_URL"] = _own_database(os.environ["DATABASE_URL"])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    os.environ.setdefault("PATROL_SECRET_KEY", "for-benchmarks-only-" + secrets.token_hex(24))
    os.environ.setdefault("PATROL_DEMO", "1")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True, env=os.environ)
    subprocess.run([sys.executable, "manage.py", "load_units"], cwd=ROOT, check=True, env=os.environ, stdout=subprocess.DEVNULL)
    django.setup()


def _own_database(url: str) -> str:
    parts, name = urlsplit(url), f"bench_{os.getpid()}"
    server = urlunsplit(parts._replace(path="/postgres"))

    def say(statement: str) -> None:
        with psycopg.connect(server, autocommit=True) as link:
            link.execute(statement)

    say(f"create database {name} template template_postgis")
    atexit.register(say, f"drop database if exists {name} with (force)")
    return urlunsplit(parts._replace(path=f"/{name}"))


def publish(polygons: Any, *, villages: int = 1) -> list[int]:
    """Published plans whose grids are these polygons (degrees), neighbours in the same village; the keys of the grids."""
    import shapely
    from django.contrib.gis.geos import GEOSGeometry
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    from backend.places.models import Grid, GridPlan
    from backend.units.models import AdminUnit

    units = list(AdminUnit.objects.current().filter(level="village").order_by("code")[:villages])
    plans = GridPlan.objects.bulk_create(
        [GridPlan(unit=unit, state=GridPlan.State.PUBLISHED, published_at=SINCE, made_at=SINCE) for unit in units]
    )
    rows = [
        Grid(
            code=f"{TOWN[:6]}{number:09d}",
            plan=plans[village],
            village=units[village],
            name=f"第{number}网格",
            polygon=GEOSGeometry(memoryview(shapely.multipolygons([polygon]).wkb), srid=4326),
            area_m2=1.0,
            valid=DateTimeTZRange(SINCE, None),
        )
        for number, (polygon, village) in enumerate(zip(polygons, _blocks(polygons, len(units)), strict=True), start=1)
    ]
    return [row.pk for row in Grid.objects.bulk_create(rows, batch_size=2000)]


def _blocks(polygons: Any, count: int) -> list[int]:
    """A number from 0 below ``count`` for each polygon: strips from south to north, cut from west to east."""
    import numpy as np
    import shapely

    centres = shapely.get_coordinates(shapely.centroid(np.asarray(polygons, dtype=object)))
    across = max(1, int(np.sqrt(count)))
    strip = np.argsort(np.argsort(centres[:, 1], kind="stable")) * across // len(centres)
    order = np.lexsort((centres[:, 0], strip))
    block = np.empty(len(centres), dtype=np.int64)
    block[order] = np.arange(len(centres)) * count // len(centres)
    return block.tolist()


def desk(role: str = "county_admin") -> str:
    """The Cookie header of somebody of the county who is signed in."""
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.utils import timezone

    from backend.accounts.actions import hire
    from backend.units.models import AdminUnit

    unit = AdminUnit.objects.current().get(code=f"{TOWN[:6]}000000")
    post, _ = hire("BENCH", "试用", role=role, unit=unit, password=secrets.token_urlsafe(16), at=timezone.now())
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(post.user.pk), settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = post.user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def people(count: int) -> list[tuple[Any, Any, str]]:
    """Workers with a grid each, consent and an enrolled phone: (user, device, token)."""
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    from backend.accounts.actions import NOTICE_VERSION, digest
    from backend.accounts.models import Consent, Device, User
    from backend.places.models import Grid, GridDuty

    grids = list(Grid.objects.order_by("code")[:count])
    users = User.objects.bulk_create([User(number=f"B{i:05d}", name=f"试{i}") for i in range(count)])
    tokens = [secrets.token_urlsafe(24) for _ in users]
    devices = Device.objects.bulk_create(
        [Device(user=user, token_hash=digest(token), enrolled_at=SINCE) for user, token in zip(users, tokens, strict=True)]
    )
    given = [Consent(user=user, notice_version=NOTICE_VERSION, decision=Consent.Decision.GIVEN, at=SINCE) for user in users]
    Consent.objects.bulk_create(given)
    duties = [
        GridDuty(grid=grid, user=user, role="worker", valid=DateTimeTZRange(SINCE, None))
        for grid, user in zip(grids, users, strict=False)
    ]
    GridDuty.objects.bulk_create(duties)
    return list(zip(users, devices, tokens, strict=True))
