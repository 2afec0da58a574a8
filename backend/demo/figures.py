"""What a supervisor reads of a walk: the share, why it is what it is, and files to take home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backend.demo.world import World, today, until


def seen_today(world: World, code: str) -> dict[str, Any]:
    """Why a grid's figure of today is what it is; empty as long as it waits to be computed or nothing of it was seen."""
    why: dict[str, Any] = world.desk("supervisor").get(f"coverage/{code}", **{"from": today(), "to": today()})
    is_waiting = any(day["stale"] for day in why["days"])
    return why if why["seen_m2"] and not is_waiting else {}


def figures(world: World, code: str) -> Iterator[str]:
    supervisor = world.desk("supervisor")
    why = until(lambda: seen_today(world, code), seconds=30)
    _hold(why, "覆盖算好了")
    parts = {part["kind"]: part["m2"] for part in why["parts"]}
    _hold(sum(parts.values()) == why["ground_m2"], "各部分加起来正好是要走的地")
    yield f"为什么是 {why['share']:.1%}：{len(why['legs'])} 段路线，各部分加起来正好 {why['ground_m2']:,} 平方米"
    days = {"from": today(), "to": today()}
    listed = supervisor.get("coverage", **days)
    rows = {row["code"]: row for row in listed["grids"]}
    _hold(rows[code]["seen_m2"] == why["seen_m2"], "列表和依据是同一个数")
    yield f"{len(rows)} 个网格由低到高，{len(listed['blind'])} 个超过 7 天没人到，一行是一个网格，不是一个人"
    table = supervisor.http.get(f"/api/command/coverage/export.xlsx?from={today()}&to={today()}").content
    layers = supervisor.http.get(f"/api/command/coverage/export.gpkg?from={today()}&to={today()}&crs=4547").content
    _hold(table.startswith(b"PK") and layers.startswith(b"SQLite format 3"), "导出表格和地图")
    yield "导出表格和地图（GeoPackage，EPSG:4547）"


def _hold(held: object, sentence: str) -> None:
    if not held:
        raise AssertionError(sentence)
