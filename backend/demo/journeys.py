"""The journeys that must always work, walked over HTTP against a running system. `tour` and tests/journeys both walk them."""

from __future__ import annotations

import io
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import shapely
from PIL import Image
from shapely.geometry import shape

from backend.demo.duties import walk_duties
from backend.demo.figures import figures, seen_today
from backend.demo.handset import Handset, now_ms
from backend.demo.world import World, today, until

MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Journey:
    """``walk`` yields a sentence for each promise that held and raises AssertionError at the first that did not."""

    number: int
    name: str
    walk: Callable[[World], Iterator[str]] | None
    not_yet: str = ""


def expect(held: object, sentence: str) -> str:
    if not held:
        raise AssertionError(sentence)
    return sentence


def divide(world: World) -> Iterator[str]:
    admin, grid = world.desk("county_admin"), _staffed(world, 0)
    phone, _ = world.worker(grid)
    _outing(phone, grid["code"], end=True)
    phone.send()
    before = until(lambda: world.desk("supervisor").get(f"visits/{grid['code']}", day=today())["visits"])
    was_in_force = phone.seen["grid"][grid["code"]]["body"]
    unit = admin.get("units", q=grid["village_code"])[0]
    count = sum(row["village_code"] == grid["village_code"] for row in world.grids())
    plan = admin.post("plans/draft", {"unit": unit["code"], "k": count})
    metrics = plan["metrics"]
    yield expect(plan["grids"]["features"], f"{unit['name']}划成 {len(plan['grids']['features'])} 个网格")
    yield expect(
        metrics["gap_m2"] < 1 and metrics["overlap_m2"] < 1 and metrics["cut_buildings"] == 0,
        f"没有缝、没有重叠、没有切开房屋；户数最多与平均之比 {metrics['max_mean']:.2f}",
    )
    picture = admin.page(f"/api/command/plans/{plan['id']}/picture.svg").text
    yield expect("<svg" in picture and "合成示意" in picture, "草案有图，标着合成示意")
    done = admin.post(f"plans/{plan['id']}/publish")
    yield expect(done["published"], "方案已发布，责任人随编码沿用")
    now_in_force = phone.pull()["grid"][grid["code"]]["body"]
    yield expect(now_in_force["since"] > was_in_force["since"], "手机拿到新方案的网格，编码不变")
    after = world.desk("supervisor").get(f"visits/{grid['code']}", day=today())["visits"]
    yield expect(before and len(after) >= len(before), "旧记录留在原来的网格上")


def give_duty(world: World) -> Iterator[str]:
    desk, grid = world.desk("centre_dispatcher"), _staffed(world, 1)
    phone, person = world.worker(grid)
    task = _task(world, grid)
    row = phone.pull()["task"].get(task["id"])
    yield expect(row, f"任务“{task['title']}”到了{person['name']}的手机")
    items = row["body"]["items"] if row else []
    yield expect(
        items and all(item["necessity_ground"] or item["evidence"] == "none" for item in items), "要凭据的都说了为什么"
    )
    desk.post(f"tasks/{task['id']}/withdraw", {"ground": "试走一遍，撤回"})
    yield expect(
        phone.pull()["task"].get(task["id"], {"body": {"state": "withdrawn"}})["body"]["state"] == "withdrawn", "撤回也到了手机"
    )


def duty(world: World) -> Iterator[str]:
    yield from give_duty(world)
    yield from walk_duties(world, grid_with_place(world, 2))


