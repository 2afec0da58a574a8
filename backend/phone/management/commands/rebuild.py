"""Derive everything of one person, or of everybody, from the inbox again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.accounts.models import User
from backend.phone.rebuild import rebuild


class Command(BaseCommand):
    help = "Derive tracks, visits, reports and answers from the inbox again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--person", metavar="NUMBER", help="phone or staff number; without it, everybody")

    def handle(self, *args: Any, **options: Any) -> None:
        people = User.objects.filter(number=options["person"]) if options["person"] else User.objects.all()
        if options["person"] and not people.exists():
            raise CommandError(f"Nobody has the number {options['person']}.")
        count = sum(rebuild(person) for person in people.order_by("pk").iterator())
        self.stdout.write(f"{count} items interpreted again.")
