"""The log names no person, whatever fails."""

from __future__ import annotations

import logging
import sys
from logging.config import DictConfigurator  # type: ignore[attr-defined]

import pytest
from django.conf import settings
from django.db import DataError, IntegrityError, connection, transaction
from django.utils import timezone

from backend.accounts.models import AccessEntry, User

pytestmark = pytest.mark.django_db

WORDS = "".join(["暗", "号"])  # a traceback shows lines of this file


def line_of(error: BaseException) -> str:
    """What the console would show."""
    formatter: logging.Formatter = DictConfigurator(settings.LOGGING).configure_formatter(
        dict(settings.LOGGING["formatters"]["line"])
    )
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "inbox.interpretation_failed", (), sys.exc_info())
    assert record.exc_info and record.exc_info[1] is error
    return formatter.format(record)


def test_a_row_the_database_refuses_is_not_written_into_the_log(worker: User) -> None:
    try:
        with transaction.atomic():
            AccessEntry.objects.create(
                by=worker, about=worker, what=WORDS, object_id="2" + "7.3951", reason="", at=timezone.now()
            )
    except IntegrityError as error:
        said = line_of(error)
    assert "every_look_at_a_person_has_a_reason" in said and "Traceback" in said
    assert WORDS not in said and "27.3951" not in said


def test_a_statement_the_database_refuses_is_not_written_into_the_log() -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select %s::jsonb", [f'{{"text": "{WORDS}\\ud800"}}'])
    except DataError as error:
        said = line_of(error)
    assert "invalid input syntax" in said and WORDS not in said