def patrol(world: World) -> Iterator[str]:
    desk = world.desk("centre_dispatcher")
    grid, phone, _ = _with_place(world, 8)
    task = _task(world, grid)
    body = phone.pull()["task"][task["id"]]["body"]
    photo = _photo()
    outing = _outing(phone, grid["code"], end=True)
    for item in body["items"]:
        phone.keep("answer", {"task": task["id"], "item": item["item"], "result": "ok", "patrol": outing})
    sha = _sha(photo)
    report = phone.keep("report", _report(phone, grid["code"], photos=[sha], text="路边有积水，试报一条", patrol=outing))
    sent = [dict(item) for item in phone.outbox]
    random.Random(7).shuffle(phone.outbox)  # noqa: S311  the order must not matter
    outcomes = phone.send()
    yield expect(
        not phone.outbox and all(row["status"] == "stored" for row in outcomes.values()),
        f"没网时存下的 {len(sent)} 条乱序补传，全部收到，有回执",
    )
    phone.outbox = sent
    yield expect(all(row["status"] == "duplicate" for row in phone.send().values()), "再传一遍，一条不多")
    yield expect(set(phone.held(item["id"] for item in sent).values()) == {"stored"}, "问得到：镇里都存着")
    phone.upload(photo, chunk=7_000)
    shown = until(lambda: [row for row in desk.get("centre")["reports"] if row["id"] == report and row["photos"]])
    yield expect(shown, "报的事带着照片到了指挥大屏")
    yield expect(desk.http.get(shown[0]["photos"][0]["url"]).headers["Content-Type"].startswith("image/"), "照片打得开")
    yield expect(phone.pull()["task"].get(task["id"], {}).get("body", {}).get("state", "done") == "done", "清单答完，任务办结")
    yield expect(_visited(world, grid["code"]), "督查看到这个网格今天走过，有依据")
    why = until(lambda: seen_today(world, grid["code"]), seconds=60)
    yield expect(why, f"算好了：今天走到这个网格要走的地的 {why.get('share', 0):.1%}")
    live = _outing(phone, grid["code"], end=False)
    phone.send()
    people = until(lambda: [row for row in desk.get("centre")["people"] if row["grid"] == grid["code"]])
    yield expect(people, "巡查中的人在大屏上有位置")
    phone.keep("patrol", {"patrol": live, "event": "end", "reason": "person"})
    phone.send()
    gone = until(lambda: not [row for row in desk.get("centre")["people"] if row["grid"] == grid["code"]])
    yield expect(gone, "结束巡查，位置就撤下")


def alert(world: World) -> Iterator[str]:
    desk, grid = world.desk("centre_dispatcher"), _staffed(world, 3)
    phone, person = world.worker(grid)
    events: list[tuple[str, float]] = []
    ready = threading.Event()

    def listen() -> None:
        ready.set()
        for name in phone.listen(seconds=12):
            events.append((name, time.monotonic()))
            if name == "alert":
                return

    ear = threading.Thread(target=listen, daemon=True)
    ear.start()
    ready.wait(5)
    time.sleep(1.0)
    sent = time.monotonic()
    message = desk.post(
        "messages",
        {
            "areas": [grid["code"]],
            "severity": "urgent",
            "title": "试一次通知",
            "text": "这是试走，不用行动。请点“收到”。",
            "expires_in_h": 2,
        },
    )
    ear.join(13)
    heard = [at - sent for name, at in events if name == "alert"]
    yield expect(heard and heard[0] < 2, f"开着的手机 {heard[0] if heard else 99:.1f} 秒响起")
    yield expect(until(lambda: message["id"] in phone.pull().get("alert", {})), f"通知在{person['name']}的消息里")
    phone.keep("seen", {"alert": message["id"]})
    phone.send()
    state = until(lambda: [r for r in desk.get(f"alerts/{message['id']}")["recipients"] if r["state"] == "seen"])
    yield expect(state, "点了“收到”，发的人看得见谁看到了")
    urgent = phone.keep("report", _report(phone, grid["code"], photos=[], text="试走：冒烟", urgent=1))
    phone.send()
    rung = until(lambda: [row for row in desk.get("alerts") if row["about"].get("report") == urgent])
    yield expect(rung, "紧急上报自动通知到相关的人")


def audit(world: World) -> Iterator[str]:
    supervisor = world.desk("supervisor")
    grid, phone, person = _with_place(world, 4)
    _outing(phone, grid["code"], end=True)
    phone.send()
    yield expect(_visited(world, grid["code"]), "今天走过的网格")
    visit = supervisor.get(f"visits/{grid['code']}", day=today())["visits"][-1]
    yield expect(visit["duration_s"] > 0 and visit["fixes"] > 0, "依据：几点进、几点出、几个定位点")
    yield from figures(world, grid["code"])
    look = supervisor.post("tracks/look", {"visit": visit["item"], "reason": "试走：核对一段路线"})
    yield expect(look["segments"], "说了理由，才看得到一个人的路线")
    yield expect(
        [row for row in phone.me()["looks"] if "核对一段路线" in row["reason"]], f"{person['name']}看得到谁看过、为什么"
    )
    yield from question(world, grid, phone)


