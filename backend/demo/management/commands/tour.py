"""`tour`: walk the journeys over HTTP and say which promises held."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.demo.journeys import JOURNEYS, Journey
from backend.demo.world import World


class Command(BaseCommand):
    help = "Walk the journeys that must always work against a running system."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", required=True)
        parser.add_argument("--sign-ins", type=Path, required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        world = World.at(options["url"], options["sign_ins"])
        failed = [journey.name for journey in JOURNEYS if not self.walk(journey, world)]
        if failed:
            raise CommandError("没有走通 / did not hold: " + "、".join(failed))
        self.stdout.write("都走通了 / every built journey held")

    def walk(self, journey: Journey, world: World) -> bool:
        if journey.walk is None:
            self.stdout.write(f"{journey.number} {journey.name}  还没有 / not yet: {journey.not_yet}")
            return True
        began = time.monotonic()
        self.stdout.write(f"{journey.number} {journey.name}")
        try:
            for sentence in journey.walk(world):
                self.stdout.write(f"  ✓ {sentence}")
        except (AssertionError, KeyError, IndexError, StopIteration, RuntimeError, httpx.HTTPError) as problem:
            self.stdout.write(f"  ✗ {type(problem).__name__}: {problem}")
            return False
        self.stdout.write(
            f"  {time.monotonic() - began:.1f} s" + (f"；还没有 / not yet: {journey.not_yet}" if journey.not_yet else "")
        )
        return True
