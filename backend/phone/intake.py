"""Intake: every item kept raw in a transaction of its own, interpreted inside a savepoint, answered with a receipt."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import connection, transaction
from django.db.models import QuerySet
from procrastinate.contrib.django import app

from backend.accounts.actions import NOTICE_VERSION
from backend.accounts.models import Device, User
from backend.field.actions import HOME, home_code
from backend.phone.codes import TEXTS, retry_for
from backend.phone.interpret import Read, flag, interpret
from backend.phone.interpret.common import Unfit, Verdict
from backend.phone.interpret.track import asked_of_track
from backend.phone.models import InboxItem, Outcome, Tracker
from backend.phone.wire import canonical, is_plain, receipt, sha256
from backend.statements import Asked, Row, ask, ask_all

logger = logging.getLogger(__name__)

INTERPRET_LATER = "backend.phone.jobs.interpret_pending"
RELEASE_SEALED = "backend.phone.jobs.release_sealed"
KIND = re.compile(r"[a-z_]{1,20}")

# One statement, after the person's lock: whether tracks may be kept at all, the row once per content, and whether the same
# id came before with other content (the select sees what was there before this statement); and the person's grid, for what follows.
KEEP_ONCE = f"""
with consent as (
    select coalesce((select decision = 'given' from accounts_consent
                      where user_id = %(person)s and notice_version = %(notice)s order by at desc, id desc limit 1), false) as given
), kept as (
    insert into phone_inboxitem (person_id, device_id, item, kind, sha256, body, sent_at, boot, mono, received_at, state)
    select %(person)s, %(device)s, %(item)s::uuid, %(kind)s::text, %(sha256)s::text,
           case when %(kind)s::text <> 'track' or given then %(body)s::bytea else ''::bytea end,
           %(sent_at)s::bigint, %(boot)s::text, %(mono)s::bigint, %(received_at)s::timestamptz, 'pending'
      from consent
    on conflict (person_id, item, sha256) do nothing
    returning id
)
select (select id from kept), %(kind)s::text = 'track' and not given,
       exists (select 1 from phone_inboxitem where person_id = %(person)s and item = %(item)s::uuid),
       coalesce(({HOME}), '')
  from consent
"""
SETTLE = """
with settled as (update phone_inboxitem set state = %(state)s where id = %(inbox)s)
insert into phone_outcome (inbox_id, status, code, text, retry, at)
values (%(inbox)s, %(status)s, %(code)s, %(text)s, %(retry)s, %(at)s)
on conflict (inbox_id) do update
   set status = excluded.status, code = excluded.code, text = excluded.text, retry = excluded.retry, at = excluded.at
"""
# A person's items are interpreted one after the other, whichever of their phones brings them.
LOCK_PERSON = "select pg_advisory_xact_lock(hashtext('xunge.intake'), %(person)s::int)"


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who brings items, and the phone's clocks at that moment."""

    device: Device
    received_at: datetime
    sent_at: int | None = None
    boot: str = ""
    mono: int | None = None

    @property
    def person(self) -> User:
        return self.device.user


class Kept(NamedTuple):
    """The new row, none if it is here already; whether it is a track nobody agreed to; whether its id meant something else."""

    row: InboxItem | None
    is_unwanted: bool
    is_reused: bool
    home: str
    foreknown: Row | None


