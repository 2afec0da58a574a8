"""Derive everything of one person, of a unit, or of everybody, from the inbox again."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Exists, OuterRef

from backend.accounts.models import User
from backend.phone.models import InboxItem
from backend.phone.rebuild import NotRebuilt, rebuild
from backend.places.models import GridDuty
from backend.units.models import stem

TELL_EVERY_S = 2.0


class Command(BaseCommand):
    help = "Derive tracks, visits, reports and answers from the inbox again, person by person, while the system runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--person", metavar="NUMBER", nargs="+", help="phone or staff numbers; without it, everybody")
        parser.add_argument("--unit", metavar="CODE", help="everybody who ever had a duty in this county, township or village")

    def handle(self, *args: Any, **options: Any) -> None:
        people = User.objects.filter(Exists(InboxItem.objects.filter(person=OuterRef("pk")))).order_by("pk")
        if options["person"]:
            people = User.objects.filter(number__in=options["person"]).order_by("pk")
            if unknown := set(options["person"]) - set(people.values_list("number", flat=True)):
                raise CommandError(f"Nobody has the number {', '.join(sorted(unknown))}.")
        if options["unit"]:
            duties = GridDuty.objects.filter(grid__code__startswith=stem(options["unit"]))
            people = people.filter(Exists(duties.filter(user=OuterRef("pk"))))
        total, items, failed, told = people.count(), 0, [], time.monotonic()
        for done, person in enumerate(people, start=1):
            try:
                items += rebuild(person)
            except NotRebuilt as error:  # this one is as before; the others go on
                failed.append(f"{person.number} (inbox row {error})")
            if time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                self.stderr.write(f"{done} of {total} people, {items} items")
        if failed:
            raise CommandError(f"{items} items interpreted again. Left as they were: {', '.join(failed)}")
        self.stdout.write(f"{items} items interpreted again.")
