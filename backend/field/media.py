"""Files from phones: received piece by piece, named by their SHA-256, shown only re-encoded and only to those who may see them."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Greatest
from procrastinate.contrib.django import app

from backend.accounts.models import User
from backend.field.models import Attachment
from backend.field.pictures import NotAPicture, make_copies
from backend.field.witness import judge_photo
from backend.problems import Busy, Conflict, NotFound, Problem, TooLarge

logger = logging.getLogger(__name__)

MAX_BYTES = 15 * 1024 * 1024
KEEP_FREE_BYTES = 256 * 1024 * 1024  # the database may lie on the same disk, and must never find it full of photos
FULL = (errno.ENOSPC, errno.EDQUOT)
FLUSH_BYTES = 512 * 1024  # so much is at risk when the machine dies in the middle of an upload
MAKE_COPIES = "backend.field.jobs.copy_picture"


class OffsetWrong(Conflict):
    """The upload stands elsewhere than the phone thinks; HEAD tells where."""

    slug, retry = "upload_offset_wrong", "after"
    zh, en = "照片接着传的位置不对，手机会自己重新对上。", "The upload stands elsewhere. Ask with HEAD and go on from there."


class ChecksumWrong(Problem):
    """All bytes are there, and they are not the ones that were announced; the upload begins again."""

    slug, status, retry = "checksum_mismatch", 460, "after"
    zh, en = "照片在路上传坏了，手机会自己重传。", "The photo was damaged on the way. Send it again from the start."


class UploadInvalid(Problem):
    """The request is no upload as agreed: length, name or type is missing or wrong."""

    slug = "upload_invalid"
    zh, en = "上传的请求不完整。请更新手机上的巡格。", "The upload request is incomplete. Update the app."


class StorageFull(Problem):
    """No room for files. What came is kept, what did not stays on the phone and is sent again; the rest goes on working."""

    slug, status, retry, blame, after_s = "storage_full", 507, "after", "server", 600
    zh, en = (
        "镇里的机器存满了，照片先存在手机里，会自己再传。",
        "The server has no room. Photos stay on the phone and are sent again.",
    )


def part_path(attachment: Attachment) -> Path:
    return Path(settings.MEDIA_ROOT) / "parts" / f"{attachment.uuid}.part"


def stored_path(kind: str, sha256: str) -> Path:
    """``originals``, ``large`` or ``small``."""
    return Path(settings.MEDIA_ROOT) / kind / sha256[:2] / sha256[2:4] / sha256


def begin_upload(sha256: str, *, length: int, media_type: str, by: User, at: datetime) -> tuple[Attachment, bool]:
    """The upload of a person's file, found again if it was begun before; and whether it is new."""
    if length > MAX_BYTES:
        raise TooLarge("照片太大，最多 15 MB。")
    _must_have_room(length)
    values = {"length": length, "media_type": media_type, "created_at": at}
    row, is_new = Attachment.objects.get_or_create(person=by, sha256=sha256, defaults=values)
    if row.state == Attachment.State.RECEIVING and row.length != length:
        Attachment.objects.filter(pk=row.pk).update(length=length, offset=0)
        part_path(row).unlink(missing_ok=True)
        row.refresh_from_db()
    return row, is_new


def upload_offset(attachment: Attachment, *, at: datetime) -> int:
    """How many bytes are safely here: the row is written after the file, so the smaller of the two holds."""
    if attachment.state != Attachment.State.RECEIVING:
        return attachment.length
    if attachment.offset >= attachment.length:  # the machine died between the last byte and the check
        attachment = finish_upload(attachment, at=at)
        return attachment.offset
    part = part_path(attachment)
    there = min(part.stat().st_size if part.exists() else 0, attachment.offset)
    if there != attachment.offset:
        Attachment.objects.filter(pk=attachment.pk, state=Attachment.State.RECEIVING).update(offset=there)
        attachment.offset = there
    return there


def append_bytes(attachment: Attachment, blocks: Iterable[bytes], *, offset: int, at: datetime) -> int:
    """Write what comes, as it comes; returns where the upload stands. Cut off anywhere, it goes on from there.

    Two writers do no harm: the file is named by its content, so both write the same bytes at the same places, and a phone
    whose old connection hangs may begin a new one. No database connection is held while waiting for the phone.
    """
    if offset != upload_offset(attachment, at=at):
        raise OffsetWrong
    if attachment.state != Attachment.State.RECEIVING:
        return attachment.length
    try:
        position = _write_blocks(attachment, blocks, offset)
        return finish_upload(attachment, at=at).offset if position >= attachment.length else position
    except OSError as error:
        if error.errno not in FULL:
            raise
        logger.error("storage.full", extra={"attachment": attachment.pk})  # noqa: TRY400  the trace says nothing more
        raise StorageFull from error


