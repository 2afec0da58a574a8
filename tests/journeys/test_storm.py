"""Thousands of faulted uploads while web, worker and database are killed: nothing lost, nothing doubled, never an error of ours."""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.demo.journeys import _photo, _staffed
from backend.demo.world import World, until
from backend.launch.checkout import Checkout
from backend.launch.cluster import Cluster
from tests.journeys.storm import Book, Killer, StormPhone, blow, upload_through
from tests.journeys.system import System
from tests.proof import IS_LONG

pytestmark = pytest.mark.xdist_group("system")

UPLOADS, PHONES, PHOTOS = 2_000, 8, 24
SHORT_UPLOADS = 60


@contextmanager
def own_database() -> Iterator[Cluster]:
    """A durable server of our own, which may be killed."""
    cluster = Cluster(Checkout.here(), f"test-storm-{os.getpid()}")
    try:
        cluster.ensure()
        yield cluster
    finally:
        cluster.destroy()


def phones_of(world: World, book: Book, *, count: int, first: int = 20) -> list[StormPhone]:
    found = {}
    for index in range(first, first + 4 * count):
        grid = _staffed(world, index)
        person = next(row["id"] for row in grid["persons"] if row["role"] == "worker")
        if person not in found and len(found) < count:
            handset, _ = world.worker(grid)
            found[person] = StormPhone(handset, person, grid["code"], book, seed=index)
    assert len(found) == count
    return list(found.values())


@pytest.mark.skipif(not IS_LONG, reason="only in ./patrol prove")
def test_two_thousand_faulted_uploads_survive_the_death_of_everything(tmp_path: Path) -> None:
    with own_database() as cluster:
        system = System(cluster.url("postgres"), tmp_path, name="storm", web_workers=2)
        system.prepare()
        system.start("web", "worker")
        try:
            storm(system, cluster, uploads=UPLOADS, phones=PHONES, photos=PHOTOS, every=40)
        finally:
            system.stop()


def test_sixty_faulted_uploads_survive_the_death_of_web_and_worker(system: System, world: World) -> None:
    storm(system, None, uploads=SHORT_UPLOADS, phones=2, photos=1, every=20, world=world)


def storm(
    system: System,
    cluster: Cluster | None,
    *,
    uploads: int,
    phones: int,
    photos: int,
    every: int,
    world: World | None = None,
) -> None:
    world, book = world or World.at(system.url, system.sign_ins), Book()
    crowd = phones_of(world, book, count=phones)
    before = len(system.whole_log("web"))
    kills = {"web": lambda: restart(system, "web"), "worker": lambda: restart(system, "worker")}
    if cluster is not None:
        kills["database"] = lambda: kill_database(cluster, system)
    killer, began = Killer(kills, book, every=every), time.monotonic()
    killer.start()
    pictures = [_photo() + random.Random(n).randbytes(150_000 + n) for n in range(photos)]
    with ThreadPoolExecutor(2) as pool:
        sending = [
            pool.submit(upload_through, crowd[n % phones].handset, data, book, seconds=600) for n, data in enumerate(pictures)
        ]
        blow(crowd, book, uploads=uploads)
        stored = [one.result() for one in sending]
    killer.end()
    for phone in crowd:
        phone.calm(seconds=120)
    tell(book, killer, crowd, uploads, time.monotonic() - began)
    errors = system.whole_log("web")[before:].split("Internal Server Error")[1:]
    assert not book.wrong and not errors, "\n".join([*book.wrong, *(error[:6000] for error in errors[:3])])
    assert not any(phone.handset.outbox for phone in crowd)
    assert min((killer.count[name] for name in kills), default=0) >= 1
    nothing_is_lost(system, book, crowd)
    nothing_is_doubled(system, book, crowd)
    photos_are_whole(system, pictures, stored)
    for phone in crowd:
        phone.handset.http.close()


def restart(system: System, name: str) -> None:
    system.kill(name)
    system.start(name)


def kill_database(cluster: Cluster, system: System) -> None:
    """The postmaster dies without a word; its successor recovers. A worker that ended with it is started again."""
    pid = cluster._pid()
    assert pid is not None
    os.kill(pid, 9)
    time.sleep(0.5)
    assert cluster.ensure()
    if system.processes["worker"].poll() is not None:
        system.processes.pop("worker")
        system.start("worker")


