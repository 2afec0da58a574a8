"""`load_demo`: the synthetic township 洲湖镇, once."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.demo.history import load_history
from backend.demo.loading import load_demo


class Command(BaseCommand):
    help = "Load the synthetic demo township into an installation that has none; its sign-ins go to a private file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--sign-ins", type=Path)
        parser.add_argument("--history", action="store_true", help="with the patrols of the week before")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in ("backend", "notifications", "procrastinate"):  # hundreds of lines about invented people help nobody
            logging.getLogger(name).setLevel(logging.WARNING)
        if load_demo(timezone.now(), options["sign_ins"]):
            self.stdout.write("演示乡镇洲湖镇已装好（合成示意） / the demo township is loaded (synthetic)")
            if options["history"]:
                count = load_history(timezone.now())
                self.stdout.write(f"上一周的巡查已装好，{count} 条 / last week's patrols are loaded, {count} items")
