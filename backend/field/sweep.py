"""Photos and files whose time is over, gone from the disk with every copy; uploads nobody ever finished."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from backend.field.media import part_path, stored_path
from backend.field.models import Attachment

ABANDONED_AFTER = timedelta(days=30)  # as long as a phone may still bring evidence
KINDS = ("originals", "large", "small")
State = Attachment.State
FORGOTTEN: dict[str, Any] = {"state": State.EXPIRED, "exif": {}, "place_word": "", "time_word": "", "judged": {}} | {
    "width": None,
    "height": None,
}


def expire_files(is_over: Callable[[Attachment], bool], *, before: datetime) -> int:
    """Remove the files of everything ``is_over`` names; the row stays, so that the same file is not taken in again."""
    rows = Attachment.objects.filter(state__in=[State.STORED, State.UNREADABLE], stored_at__lt=before)
    return sum(_expire(row) for row in rows.order_by("stored_at", "pk").iterator() if is_over(row))


def _expire(row: Attachment) -> int:
    with transaction.atomic():
        same = list(Attachment.objects.select_for_update().filter(sha256=row.sha256))
        Attachment.objects.filter(pk=row.pk).update(**FORGOTTEN)
        # One file of a content: whoever else brought the same picture, and still keeps it, keeps the file.
        is_last = not any(other.pk != row.pk and other.state in (State.STORED, State.UNREADABLE) for other in same)
    if is_last:
        for kind in KINDS:
            stored_path(kind, row.sha256).unlink(missing_ok=True)
    return 1


def sweep_uploads(*, at: datetime) -> int:
    """Uploads begun long ago of which nothing came lately, and parts that belong to no upload."""
    limit = at - ABANDONED_AFTER
    count = 0
    for row in Attachment.objects.filter(state=State.RECEIVING, created_at__lt=limit).iterator():
        if _written_at(part_path(row)) < limit:
            part_path(row).unlink(missing_ok=True)
            count += Attachment.objects.filter(pk=row.pk, state=State.RECEIVING).delete()[0]
    parts = Path(settings.MEDIA_ROOT) / "parts"
    known = {str(uuid) for uuid in Attachment.objects.filter(state=State.RECEIVING).values_list("uuid", flat=True)}
    for part in parts.glob("*") if parts.is_dir() else ():
        if _written_at(part) < limit and part.stem not in known:
            part.unlink(missing_ok=True)
            count += 1
    return count


def _written_at(part: Path) -> datetime:
    try:
        return datetime.fromtimestamp(part.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.fromtimestamp(0, UTC)