def question(world: World, grid: dict[str, Any], phone: Handset) -> Iterator[str]:
    """A flag from the ground to its decision: the worker hears of it first and is heard before anybody decides."""
    supervisor, before = world.desk("supervisor"), set(phone.pull().get("flag", {}))
    ordered = _task(world, grid)["id"]
    task = phone.pull()["task"][ordered]["body"]
    world.desk("centre_dispatcher").post(f"tasks/{task['id']}/withdraw", {"ground": "试走：撤回以后才答"})
    phone.keep("answer", {"task": task["id"], "item": task["items"][0]["item"], "result": "ok"})
    phone.send()
    asked = until(lambda: [key for key in phone.pull().get("flag", {}) if key not in before])
    yield expect(asked, "对不上的地方成了标记，先问本人")
    flag = f"flags/{asked[0]}"
    phone.keep("flag_answer", {"flag": asked[0], "text": "试走：路上没网，没看到撤回"})
    phone.send()
    heard = supervisor.get(flag)
    yield expect(heard["state"] == "answered" and heard["shown_at"], "本人看到了、答了，督查看得到他怎么说")
    supervisor.post(f"{flag}/decide", {"decision": "counts", "note": "试走：说得通"})
    decided = supervisor.get(flag)
    yield expect(decided["state"] == "decided" and decided["decisions"][-1]["by"], "定的是人，写着谁、为什么")


def case(world: World) -> Iterator[str]:
    operator, dispatcher, handler = (world.desk(role) for role in ("centre_operator", "centre_dispatcher", "office_handler"))
    grid = _staffed(world, 5)
    phone, person = world.worker(grid)
    kept, doubled = (phone.keep("report", _report(phone, grid["code"], photos=[], text=f"试走：{n}")) for n in ("垃圾", "又报"))
    phone.send()
    opened = operator.post(f"reports/{kept}/register")
    yield expect(opened["number"] and opened["state"] == "registered", f"上报立了案，编号 {opened['number']}")
    near = operator.get(f"reports/{doubled}/decision")["near"]["cases"]
    yield expect(opened["id"] in [row["id"] for row in near], "附近同类的上报，提示可能是同一件")
    merged = operator.post(f"reports/{doubled}/merge", {"case": opened["id"]})
    yield expect(merged["kept"]["number"] == opened["number"], "重复的上报合到这件案子里")
    address = f"cases/{opened['id']}"
    me = handler.get("me")["id"]
    office = next(row for row in dispatcher.get(address)["offices"] if me in [one["id"] for one in row["people"]])
    dispatcher.post(f"{address}/assign", {"office": office["id"], "expected_state": "registered"})
    told = _refusal(lambda: dispatcher.post(f"{address}/assign", {"office": office["id"], "expected_state": "registered"}))
    yield expect("case_moved" in told, "别人改过的，先说是谁改的，不覆盖")
    handler.post(f"{address}/start")
    handler.post(f"{address}/feedback", {"text": "试走：清走了一车"})
    operator.post(f"{address}/check", {"person": person["id"]})
    told = _refusal(lambda: handler.post(f"{address}/verify", {"result": "pass"}))
    yield expect("handler_cannot_verify" in told, "办的人核查自己办的，系统不让")
    task = until(lambda: [row["body"] for row in phone.pull()["task"].values() if opened["number"] in row["body"]["ground"]])
    yield expect(task, f"核查的任务到了{person['name']}的手机")
    phone.keep("answer", {"task": task[0]["id"], "item": task[0]["items"][0]["item"], "result": "ok"})
    phone.send()
    passed = operator.get(address)
    yield expect(passed["may"] == ["close"] and passed["steps"][-1]["by"] == person["name"], "手机上答“没问题”，核查就通过")
    closed = operator.post(f"{address}/close")
    yield expect(closed["state"] == "closed" and all(n["state"] == "done" for n in closed["nodes"]), "结案，每一步都有谁、几点")
    words = phone.pull()["report"][kept]["body"]["words"]
    yield expect("结案" in words, f"上报人在手机上看到：{words}")


def _refusal(act: Callable[[], Any]) -> str:
    """What the server said when it refused; empty if it did not."""
    try:
        act()
    except AssertionError as refusal:
        return str(refusal)
    return ""