class Given(NamedTuple):
    """One entry of a request, in pieces."""

    said_id: str
    item: UUID | None
    key: UUID
    kind: str
    body: Any
    raw: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What the phone is told about one item."""

    id: str
    status: str
    code: str
    text: str
    retry: str
    receipt: dict[str, Any]


def take_in(entry: Any, envelope: Envelope) -> Answered:
    """Keep one entry of a request and say what became of it. Committed when this returns."""
    item, kind, body = _parts(entry)
    raw = canonical(body if item else entry)
    digest = sha256(raw)
    key = item or uuid5(NAMESPACE_URL, digest)
    said_id = str(entry.get("id", "")) if isinstance(entry, dict) else ""
    given = Given(said_id, item, key, kind, body, raw, digest)
    if kind == "track":  # nearly all there is, nearly always as it should be: a savepoint only where something goes wrong
        with suppress(Exception):
            return _take_in(given, envelope, is_trusted=True)
    return _take_in(given, envelope)


def _take_in(given: Given, envelope: Envelope, *, is_trusted: bool = False) -> Answered:
    said_id, item, key, kind, body, raw, digest = given
    with transaction.atomic():
        row, is_unwanted, is_reused, home, foreknown = _keep(key, kind, digest, raw, envelope, body)
        if row is None:
            first = InboxItem.objects.select_related("outcome").get(person=envelope.person, item=key, sha256=digest)
            return _answer(said_id, first, status=Outcome.Status.DUPLICATE)
        if is_reused:
            _settle(row, Outcome.Status.ID_REUSED, "id_reused", InboxItem.State.QUARANTINED, at=envelope.received_at)
        elif is_unwanted:
            _settle(row, Outcome.Status.STORED, "consent_missing", InboxItem.State.INTERPRETED, at=envelope.received_at)
        elif item is None:
            _settle(row, Outcome.Status.QUARANTINED, "body_invalid", InboxItem.State.QUARANTINED, at=envelope.received_at)
        elif is_trusted:
            _understood(
                row, interpret(row, read=Read(body if is_plain(raw) else None, home, foreknown)), at=envelope.received_at
            )
        elif not settle(row, at=envelope.received_at, read=Read(body if is_plain(raw) else None, home, foreknown)):
            app.configure_task(INTERPRET_LATER, schedule_in={"seconds": 10}).defer(inbox=row.pk)
        if kind == "patrol" and Tracker.objects.filter(device__user=envelope.person).exists():
            app.configure_task(RELEASE_SEALED).defer(person=envelope.person.pk)
        return _answer(said_id, row)


def keep_unreadable(raw: bytes, envelope: Envelope) -> dict[str, Any]:
    """A request nobody can parse is kept whole, once; its receipt."""
    digest = sha256(raw)
    key = uuid5(NAMESPACE_URL, digest)
    with transaction.atomic():
        row, *_ = _keep(key, "request", digest, raw, envelope)
        if row is None:
            row = InboxItem.objects.get(person=envelope.person, item=key, sha256=digest)
        else:
            _settle(row, Outcome.Status.QUARANTINED, "request_unreadable", InboxItem.State.QUARANTINED, at=envelope.received_at)
    return receipt(key, digest, row.received_at)


def settle(row: InboxItem, *, at: datetime, is_replay: bool = False, read: Read | None = None) -> bool:
    """Interpret a row and write its outcome. What fails unexpectedly leaves the row pending and answers False."""
    try:
        with transaction.atomic():
            verdict = interpret(row, is_replay=is_replay, read=read)
    except Unfit as unfit:
        _settle(row, Outcome.Status.QUARANTINED, unfit.code, InboxItem.State.QUARANTINED, at=at)
    except Exception:  # whatever it is, the item is kept and the others go on
        if connection.needs_rollback:  # the connection died: nothing can be kept, and the phone sends it again
            raise
        logger.exception("inbox.interpretation_failed", extra={"inbox": row.pk, "kind": row.kind})
        if row.state == InboxItem.State.PENDING and not is_replay:
            _write(row, Outcome.Status.STORED, "pending", InboxItem.State.PENDING, at=at)
        return False
    else:
        if is_replay and row.state == InboxItem.State.INTERPRETED:
            ask_all(*verdict.after)
            return True  # what the phone was told stands
        _understood(row, verdict, at=at)
    return True


def _understood(row: InboxItem, verdict: Verdict, *, at: datetime) -> None:
    _write(row, Outcome.Status.STORED, verdict.code, InboxItem.State.INTERPRETED, at=at, after=verdict.after)
    if verdict.is_expired:
        forget_bodies(InboxItem.objects.filter(pk=row.pk))


def forget_bodies(rows: QuerySet[InboxItem]) -> int:
    """Id and hash stay, so that what is sent again is known; `held` answers ``expired`` from then on."""
    return rows.update(body=b"", state=InboxItem.State.EXPIRED)


def lock_person(person: int) -> None:
    ask(LOCK_PERSON, {"person": person})


def _parts(entry: Any) -> tuple[UUID | None, str, Any]:
    """Id, kind and body of an entry; no id if it is not of the agreed shape."""
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not isinstance(entry.get("kind"), str):
        return None, "", None
    try:
        item = UUID(entry["id"])
    except ValueError:
        return None, "", None
    return item, entry["kind"] if KIND.fullmatch(entry["kind"]) else "unknown", entry.get("body")


def _keep(key: UUID, kind: str, digest: str, raw: bytes, envelope: Envelope, body: Any = None) -> Kept:
    """Keep a content once, under the person's lock, which is held until the transaction ends."""
    values: dict[str, Any] = {"item": key, "kind": kind, "sha256": digest, "sent_at": envelope.sent_at, "boot": envelope.boot}
    values |= {"mono": envelope.mono, "received_at": envelope.received_at}
    keys = {"person": envelope.person.pk, "device": envelope.device.pk, "body": raw, "notice": NOTICE_VERSION}
    keys |= {"user": envelope.person.pk, "at": envelope.received_at}
    more = asked_of_track(body, envelope.person.pk) if kind == "track" else []
    _, ((found, is_unwanted, is_reused, home),), *answers = ask_all((LOCK_PERSON, keys), (KEEP_ONCE, values | keys), *more)
    foreknown = answers[0][0] if answers else None
    if found is None:
        return Kept(None, is_unwanted, is_reused, home, foreknown)
    values |= {"person": envelope.person, "device": envelope.device, "body": b"" if is_unwanted else raw}
    return Kept(InboxItem(pk=found, state=InboxItem.State.PENDING, **values), is_unwanted, is_reused, home, foreknown)


def _settle(row: InboxItem, status: str, code: str, state: str, *, at: datetime) -> None:
    """An outcome without interpretation; unless it is as it should be, somebody is asked to look."""
    _write(row, status, code, state, at=at)
    if state == InboxItem.State.QUARANTINED:
        flag(row, code, about="item", evidence={}, home=home_code(row.person, row.received_at))


def _write(row: InboxItem, status: str, code: str, state: str, *, at: datetime, after: Sequence[Asked] = ()) -> None:
    values: dict[str, Any] = {"status": status, "code": code, "text": TEXTS[code], "retry": retry_for(code), "at": at}
    ask_all(*after, (SETTLE, values | {"inbox": row.pk, "state": state}))
    Outcome(inbox=row, **values)  # the row knows its outcome from here on
    row.state = state


def _answer(said_id: str, row: InboxItem, *, status: str = "") -> Answered:
    outcome = row.outcome
    return Answered(
        id=said_id or str(row.item),
        status=status or outcome.status,
        code=outcome.code,
        text=outcome.text,
        retry=outcome.retry,
        receipt=receipt(row.item, row.sha256, row.received_at),
    )
