"""Two requests at the same moment, on connections of their own."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from backend.accounts.models import User
from backend.field.models import Report
from backend.patrols.models import Answer, Task
from backend.phone.models import InboxItem
from tests.backend.builders import Village, give_duty, make_checklist, make_person, make_task
from tests.backend.phone_client import Item, Phone, make_item

pytestmark = pytest.mark.django_db(transaction=True)


def sync_at_once(*calls: tuple[Phone, list[Item]]) -> list[dict[str, dict[str, Any]]]:
    def run(call: tuple[Phone, list[Item]]) -> dict[str, dict[str, Any]]:
        try:
            return call[0].sync(*call[1])
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_the_same_items_on_two_connections_are_stored_once(phone: Phone) -> None:
    items = [make_item("report", {"kind": "0101", "text": f"第{i}件", "photos": []}) for i in range(8)]
    answers = sync_at_once((phone, items), (phone, items), (phone, items[::-1]))
    statuses = Counter(row["status"] for answer in answers for row in answer.values())
    assert statuses == {"stored": 8, "duplicate": 16}
    assert Report.objects.count() == InboxItem.objects.count() == 8


def test_two_bodies_under_one_id_at_the_same_moment_are_both_kept_and_one_is_read(phone: Phone) -> None:
    for _ in range(5):
        item = make_item("report", {"kind": "0101", "text": "一", "photos": []})
        other = {**item, "body": item["body"] | {"text": "二"}}
        answers = sync_at_once((phone, [item]), (phone, [other]))
        assert sorted(answer[item["id"]]["status"] for answer in answers) == ["id_reused", "stored"]
        assert Report.objects.filter(uuid=item["id"]).count() == 1


def test_two_people_answering_at_once_finish_the_task(phone: Phone, worker: User, village: Village) -> None:
    stand_in = make_person("替小明")
    give_duty(stand_in, village.grids[0], "stand_in")
    other = Phone(stand_in)
    admissions = make_checklist(village.unit, "FH-01", "FH-02")
    for _ in range(5):
        task = make_task(village.grids[0], worker, admissions)
        body = {"task": str(task.uuid), "result": "ok"}
        sync_at_once(
            (phone, [make_item("answer", body | {"item": "FH-01@1"})]),
            (other, [make_item("answer", body | {"item": "FH-02@1"})]),
        )
        task.refresh_from_db()
        assert task.state == Task.State.DONE
    assert Answer.objects.count() == 10
