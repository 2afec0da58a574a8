"""Journey 2: an item is admitted, becomes due, and stands on one person's phone, whoever that is meanwhile and however it is divided."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Iterator
from typing import Any

from backend.demo.desk import Desk
from backend.demo.handset import Handset, now_ms
from backend.demo.world import World, today, until

DAY_MS = 86_400_000
WAIT_S = 90  # a worker process makes what is due, in its own time
Body = dict[str, Any]
Wait = Callable[[Callable[[], Any]], Any]


def expect(held: object, sentence: str) -> str:
    if not held:
        raise AssertionError(sentence)
    return sentence


def walk_duties(world: World, grid: Body) -> Iterator[str]:
    """Walked in a grid of its own with a key place in it; a worker process makes what is due."""

    def wait(look: Callable[[], Any]) -> Any:
        return until(look, seconds=WAIT_S)

    admin = world.desk("county_admin")
    phone, person = world.worker(grid)
    place = next(row["body"] for row in phone.seen["key_place"].values() if row["body"]["grid"] == grid["code"])
    items = [_admit(admin, grid, place, line) for line in ("防溺水", "消防")]
    task = wait(lambda: _due(phone, place["id"], items))
    yield expect(task, "两条线的事项准入以后，按频次到了责任人的手机，同一个地点合成一次")
    ahead = [row["body"] for row in phone.pull()["task"].values() if _asks(row["body"], items)]
    yield expect(
        len({body["from"] for body in ahead}) == len(ahead) and max(body["to"] for body in ahead) > now_ms() + 7 * DAY_MS,
        f"往后一个多星期的都在手机上：{len(ahead)} 次，一天一次，不重",
    )
    yield from _stand_in(world, wait, grid, person, phone, place, items)
    holder = yield from _divide(world, wait, grid, place, items, phone)
    yield from _a_week_offline(holder, place, items)


def _stand_in(
    world: World, wait: Wait, grid: Body, person: Body, phone: Handset, place: Body, items: list[str]
) -> Iterator[str]:
    admin = world.desk("county_admin")
    other = next(
        row for each in world.grids() for row in each["persons"] if row["role"] == "worker" and row["id"] != person["id"]
    )
    admin.post("duties", {"grid": grid["code"], "user": other["id"], "role": "stand_in"})
    duties = admin.get(f"people/{person['id']}")["duties"]
    admin.post(f"duties/{next(row['id'] for row in duties if row['grid'] == grid['code'])}/end")
    second = Handset(world.url)
    second.enrol(admin.post(f"people/{other['id']}/enrolment-code")["code"])
    yield expect(
        wait(lambda: _due(second, place["id"], items) and not _due(phone, place["id"], items)),
        f"{person['name']}离岗，没办的到了替班{other['name']}的手机，原来的手机上没有了",
    )
    admin.post("duties", {"grid": grid["code"], "user": person["id"], "role": "worker"})
    yield expect(wait(lambda: _due(phone, place["id"], items)), f"{person['name']}回来，没办的又是他的")


def _divide(
    world: World, wait: Wait, grid: Body, place: Body, items: list[str], phone: Handset
) -> Generator[str, None, Handset]:
    """The village is divided anew; answers whose phone has the place afterwards."""
    admin = world.desk("county_admin")
    unit = admin.get("units", q=grid["village_code"])[0]
    count = sum(row["village_code"] == grid["village_code"] for row in world.grids())
    plan = admin.post("plans/draft", {"unit": unit["code"], "k": count})
    admin.post(f"plans/{plan['id']}/publish")

    def one() -> list[tuple[Handset, Body]]:
        phones = [phone] + [
            world.worker(row)[0] for row in world.grids() if row["code"] in found and row["code"] != grid["code"]
        ]
        return [(each, due) for each in phones if (due := _due(each, place["id"], items))]

    found: set[str] = set()
    holders = wait(one)
    if not holders:  # the place lies in another grid now
        found = {row["code"] for row in world.grids() if row["village_code"] == grid["village_code"] and row["persons"]}
        holders = wait(one)
    yield expect(len(holders) == 1, "重新划分以后，这个地点还是正好一个责任人，一次")
    holder: Handset = holders[0][0]
    return holder


def _a_week_offline(phone: Handset, place: Body, items: list[str]) -> Iterator[str]:
    task = _due(phone, place["id"], items)
    assert task is not None  # noqa: S101  for the type checker; just shown
    for day in range(7, 0, -1):
        patrol, at = str(uuid.uuid4()), now_ms() - day * DAY_MS
        phone.keep("patrol", {"patrol": patrol, "event": "start"}, at=at)
        phone.keep("patrol", {"patrol": patrol, "event": "end", "reason": "person"}, at=at + 600_000)
    for asked in task["items"]:  # those of this walk, and whatever else is due there that day
        phone.keep("answer", {"task": task["id"], "item": asked["item"], "result": "ok"})
    kept = [one["id"] for one in phone.outbox]
    phone.send()
    yield expect(
        not phone.outbox and set(phone.held(kept).values()) == {"stored"}, f"一星期没网，存下的 {len(kept)} 条都收到，有回执"
    )
    done = phone.pull()["task"].get(task["id"], {"body": {"state": "done"}})["body"]["state"]
    yield expect(done == "done", "几条线的事项一次答完，都办结了")


def _admit(admin: Desk, grid: Body, place: Body, line: str) -> str:
    """An item of a line, once a day at places of this kind, admitted for the county; its code."""
    county, code = f"{grid['code'][:6]}000000", f"SZ-{uuid.uuid4().hex[:8].upper()}"
    fields = {
        "line": line,
        "text": f"试走：{line}看一眼",
        "office_name": "应急办",
        "object_kind": "key_place",
        "place_kinds": [place["kind"]],
        "frequency": [{"per": "day", "times": 1}],
    }
    item = admin.post("checklist", {"county": county, "code": code, "from": today(), "fields": fields})
    applied = admin.post(
        "admissions", {"entry": item["entry"], "unit": f"{grid['code'][:9]}000", "ground": "试走：申请准入", "from": today()}
    )
    admin.post(f"admissions/{applied['admission']}/decide", {"is_admitted": True, "note": "试走", "reason": "试走，用完就撤"})
    return code


def _asks(task: Body, items: list[str]) -> bool:
    return bool({one["item"].rpartition("@")[0] for one in task["items"]} & set(items))


def _due(phone: Handset, place: str, items: list[str]) -> Body | None:
    """The one open task of now at the place in which all items stand; None if there is none, or more than one."""
    rows = [row["body"] for row in phone.pull().get("task", {}).values()]
    now = [one for one in rows if one["place"] == place and one["from"] <= now_ms() < one["to"] and _asks(one, items)]
    codes = {one["item"].rpartition("@")[0] for task in now for one in task["items"]}
    return now[0] if len(now) == 1 and now[0]["state"] == "open" and codes >= set(items) else None
