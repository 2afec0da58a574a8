"""`manage.py prepare`: what the launcher needs done before the processes start, in one Python process."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Tables, browser files, administrative units and, on request, the demo township. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--static", action="store_true", help="collect the browser's files anew")
        parser.add_argument("--demo", action="store_true", help="load the demo township")
        parser.add_argument("--history", action="store_true", help="with the patrols of the week before")
        parser.add_argument("--sign-ins", type=Path, help="where the demo's random sign-ins are written")

    def handle(
        self, *, static: bool, demo: bool, history: bool, sign_ins: Path | None, verbosity: int, **options: object
    ) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        if static:
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
        call_command("load_units", verbosity=verbosity)
        if demo:
            call_command("load_demo", history=history, verbosity=verbosity, **({"sign_ins": sign_ins} if sign_ins else {}))
        call_command("expire", verbosity=verbosity)  # what a restored backup still had
