"""`office_phone`: the phone of a governance centre, which every printed card of a grid names for complaints."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.accounts.models import Office
from backend.units.models import AdminUnit

CENTRE = {"name": "综治中心", "kind": "centre", "control": Office.Control.LOCAL}


class Command(BaseCommand):
    help = "Set the public phone of the governance centre of a township, or of the county for townships without one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("unit", help="12-digit code of the county or township")
        parser.add_argument("phone", help="as it is to be printed, such as '0796-7611234（24 小时）'; '' takes it away")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = AdminUnit.objects.current().filter(code=options["unit"]).first()
        if unit is None:
            raise CommandError(f"没有编码为 {options['unit']} 的单位，先运行 load_units / no such unit; run load_units first")
        if len(options["phone"]) > 40:
            raise CommandError("电话最多 40 个字 / at most 40 characters")
        office = Office.objects.filter(unit=unit, kind="centre").order_by("pk").first()
        office = office or Office.objects.create(unit=unit, code="GC", **CENTRE)
        office.phone = options["phone"].strip()
        office.save(update_fields=["phone"])
        self.stdout.write(f"{unit.name} {office.name} {office.phone}")
