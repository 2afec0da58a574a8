"""A shift of simulated phones beside a running demo: real protocol, real clock, invented people, and no more than a little work.

`python -m backend.demo.shift --url … --sign-ins … --keep …` is started by `./patrol run` where the demo township is loaded.
The same phones go on after a restart: their tokens lie in the file named by ``--keep``, open to its owner only.
"""

from __future__ import annotations

import argparse
import heapq
import logging
import random
import signal
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from backend.demo.handset import Handset, Refused, now_ms
from backend.demo.keeping import Keeping
from backend.demo.receiver import Oddities
from backend.demo.worker import Worker
from backend.demo.world import World
from geo import from_wgs84

logger = logging.getLogger("shift")

PHONES = 26
BATCH_S = (20.0, 30.0)
WAIT_S = (5.0, 60.0)  # after a server that does not answer: at first, at most
#: Grids the tour walks in (every seventh); nobody of the shift is there, so that it finds what it left.
TOUR, TOUR_EVERY = 5, 7
DAY_MS = 86_400_000
ODDITIES: dict[int, Oddities] = {
    2: Oddities(is_gcj02=True),
    4: Oddities(clock_ms=-2 * DAY_MS),
    6: Oddities(mock=(0.55, 0.7)),
    8: Oddities(jump_at=0.4),
    10: Oddities(silences=((0.25, 420, "killed"),)),
    12: Oddities(silences=((0.4, 300, "throttled"), (0.7, 260, "no_fix"))),
    14: Oddities(coarse=(0.3, 0.5), noise_m=7.0),
    16: Oddities(silences=((0.5, 900, "off"),)),
}
OFFLINE = frozenset({5, 17})  # no network on the hill: everything comes when they are down again


class NotADemo(Exception):
    """The system under the address is not the made-up township; nothing is simulated there."""


class Shift:
    """The phones and when each is due."""

    def __init__(self, world: World, keeping: Keeping, *, phones: int = PHONES, batch_s: tuple[float, float] = BATCH_S) -> None:
        self.world, self.keeping, self.batch_s = world, keeping, batch_s
        self.transport = httpx.HTTPTransport(limits=httpx.Limits(max_connections=4))
        self.workers = [self._worker(number, grid) for number, grid in enumerate(choose(world.grids(), phones))]

    def _worker(self, number: int, grid: dict[str, Any]) -> Worker:
        odd = replace(ODDITIES.get(number, Oddities()), step_s=5 + number % 4)
        handset = Handset(self.world.url, name="模拟手机", clock_ms=odd.clock_ms, transport=self.transport)
        person = next(row for row in grid["persons"] if row["role"] == "worker")
        worker = Worker(number, grid["code"], str(person["id"]), handset, odd, self.keeping, is_offline=number in OFFLINE)
        worker.enrol = lambda: self.world.desk("county_admin").post(f"people/{person['id']}/enrolment-code")["code"]
        return worker

    def run(self, *, until: float = float("inf")) -> None:
        """Let every phone do what is due, one after the other, until the monotonic clock says so."""
        rng = random.Random()  # noqa: S311  when a phone sends is nothing to keep
        due = [(time.monotonic() + 0.4 * i, i, WAIT_S[0]) for i in range(len(self.workers))]
        heapq.heapify(due)
        while due and due[0][0] < until:
            at, i, wait = heapq.heappop(due)
            time.sleep(max(0.0, at - time.monotonic()))
            worker = self.workers[i]
            try:
                worker.step(now_ms())
                pause, wait = rng.uniform(*self.batch_s), WAIT_S[0]
            except (httpx.HTTPError, Refused) as problem:
                if worker.is_over:
                    logger.warning("phone %s is signed out and stays so", i)
                    continue
                logger.warning("phone %s: %s", i, str(problem)[:160])
                pause, wait = wait, min(2 * wait, WAIT_S[1])
            heapq.heappush(due, (time.monotonic() + pause, i, wait))


def choose(grids: Sequence[dict[str, Any]], phones: int) -> list[dict[str, Any]]:
    """Grids spread over the township, none the tour walks in; the phone with the other datum must not even seem to be there."""
    staffed = [grid for grid in grids if any(row["role"] == "worker" for row in grid["persons"])]
    tour = {grid["code"] for i, grid in enumerate(staffed) if i % TOUR_EVERY == 0 and i < TOUR * TOUR_EVERY}
    free = [grid for grid in staffed if grid["code"] not in tour]
    phones = min(phones, len(free))
    chosen = [free[i * len(free) // phones] for i in range(phones)]
    forbidden = [grid["bbox"] for grid in staffed if grid["code"] in tour]
    for number in (n for n, odd in ODDITIES.items() if odd.is_gcj02 and n < len(chosen)):
        fit = [grid for grid in free if not any(_overlap(_seen(grid["bbox"]), box) for box in forbidden)]
        if chosen[number] not in fit:
            chosen[number] = next((grid for grid in fit if grid not in chosen), chosen[number])
    return chosen


def _seen(box: Sequence[float]) -> list[float]:
    """Where a box seems to lie when GCJ-02 is taken for WGS 84."""
    lon, lat = from_wgs84([box[0], box[2]], [box[1], box[3]], crs="gcj02")
    return [float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1])]


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def must_be_demo(world: World) -> None:
    me = world.desk("county_admin").get("me")
    if not (me["synthetic"] and me["is_demo"]):
        raise NotADemo("this is not the made-up township")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.demo.shift")
    parser.add_argument("--url", required=True)
    parser.add_argument("--sign-ins", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True, help="where the phones' tokens are kept, for the next start")
    parser.add_argument("--phones", type=int, default=PHONES)
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    world = World.at(options.url, options.sign_ins)
    wait_for(world)
    try:
        must_be_demo(world)
        Shift(world, Keeping(options.keep), phones=options.phones).run()
    except (NotADemo, AssertionError) as problem:
        logger.warning("no phones are simulated: %s", str(problem)[:200])
    signal.pause()  # ending would only make the supervisor begin again, and sign in again
    return 0


def wait_for(world: World, *, tries: int = 120) -> None:
    """Until the system answers; it is started together with us."""
    for _ in range(tries):
        try:
            httpx.get(f"{world.url}/healthz", timeout=5, trust_env=False)
        except httpx.HTTPError:
            time.sleep(1)
        else:
            return


if __name__ == "__main__":
    raise SystemExit(main())