JOURNEYS = (
    Journey(1, "划分网格", divide, "导入边界、体检报告"),
    Journey(2, "职责到人", duty),
    Journey(3, "巡查落地", patrol),
    Journey(4, "通知到人", alert, "没人应答时逐级升级"),
    Journey(5, "案件流转", case, "时限和灯、延期、挂账、评价"),
    Journey(6, "督查有据", audit),
)


def _staffed(world: World, index: int) -> dict[str, Any]:
    """The grid a journey uses: each its own, so that none waits for another."""
    staffed = [grid for grid in world.grids() if any(row["role"] == "worker" for row in grid["persons"])]
    return staffed[(index * 7) % len(staffed)]


def _task(world: World, grid: dict[str, Any]) -> dict[str, Any]:
    desk = world.desk("centre_dispatcher")
    items = [row for row in desk.get("items", grid=grid["code"]) if row["object_kind"] == "grid"] or desk.get(
        "items", grid=grid["code"]
    )
    window = {"from": _iso(now_ms() - 30 * MINUTE), "to": _iso(now_ms() + 8 * 60 * MINUTE)}
    body = {
        "grid": grid["code"],
        "title": "试走一圈",
        "ground": "试走一遍流程",
        "items": [row["item"] for row in items[:3]],
        **window,
    }
    task: dict[str, Any] = desk.post("tasks", body)
    return task


def _with_place(world: World, index: int) -> tuple[dict[str, Any], Handset, dict[str, Any]]:
    """The first grid, from an index on, with a key place well inside, so with ground to be seen; its phone and person."""
    for later in range(index, index + len(world.grids())):
        grid = _staffed(world, later)
        phone, person = world.worker(grid)
        if _place_inside(phone, grid["code"]):
            return grid, phone, person
    raise AssertionError("没有一个网格里面有重点场所")


def grid_with_place(world: World, index: int) -> dict[str, Any]:
    """The grid of a walk that is kept elsewhere."""
    return _with_place(world, index)[0]


def _place_inside(phone: Handset, code: str) -> shapely.Point | None:
    inner = shape(phone.seen["grid"][code]["body"]["outline"]).buffer(-2e-4)
    places = [row["body"] for row in phone.seen.get("key_place", {}).values()]
    spots = [shapely.Point(place["lon"], place["lat"]) for place in places if place["grid"] == code]
    return next((spot for spot in spots if inner.contains(spot)), None)


def _spot(phone: Handset, code: str) -> tuple[float, float]:
    """At a key place of the grid, else anywhere inside."""
    point = _place_inside(phone, code) or shapely.point_on_surface(shape(phone.seen["grid"][code]["body"]["outline"]))
    return point.x, point.y


def _outing(phone: Handset, code: str, *, end: bool) -> str:
    """Keep a patrol of ten minutes inside a grid, ending now (or going on)."""
    started, (lon, lat), walker = now_ms() - 10 * MINUTE, _spot(phone, code), str(uuid.uuid4())
    phone.keep("patrol", {"patrol": walker, "event": "start"}, at=started)
    phone.walk(walker, [(lon + 1e-5 * (i % 12 - 6), lat) for i in range(118)], start=started + 1_000)
    if end:
        phone.keep("patrol", {"patrol": walker, "event": "end", "reason": "person"})
    return walker


def _report(phone: Handset, code: str, *, photos: list[str], text: str, urgent: int = 0, **more: str) -> dict[str, Any]:
    lon, lat = _spot(phone, code)
    kind = next(row["code"] for row in phone.me()["report_kinds"] if not row["is_urgent"])
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 16, "source": "gps"}
    return {"kind": kind, "text": text, "urgent": urgent, "place": place, "photos": photos, **more}


def _visited(world: World, code: str) -> bool:
    def look() -> bool:
        rows = world.desk("supervisor").get("visits", day=today())["grids"]
        return any(row["code"] == code and row["visited"] for row in rows)

    return until(look)


def _photo() -> bytes:
    """A small JPEG that differs each time."""
    dots = uuid.uuid4().bytes * 48
    out = io.BytesIO()
    Image.frombytes("RGB", (16, 16), dots).resize((320, 240)).save(out, "JPEG")
    return out.getvalue()


def _sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _iso(ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()
