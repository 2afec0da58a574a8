"""Who took consent back, noted beside the database too: a backup made before does not bring their tracks back.

One small file for each person under the media folder, with nothing in it but the moment. `./patrol restore` carries the
files over, and the next run of retention applies those that are newer than what the restored database knows.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from backend.accounts.actions import NOTICE_VERSION, record_consent
from backend.accounts.models import Consent, User

FOLDER = "erased"
NO = (Consent.Decision.WITHDRAWN, Consent.Decision.REFUSED)


def without_consent() -> QuerySet[Any]:
    """People whose newest word on tracks is no; ``said_at`` is when they said it."""
    newest = Consent.objects.filter(user=OuterRef("pk")).order_by("-at", "-pk")
    people = User.objects.annotate(said=Subquery(newest.values("decision")[:1]), said_at=Subquery(newest.values("at")[:1]))
    return people.filter(said__in=NO)


def note_erasure(person: UUID, at: datetime) -> None:
    """Write it down once this transaction has happened."""
    transaction.on_commit(lambda: _write(person, at))


def note_all() -> None:
    """What a crash right after a commit left unwritten."""
    for person, said_at in without_consent().values_list("uuid", "said_at"):
        if not (_folder() / str(person)).exists():
            _write(person, said_at)


def apply_erasures() -> int:
    """Take consent back for whoever did so after the last word this database knows; how many there were."""
    count = 0
    for file in sorted(_folder().glob("*")) if _folder().is_dir() else ():
        try:
            person, at = User.objects.get(uuid=UUID(file.name)), datetime.fromisoformat(file.read_text("ascii").strip())
        except (ValueError, User.DoesNotExist):
            continue
        newest = person.consents.order_by("-at", "-pk").first()
        if newest is not None and newest.at < at:
            record_consent(person, notice_version=NOTICE_VERSION, decision=Consent.Decision.WITHDRAWN, at=at)
            count += 1
    return count


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER


def _write(person: UUID, at: datetime) -> None:
    _folder().mkdir(parents=True, exist_ok=True)
    (_folder() / str(person)).write_text(at.isoformat(), "ascii")