def _write_blocks(attachment: Attachment, blocks: Iterable[bytes], offset: int) -> int:
    """Where the upload stands after this; what is on disk is written down also when the rest fails."""
    part = part_path(attachment)
    part.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(part, os.O_WRONLY | os.O_CREAT, 0o600)
    position = flushed = offset
    try:
        for block in blocks:
            if position + len(block) > attachment.length:
                raise UploadInvalid("传来的比说好的多。")
            left = memoryview(block)
            while left:  # a disk that fills up takes part of a block first
                taken = os.pwrite(file, left, position)
                position, left = position + taken, left[taken:]
            if position - flushed >= FLUSH_BYTES:
                flushed = _flush(file, attachment, position)
    finally:
        if position > flushed:
            _flush(file, attachment, position)
        os.close(file)
    return position


def finish_upload(attachment: Attachment, *, at: datetime) -> Attachment:
    """Check the bytes against their name. Right: stored for good. Wrong: the upload stands at 0 again, `ChecksumWrong`."""
    with transaction.atomic():
        row = Attachment.objects.select_for_update().get(pk=attachment.pk)
        is_right = row.state != Attachment.State.RECEIVING or _put_away(row)
        if row.state == Attachment.State.RECEIVING:
            values = {"state": Attachment.State.STORED, "offset": row.length, "stored_at": at} if is_right else {"offset": 0}
            Attachment.objects.filter(pk=row.pk).update(**values)
            if is_right:
                app.configure_task(MAKE_COPIES).defer(attachment=row.pk)
    row.refresh_from_db()
    if not is_right:
        raise ChecksumWrong
    return row


def copy_picture(attachment: Attachment) -> Attachment:
    """Make the copies that are shown, and hear what the photo says of place and time. Done twice, it is as done once.

    What is no picture is kept and marked; the report it belongs to stays whole.
    """
    original = stored_path("originals", attachment.sha256)
    large, small = stored_path("large", attachment.sha256), stored_path("small", attachment.sha256)
    try:
        picture = make_copies(original, large=large, small=small)
    except NotAPicture as refusal:
        logger.info("attachment.unreadable", extra={"attachment": attachment.pk, "why": str(refusal)})
        values: dict[str, object] = {"state": Attachment.State.UNREADABLE, "trouble": refusal.trouble}
    else:
        values = {"width": picture.width, "height": picture.height, "exif": picture.claims}
    with transaction.atomic():
        is_here = Attachment.objects.filter(pk=attachment.pk).exclude(state=Attachment.State.EXPIRED).update(**values)
        attachment.refresh_from_db()
        if is_here:
            judge_photo(attachment)
    return attachment


def copy_path(photo: Attachment, kind: str) -> Path:
    """Where a copy lies; one that is missing is made again. Raises `NotFound` for what is no picture or gone."""
    path = stored_path(kind, photo.sha256)
    try:
        if photo.state != Attachment.State.STORED:
            raise NotFound
        if not path.exists() and copy_picture(photo).state != Attachment.State.STORED:
            raise NotFound
    except OSError as error:
        logger.exception("attachment.not_copied", extra={"attachment": photo.pk})
        raise Busy from error
    return path


def _must_have_room(length: int) -> None:
    root = Path(settings.MEDIA_ROOT)
    while not root.exists():
        root = root.parent
    if shutil.disk_usage(root).free < length + KEEP_FREE_BYTES:
        logger.error("storage.full", extra={"media_root": str(root)})
        raise StorageFull


def _flush(file: int, attachment: Attachment, position: int) -> int:
    os.fsync(file)
    rows = Attachment.objects.filter(pk=attachment.pk, state=Attachment.State.RECEIVING)
    rows.update(offset=Greatest("offset", position))
    if not connection.in_atomic_block:
        connection.close()
    return position


def _put_away(row: Attachment) -> bool:
    """Move the finished part to its place if it is what it was called; else drop it."""
    part, final = part_path(row), stored_path("originals", row.sha256)
    if not part.exists():  # moved, and the machine died before that was written down; unless the file is somebody else's
        others = Attachment.objects.filter(sha256=row.sha256).exclude(pk=row.pk).exclude(state=Attachment.State.RECEIVING)
        return final.exists() and not others.exists()
    final.parent.mkdir(parents=True, exist_ok=True)
    copy = part.with_suffix(".done")
    try:
        is_right = _copy_hashed(part, copy) == row.sha256
        if is_right:
            copy.replace(final)
    finally:
        copy.unlink(missing_ok=True)
    part.unlink()
    for folder in (final.parent, part.parent):
        _sync_folder(folder)
    return is_right


def _copy_hashed(part: Path, copy: Path) -> str:
    """Write the bytes anew and hash what is written: an old connection may still hold the part open and write into it."""
    digest = hashlib.sha256()
    with part.open("rb") as source, open(copy, "wb", opener=_private) as target:
        while block := source.read(FLUSH_BYTES):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
