"""Hold every sealed day against its digest."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.audits.models import DaySeal
from backend.audits.seals import broken_seals


class Command(BaseCommand):
    help = "Recompute the digest of every sealed day. Ends with an error that names those that were changed since."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = list(broken_seals())
        if broken:
            raise CommandError("Changed since they were sealed: " + ", ".join(map(str, broken)))
        self.stdout.write(f"{DaySeal.objects.count()} sealed days, all intact.")
