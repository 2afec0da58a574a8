"""A database with a made-up city in it: Django ready, tables migrated, grids published, people with phones."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

ROOT = Path(__file__).resolve().parents[1]
TOWN = "360829102000"
SINCE = datetime(2025, 1, 1, tzinfo=UTC)


def ready() -> None:
    """Django set up and the database of DATABASE_URL migrated."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
    os.environ.setdefault("PATROL_SECRET_KEY", "for-benchmarks-only-" + secrets.token_hex(24))
    os.environ.setdefault("PATROL_DEMO", "1")
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, check=True, env=os.environ)
    subprocess.run([sys.executable, "manage.py", "load_units"], cwd=ROOT, check=True, env=os.environ, stdout=subprocess.DEVNULL)
    django.setup()


def publish(polygons: Any) -> list[int]:
    """One published plan whose grids are these polygons (degrees); the keys of its grids."""
    import shapely
    from django.contrib.gis.geos import GEOSGeometry
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    from backend.places.models import Grid, GridPlan
    from backend.units.models import AdminUnit

    village = AdminUnit.objects.current().filter(code__startswith=TOWN[:9], level="village").earliest("code")
    plan = GridPlan.objects.create(unit=village, state=GridPlan.State.PUBLISHED, published_at=SINCE, made_at=SINCE)
    rows = [
        Grid(
            code=f"{TOWN[:9]}{number:06d}",
            plan=plan,
            village=village,
            name=f"第{number}网格",
            polygon=GEOSGeometry(memoryview(shapely.multipolygons([polygon]).wkb), srid=4326),
            area_m2=1.0,
            valid=DateTimeTZRange(SINCE, None),
        )
        for number, polygon in enumerate(polygons, start=1)
    ]
    return [row.pk for row in Grid.objects.bulk_create(rows, batch_size=2000)]


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
