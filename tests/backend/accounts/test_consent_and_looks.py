"""Consent is asked once per notice; every look at a person has a reason, stays, and is shown to that person."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from backend.accounts.actions import NOTICE_VERSION, has_consented, record_consent, record_look
from backend.accounts.models import AccessEntry, User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def lan() -> User:
    return User.objects.create_user("13000000001", name="刘桂花")


@pytest.fixture
def wei() -> User:
    return User.objects.create_user("S002", name="周明")


def test_nobody_has_consented_unasked(lan: User) -> None:
    assert not has_consented(lan)


def test_the_newest_answer_counts(lan: User) -> None:
    for decision, held in (("given", True), ("withdrawn", False), ("given", True)):
        record_consent(lan, notice_version=NOTICE_VERSION, decision=decision, at=AT)
        assert has_consented(lan) is held


def test_consent_to_an_old_notice_is_no_consent(lan: User) -> None:
    record_consent(lan, notice_version="1999-01", decision="given", at=AT)
    assert not has_consented(lan)


def test_saying_the_same_again_adds_nothing(lan: User) -> None:
    for _ in range(2):
        record_consent(lan, notice_version=NOTICE_VERSION, decision="given", at=AT)
    assert lan.consents.count() == 1


def test_a_look_is_seen_by_both_and_by_nobody_else(lan: User, wei: User) -> None:
    mo = User.objects.create_user("S003", name="莫远")
    record_look(lan, what="track", object_id="x", reason="核对标记 F-208", by=wei, at=AT)
    assert AccessEntry.objects.visible_to(lan).count() == AccessEntry.objects.visible_to(wei).count() == 1
    assert not AccessEntry.objects.visible_to(mo).exists()


def test_the_database_refuses_a_look_without_a_reason(lan: User, wei: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        record_look(lan, what="track", object_id="x", reason="  ", by=wei, at=AT)


def test_the_database_refuses_to_change_or_remove_a_look(lan: User, wei: User) -> None:
    record_look(lan, what="track", object_id="x", reason="核对标记", by=wei, at=AT)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AccessEntry.objects.update(reason="改掉")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AccessEntry.objects.all().delete()
