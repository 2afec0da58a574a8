"""Interpretation that fails unexpectedly loses nothing: the item is kept, answered, and interpreted later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.field.models import Report
from backend.phone.jobs import StillPending, interpret_pending
from backend.phone.models import InboxItem
from tests.backend.builders import make_report_kind
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db


@contextmanager
def no_table_for_reports() -> Iterator[None]:
    """A fault nobody foresaw, inside the test's own transaction."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table field_report rename to field_report_lost")
        yield
        cursor.execute("set constraints all immediate")
        cursor.execute("alter table field_report_lost rename to field_report")


def test_an_item_that_could_not_be_interpreted_is_kept_and_interpreted_by_a_job(phone: Phone) -> None:
    make_report_kind()
    item = make_item("report", {"kind": "0101", "text": "塘边有垃圾", "photos": []})
    patrol = make_item("patrol", {"patrol": "2f3c2f0e-54a3-4c4e-9d3e-0d3d6a2b8d21", "event": "start"})
    with no_table_for_reports():
        outcomes = phone.sync(item, patrol)
    assert (outcomes[item["id"]]["status"], outcomes[item["id"]]["code"]) == ("stored", "pending")
    assert outcomes[item["id"]]["receipt"]["signature"]
    assert outcomes[patrol["id"]]["code"] == "ok"
    row = InboxItem.objects.get(item=item["id"])
    assert row.state == "pending"
    job = ProcrastinateJob.objects.get(task_name="backend.phone.jobs.interpret_pending")
    with no_table_for_reports(), pytest.raises(StillPending):
        interpret_pending(**job.args)
    interpret_pending(**job.args)
    interpret_pending(**job.args)
    assert Report.objects.get().text == "塘边有垃圾"
    row.refresh_from_db()
    assert row.state == "interpreted"
    assert phone.sees("outcome")[item["id"]]["code"] == "ok"
    assert phone.sync(item)[item["id"]]["code"] == "ok"