def nothing_is_lost(system: System, book: Book, crowd: list[StormPhone]) -> None:
    """Everything a phone has a receipt for is held, with the content the receipt names."""
    rows = system.sql(
        "select u.uuid::text, i.item::text, i.sha256, i.state, encode(sha256(i.body), 'hex')"
        "  from phone_inboxitem i join accounts_user u on u.id = i.person_id"
    )
    held = {(person, item, sha): (state, of_body) for person, item, sha, state, of_body in rows}
    for (person, item), receipt in book.receipts.items():
        state, of_body = held[person, item, receipt["sha256"]]
        assert of_body == receipt["sha256"], (item, state)
    until(lambda: not system.sql("select 1 from phone_inboxitem where state = 'pending' limit 1"), seconds=120)
    assert not system.sql("select item, kind from phone_inboxitem where state = 'pending'")
    for phone in crowd:
        mine = [item for person, item in book.receipts if person == phone.person]
        for begin in range(0, len(mine), 500):
            assert set(phone.handset.held(mine[begin : begin + 500]).values()) == {"stored"}


def nothing_is_doubled(system: System, book: Book, crowd: list[StormPhone]) -> None:
    """One inbox row for each item, one derived row for each row, and a rebuild finds nothing to add or to take away."""
    assert not system.sql(
        "select person_id, item from phone_inboxitem where kind <> 'request' group by person_id, item having count(*) > 1"
    )
    people = [phone.person for phone in crowd]
    derived = "select item::text, sum(n)::int from field_tracksegment s join accounts_user u on u.id = s.person_id"
    fixes = dict(system.sql(f"{derived} where u.uuid::text = any(%s) group by 1", people))
    sent = {item: n for phone in crowd for item, n in phone.fixes.items()}
    assert {item: n for item, n in fixes.items() if item in sent} == sent
    before = counts(system, people)
    numbers = [row[0] for row in system.sql("select number from accounts_user where uuid::text = any(%s)", people)]
    system.manage("rebuild", "--person", *numbers)
    assert counts(system, people) == before


def counts(system: System, people: list[str]) -> dict[str, object]:
    """What is derived of these people, as figures and as a digest of their content."""
    wanted = {
        "field_tracksegment": "item, seq, n, t0, t1, day",
        "field_visit": "item, grid_id, t0, t1, n",
        "field_placevisit": "item, key_place_id, grade, t0, t1",
        "field_report": "uuid, text, occurred_at",
        "field_placecheck": "uuid, key_place_id, at",
        "patrols_patrol": "uuid, started_at, ended_at",
    }
    found: dict[str, object] = {}
    for table, columns in wanted.items():
        own = ", ".join(f"t.{column}" for column in columns.split(", "))
        lines = f"select row({own})::text as line from {table} t join accounts_user u on u.id = t.person_id where u.uuid::text = any(%s)"
        found[table] = system.sql(f"select count(*), md5(string_agg(line, '|' order by line)) from ({lines}) x", people)[0]
    return found


def photos_are_whole(system: System, pictures: list[bytes], stored: list[str]) -> None:
    media = Path(system.env["PATROL_MEDIA_ROOT"]) / "originals"
    for data, sha in zip(pictures, stored, strict=True):
        assert (
            hashlib.sha256((media / sha[:2] / sha[2:4] / sha).read_bytes()).hexdigest()
            == sha
            == hashlib.sha256(data).hexdigest()
        )
    rows = system.sql("select sha256, count(*) from field_attachment where sha256 = any(%s) group by 1", stored)
    assert sorted(rows) == sorted((sha, 1) for sha in stored)


def tell(book: Book, killer: Killer, crowd: list[StormPhone], uploads: int, seconds: float) -> None:
    """The numbers, for whoever reads the run."""
    items = sum(len(phone.fixes) for phone in crowd)
    faults = ", ".join(f"{name} {count}" for name, count in sorted(book.faults.items()))
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(book.statuses.items()))
    kills = ", ".join(f"{name} {count}" for name, count in sorted(killer.count.items()))
    print(
        f"\n{uploads} uploads in {seconds:.0f} s ({faults}); kill -9: {kills}; answers {answers}; "
        f"{len(book.receipts)} receipts, {items} tracks; wrong: {len(book.wrong)}"
    )
