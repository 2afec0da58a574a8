"""A month of obligations for a county: 3,000 grids, 80 items each, by two processes, a township at a time.

`BENCH_GRIDS=300` is a short form. Peer: the same rows made one task and one item at a time, as a view would write them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks import county
from benchmarks.division_county import _unit
from benchmarks.rounds import Bench

GRIDS, A_TOWNSHIP, A_VILLAGE, ITEMS, PEOPLE = int(os.environ.get("BENCH_GRIDS", "3000")), 150, 15, 80, 600
COUNTY = "369901000000"
MONTH = date(2026, 5, 1), date(2026, 6, 1)
AT = datetime(2026, 5, 1, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
SINCE = datetime(2025, 1, 1, tzinfo=UTC)
WITHIN_S = 60.0
#: As a township's list is: most things monthly or less, some weekly, a few on every working day, one danger rule.
PLAN: tuple[tuple[int, list[dict[str, Any]]], ...] = (
    (2, [{"per": "work_day"}]),
    (18, [{"per": "week"}]),
    (20, [{"per": "month", "times": 2}]),
    (30, [{"per": "month"}]),
    (9, [{"per": "quarter"}]),
    (1, [{"per": "week"}, {"per": "day", "times": 4, "alert": {"hazard": "storm", "from": "orange"}}]),
)


def build() -> list[str]:
    """Townships with grids, a person each, and the county's items admitted; the codes of the townships."""
    from django.contrib.gis.geos import MultiPolygon, Polygon
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

    from backend.accounts.models import User
    from backend.patrols.models import AlertLevel, ChecklistItem, ItemAdmission
    from backend.places.models import Grid, GridDuty, GridPlan

    people = User.objects.bulk_create(User(number=f"b{number}", name=f"基准{number}") for number in range(PEOPLE))
    top, codes = _unit(COUNTY, "county", None, metric_srid=4547), []
    square = MultiPolygon(Polygon.from_bbox((114.5, 27.5, 114.51, 27.51)), srid=4326)
    for first in range(0, GRIDS, A_TOWNSHIP):
        town = _unit(f"{COUNTY[:6]}{100 + first // A_TOWNSHIP}000", "township", top)
        codes.append(town.code)
        for begin in range(first, min(first + A_TOWNSHIP, GRIDS), A_VILLAGE):
            village = _unit(f"{town.code[:9]}{200 + (begin - first) // A_VILLAGE}", "village", town)
            plan = GridPlan.objects.create(unit=village, state="published", published_at=SINCE, made_at=SINCE)
            grids = Grid.objects.bulk_create(
                Grid(
                    code=f"{village.code}{number:03d}",
                    plan=plan,
                    village=village,
                    name=f"第{number}网格",
                    polygon=square,
                    area_m2=1.0,
                    valid=DateTimeTZRange(SINCE, None),
                )
                for number in range(1, min(A_VILLAGE, GRIDS - begin) + 1)
            )
            GridDuty.objects.bulk_create(
                GridDuty(grid=grid, user=people[(begin + number) % PEOPLE], role="worker", valid=DateTimeTZRange(SINCE, None))
                for number, grid in enumerate(grids)
            )
    number = 0
    for count, rules in PLAN:
        for _ in range(count):
            item = ChecklistItem.objects.create(
                county=top, code=f"B-{number:02d}", line=f"条线{number % 20}", text="看一看", object_kind="grid",
                frequency=rules, valid=(date(2020, 1, 1), None),
            )  # fmt: skip
            ItemAdmission.objects.create(item=item, unit=top, ground="基准", valid=(date(2020, 1, 1), None), approved_at=SINCE)
            number += 1
    AlertLevel.objects.create(
        unit=top,
        hazard="storm",
        level="red",
        ground="基准",
        raised_at=AT,
        valid=(AT + timedelta(days=9), AT + timedelta(days=10)),
    )
    return codes


def generate(codes: list[str]) -> int:
    """What one process makes; run as a process of its own."""
    import django

    django.setup()
    from backend.patrols.generate import generate_obligations
    from backend.units.models import AdminUnit

    return sum(generate_obligations(AdminUnit.objects.get(code=code), MONTH, at=AT).obligations for code in codes)


def in_two(codes: list[str]) -> int:
    words = [sys.executable, "-m", "benchmarks.obligations"]
    halves = [
        subprocess.Popen([*words, *half], cwd=county.ROOT, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for half in (codes[::2], codes[1::2])
    ]
    return sum(int(half.communicate()[0]) for half in halves)


def one_at_a_time(code: str) -> int:
    """The same for one township, a row at a time."""
    from django.db import transaction

    from backend.patrols.due_windows import due_windows
    from backend.patrols.models import Obligation, Task
    from backend.places.models import Grid, GridDuty
    from backend.units.models import AdminUnit

    due, _ = due_windows(AdminUnit.objects.get(code=code), *MONTH)
    made = 0
    with transaction.atomic():
        for grid in Grid.objects.filter(code__startswith=code[:9])[:5]:
            for one in due:
                person = GridDuty.objects.filter(grid=grid, role="worker", valid__contains=one.window.begin).first()
                task, _ = Task.objects.get_or_create(
                    object_key=grid.code, window=(one.window.begin, one.window.end), source="rule",
                    defaults={"grid": grid, "person": person.user if person else None, "title": "一圈", "ground": "按清单",
                              "assigned_at": AT, "moved_at": AT},
                )  # fmt: skip
                Obligation.objects.get_or_create(
                    task=task, item_id=one.item, defaults={"admission_id": one.admission, "position": one.position}
                )
                made += 1
        transaction.set_rollback(True)
    return made


def main() -> int:
    county.ready()
    from django.db import connection

    bench = Bench("obligations", "obligations/s")
    codes = build()
    began = time.perf_counter()
    peer = one_at_a_time(codes[0])
    bench.keep("one row at a time", [peer / (time.perf_counter() - began)])
    for state in ("made", "asked again"):
        connection.close()
        began = time.perf_counter()
        made = in_two(codes)
        took = time.perf_counter() - began
        if state == "made":
            bench.keep("as sets, two processes", [made / took])
            bench.limit(f"seconds for {GRIDS} grids x {ITEMS} items x a month", took, at_most=WITHIN_S * GRIDS / 3000)
            bench.note(f"{made:,} obligations, the start of two Pythons included")
        else:
            bench.limit("made when asked again", made, at_most=0)
            bench.note(f"asked again: {took:.1f} s")
    bench.goal("x one row at a time", bench.ratio("as sets, two processes", "one row at a time"), at_least=10)
    return bench.report()


if __name__ == "__main__":
    if sys.argv[1:]:
        print(generate(sys.argv[1:]))
    else:
        sys.exit(main())
