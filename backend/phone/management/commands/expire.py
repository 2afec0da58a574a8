"""Remove what is kept no longer, now; the worker does it every night."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.phone.retention import expire_all


class Command(BaseCommand):
    help = "Remove tracks, reports, photos, uploads and entries of the access log whose time is over; seal the days."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        gone = asdict(expire_all(timezone.now()))
        if verbosity and any(gone.values()):
            self.stdout.write(", ".join(f"{name} {count}" for name, count in gone.items() if count) + " removed.")
