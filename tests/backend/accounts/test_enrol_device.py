"""One code makes one phone of one person, once, within ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.accounts.actions import (
    CODE_LENGTH,
    TRIES_PER_ADDRESS,
    CodeUnknown,
    enrol_device,
    make_enrolment_code,
    revoke_device,
)
from backend.accounts.models import Device, EnrolmentCode, User
from backend.problems import TooMany

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
HOME = "127.0.0.1"


@pytest.fixture
def lan() -> User:
    return User.objects.create_user("13000000001", name="刘桂花")


def test_a_code_is_long_and_easy_to_read_aloud(lan: User) -> None:
    code = make_enrolment_code(lan, by=None, at=AT)
    assert len(code) == CODE_LENGTH >= 8
    assert not set(code) & set("01OIL")


def test_a_code_makes_a_phone_whose_token_is_stored_only_as_a_hash(lan: User) -> None:
    device, token = enrol_device(make_enrolment_code(lan, by=None, at=AT), name="红米", address=HOME, at=AT)
    assert device.user == lan
    assert len(token) >= 32
    assert token not in str(Device.objects.values().get())
    assert not EnrolmentCode.objects.filter(used_at=None).exists()


def test_a_code_typed_small_and_with_spaces_still_works(lan: User) -> None:
    code = make_enrolment_code(lan, by=None, at=AT)
    typed = f" {code[:3].lower()} {code[3:6]}-{code[6:]} "
    assert enrol_device(typed, name="", address=HOME, at=AT)[0].user == lan


def test_a_code_works_once(lan: User) -> None:
    code = make_enrolment_code(lan, by=None, at=AT)
    enrol_device(code, name="", address=HOME, at=AT)
    with pytest.raises(CodeUnknown):
        enrol_device(code, name="", address=HOME, at=AT)
    assert Device.objects.count() == 1


def test_a_code_dies_after_ten_minutes(lan: User) -> None:
    code = make_enrolment_code(lan, by=None, at=AT)
    with pytest.raises(CodeUnknown):
        enrol_device(code, name="", address=HOME, at=AT + timedelta(minutes=10))


def test_a_new_code_ends_the_one_before(lan: User) -> None:
    first = make_enrolment_code(lan, by=None, at=AT)
    make_enrolment_code(lan, by=None, at=AT)
    with pytest.raises(CodeUnknown):
        enrol_device(first, name="", address=HOME, at=AT)


def test_guessing_is_slowed_down_and_forgiven_after_ten_minutes(lan: User) -> None:
    for _ in range(TRIES_PER_ADDRESS):
        with pytest.raises(CodeUnknown):
            enrol_device("AAAAAAAAA", name="", address=HOME, at=AT)
    good = make_enrolment_code(lan, by=None, at=AT)
    with pytest.raises(TooMany):
        enrol_device(good, name="", address=HOME, at=AT)
    later = AT + timedelta(minutes=11)
    assert enrol_device(make_enrolment_code(lan, by=None, at=later), name="", address=HOME, at=later)[0].user == lan


def test_a_person_who_has_left_enrols_no_phone(lan: User) -> None:
    code = make_enrolment_code(lan, by=None, at=AT)
    User.objects.filter(pk=lan.pk).update(is_active=False)
    with pytest.raises(CodeUnknown):
        enrol_device(code, name="", address=HOME, at=AT)


def test_a_revoked_phone_stays_revoked(lan: User) -> None:
    device, _ = enrol_device(make_enrolment_code(lan, by=None, at=AT), name="", address=HOME, at=AT)
    revoke_device(device, at=AT)
    revoke_device(device, at=AT + timedelta(days=1))
    assert device.revoked_at == AT
