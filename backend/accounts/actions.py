"""Changes to people's phones, consent and access records."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from backend.accounts.models import AccessEntry, Consent, Device, EnrolmentCode, EnrolmentTry, Post, User
from backend.problems import Problem, TooMany
from backend.units.models import AdminUnit
from notifications.actions import drop_addresses

NOTICE_VERSION = "2026-11"
CODE_LIFE = timedelta(minutes=10)
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that a tired eye takes for something else
CODE_LENGTH = 9
TRIES_PER_ADDRESS = 10  # wrong codes from one address within CODE_LIFE


class CodeUnknown(Problem):
    """The enrolment code is wrong, was used, or is older than ten minutes: the three are not told apart."""

    slug, status = "code_unknown", 404
    zh, en = "这个码不对、用过了，或者过了 10 分钟。请找管理员再要一个。", "Wrong, used or expired code. Ask for a new one."


def digest(secret: str) -> str:
    """Codes and tokens are random and long, so a plain hash is enough to keep them out of backups."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make_enrolment_code(user: User, *, by: User | None, at: datetime) -> str:
    """A one-time code of nine characters; codes made earlier for this person stop working."""
    code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    with transaction.atomic():
        EnrolmentCode.objects.filter(user=user, used_at=None).delete()
        EnrolmentCode.objects.create(code_hash=digest(code), user=user, made_by=by, made_at=at, expires_at=at + CODE_LIFE)
    return code


def enrol_device(code: str, *, name: str, address: str, at: datetime) -> tuple[Device, str]:
    """Turn a code into a device and its token, once. ``address`` is the caller's, to slow down guessing."""
    code = "".join(code.upper().split()).replace("-", "")
    tries = EnrolmentTry.objects.filter(address=address, at__gt=at - CODE_LIFE)
    if tries.count() >= TRIES_PER_ADDRESS:
        raise TooMany("试了太多次。请过 10 分钟再试，或者找管理员帮忙。")
    with transaction.atomic():
        row = EnrolmentCode.objects.select_for_update().filter(code_hash=digest(code), used_at=None, expires_at__gt=at).first()
        if row is not None and row.user.is_active:
            token = secrets.token_urlsafe(32)
            device = Device.objects.create(user=row.user, token_hash=digest(token), name=name[:120], enrolled_at=at)
            EnrolmentCode.objects.filter(pk=row.pk).update(used_at=at)
            return device, token
    EnrolmentTry.objects.create(address=address, at=at)
    EnrolmentTry.objects.filter(at__lt=at - CODE_LIFE).delete()
    raise CodeUnknown


def hire(number: str, name: str, *, role: str, unit: AdminUnit, password: str, at: datetime) -> tuple[Post, bool]:
    """Give a person a post from now on. A person not known yet is made with the password; answers whether that was so."""
    with transaction.atomic():
        user = User.objects.filter(number=number).first()
        is_new = user is None
        if user is None:
            user = User.objects.create_user(number, name=name, password=password)
        held = user.posts.valid_at(at).filter(role=role, unit=unit).first()
        post = held or Post.objects.create(user=user, role=role, unit=unit, valid=DateTimeTZRange(at, None))
    return post, is_new


def revoke_device(device: Device, *, at: datetime) -> None:
    """A lost phone dies at once and is sent nothing more; what it sent stays."""
    with transaction.atomic():
        Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=at)
        drop_addresses(device.uuid, at=at)
    device.refresh_from_db(fields=["revoked_at"])


def record_health(device: Device, health: dict[str, Any], *, at: datetime) -> None:
    """Keep what a phone says of itself; only the newest word counts."""
    Device.objects.filter(pk=device.pk).update(health=health, seen_at=at)


def record_consent(user: User, *, notice_version: str, decision: str, at: datetime) -> Consent:
    """Keep what the person answered. Saying the same again changes nothing."""
    last = user.consents.filter(notice_version=notice_version).last()
    if last is not None and last.decision == decision:
        return last
    return Consent.objects.create(user=user, notice_version=notice_version, decision=decision, at=at)


def has_consented(user: User) -> bool:
    """Whether tracks of this person may be kept: the newest answer to the notice in force."""
    last = user.consents.filter(notice_version=NOTICE_VERSION).last()
    return last is not None and last.decision == Consent.Decision.GIVEN


def have_consented(people: Iterable[int]) -> set[int]:
    """Of these persons, by key, those whose tracks may be kept."""
    said = Consent.objects.filter(user__in=list(people), notice_version=NOTICE_VERSION).order_by("at", "pk")
    newest = dict(said.values_list("user", "decision"))
    return {person for person, decision in newest.items() if decision == Consent.Decision.GIVEN}


def record_look(about: User, *, what: str, object_id: str, reason: str, by: User, at: datetime) -> AccessEntry:
    """Write down who looks at whom and why, before anything is shown. Looking at oneself needs no entry elsewhere."""
    return AccessEntry.objects.create(by=by, about=about, what=what, object_id=object_id, reason=reason.strip(), at=at)
