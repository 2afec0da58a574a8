"""A database that goes away in the middle of a request: the phone is told to come again, and then everything is there once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from backend.field.models import Attachment, Report
from backend.phone.models import InboxItem
from tests.backend.builders import make_report_kind
from tests.backend.phone.test_media import begin, make_photo, send
from tests.backend.phone_client import Phone, make_item

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def death_at_insert(table: str) -> Iterator[None]:
    """The server ends the connection that writes into a table."""
    with connection.cursor() as cursor:
        cursor.execute("""create function end_it() returns trigger language plpgsql as
            $$ begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return new; end $$""")
        cursor.execute(f"create trigger end_it before insert on {table} for each row execute function end_it()")
    try:
        yield
    finally:
        connection.close()
        with connection.cursor() as cursor:
            cursor.execute("drop function end_it cascade")


@pytest.mark.parametrize("table", ["phone_inboxitem", "field_report", "phone_outcome"])
def test_an_item_during_which_the_database_dies_comes_again_and_is_there_once(table: str, phone: Phone) -> None:
    make_report_kind()
    item = make_item("report", {"kind": "0101", "text": "塘边有垃圾", "photos": []})
    with death_at_insert(table):
        answer = phone.post("sync", phone.envelope([item]))
    assert (answer.status_code, answer.json()["retry"]) == (503, "after")
    assert not InboxItem.objects.exists()
    assert phone.sync(item)[item["id"]]["code"] == "ok"
    assert Report.objects.count() == 1


def test_a_photo_whose_last_piece_meets_a_dying_database_is_whole_after_the_next_try(phone: Phone) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    with death_at_insert("procrastinate_jobs"):
        answer = send(phone, where, data, 0)
    assert (answer.status_code, answer.json()["retry"]) == (503, "after")
    begin(phone, data)
    assert Attachment.objects.get().state == "stored"
