"""The background process: a worker for each way out, one for alerts, one for everything else."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicRegistry

from notifications.ways import WAYS, open_ways

GRACE_S = 10.0  # a job that has not ended by then begins again elsewhere
AT_A_TIME = 4  # messages one channel sends at once


def lanes(queues: Iterable[str], ways: frozenset[str]) -> dict[str, tuple[list[str], int]]:
    """Queues and jobs at a time of each worker: a vendor that does not answer holds up its own queue and no other.

    Alerts have a worker of their own, so that none waits behind a division or a figure. What is left for a way that was
    switched off is ended with everything else.
    """
    others = sorted(({*queues, *WAYS}) - {*ways, "alerts"})
    return {"others": (others, 1), "alerts": (["alerts"], 1), **{way: ([way], AT_A_TIME) for way in sorted(ways)}}


class Command(BaseCommand):
    help = "Do background jobs until told to end"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--grace", type=float, default=GRACE_S, help="seconds a running job is given to end")

    def handle(self, *_args: Any, **options: Any) -> None:
        asyncio.run(_work(options["grace"]))


async def _work(grace_s: float) -> None:
    """All lanes, until a signal or until one of them ends: then all end, and whoever keeps the process starts it again."""
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    main, more = app.with_connector(connector), app.with_connector(connector)
    more.periodic_registry = PeriodicRegistry()  # type: ignore[no-untyped-call]  # one lane makes the periodic jobs
    queues = {task.queue for task in app.tasks.values()}
    async with main.open_async():
        running = [
            asyncio.create_task(_lane(main if name == "others" else more, name, *lane, grace_s))
            for name, lane in lanes(queues, open_ways()).items()
        ]
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _cancel, running)
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        _cancel(running)
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


def _cancel(running: list[asyncio.Task[None]]) -> None:
    for task in running:
        task.cancel()


async def _lane(lane: App, name: str, queues: list[str], at_a_time: int, grace_s: float) -> None:
    await lane.run_worker_async(
        queues=queues, name=name, concurrency=at_a_time, install_signal_handlers=False, shutdown_graceful_timeout=grace_s
    )
