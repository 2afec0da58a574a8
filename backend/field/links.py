"""Short-lived links to pictures. A link says which file, which copy, for whom and until when, and is signed; nobody else can use it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from django.core import signing
from django.http import FileResponse

from backend.accounts.actions import record_look
from backend.accounts.models import User
from backend.field.media import copy_path, stored_path
from backend.field.models import Attachment
from backend.field.pictures import read_kind
from backend.problems import NotAllowed, NotFound

Kind = Literal["large", "small", "originals"]
SALT = "xunge.photo"
# Links of one quarter of an hour are equal, so that a page drawn anew asks for nothing the browser has.
COPY_LIFE = timedelta(minutes=15)
ORIGINAL_LIFE = timedelta(minutes=5)
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}
SHOWN_BY_BROWSERS = ("image/jpeg", "image/png", "image/webp")


class LinkExpired(NotAllowed):
    """The link to a picture was good for minutes and is no longer; the page asks for a new one."""

    slug, retry = "link_expired", "after"
    zh, en = "这个链接过了时间。回到原来的页面再点一次。", "This link has expired. Go back to its page and open it again."


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says, and when it ends."""

    token: str
    until: datetime


def link_to_copy(user: User, sha256: str, *, kind: Kind, at: datetime) -> Link:
    """A link to a re-encoded copy, for somebody who may see the photo; for anybody else there is none."""
    photo = Attachment.objects.visible_to(user).filter(sha256=sha256, state=Attachment.State.STORED).order_by("pk").first()
    if photo is None:
        raise NotFound
    return link_for(user, photo, kind=kind, at=at)


def link_for(user: User, photo: Attachment, *, kind: Kind, at: datetime) -> Link:
    """A link to a re-encoded copy, for somebody of whom it has been decided that they may see it."""
    life = int(COPY_LIFE.total_seconds())
    return _sign(photo, kind, user, (int(at.timestamp()) // life + 2) * life)


def look_at_original(user: User, photo: Attachment, *, reason: str, at: datetime) -> tuple[Link, str]:
    """A link to the file as it came, and its media type, after writing down who looks and why; the person sees it."""
    path = stored_path("originals", photo.sha256)
    if not path.exists():
        raise NotFound
    record_look(photo.person, what="original_photo", object_id=photo.sha256, reason=reason, by=user, at=at)
    return _sign(photo, "originals", user, int((at + ORIGINAL_LIFE).timestamp())), read_kind(path)


def open_link(user: User, token: str, *, at: datetime) -> FileResponse:
    """The bytes a link is for. Forged, another person's or gone: not found. Too old: `LinkExpired`."""
    try:
        said: dict[str, Any] = signing.Signer(salt=SALT).unsign_object(token)
    except (signing.BadSignature, ValueError) as error:
        raise NotFound from error
    if said["p"] != user.pk:
        raise NotFound
    left = said["u"] - at.timestamp()
    if left <= 0:
        raise LinkExpired
    photo = Attachment.objects.filter(pk=said["a"]).first()
    if photo is None:
        raise NotFound
    return _original(photo) if said["k"] == "originals" else copy_response(photo, said["k"], keep_s=int(left))


def copy_response(photo: Attachment, kind: Kind, *, keep_s: int) -> FileResponse:
    path = copy_path(photo, kind)
    headers = SAFE_HEADERS | {
        "Cache-Control": f"private, max-age={keep_s}, immutable",
    }
    return FileResponse(path.open("rb"), filename=f"{photo.sha256[:12]}.jpg", content_type="image/jpeg", headers=headers)


def _original(photo: Attachment) -> FileResponse:
    """As it came. Only what browsers show as a picture is opened; everything else is saved, whatever it calls itself."""
    path = stored_path("originals", photo.sha256)
    if photo.state not in (Attachment.State.STORED, Attachment.State.UNREADABLE) or not path.exists():
        raise NotFound
    kind = read_kind(path)
    is_shown = kind in SHOWN_BY_BROWSERS and photo.state == Attachment.State.STORED
    name = f"{photo.sha256[:12]}.{ENDINGS.get(kind, 'bin')}"
    headers = SAFE_HEADERS | {"Cache-Control": "private, no-store"}
    kind = kind or "application/octet-stream"
    return FileResponse(path.open("rb"), as_attachment=not is_shown, filename=name, content_type=kind, headers=headers)


def _sign(photo: Attachment, kind: Kind, user: User, until: int) -> Link:
    token = signing.Signer(salt=SALT).sign_object({"a": photo.pk, "k": kind, "p": user.pk, "u": until})
    return Link(token, datetime.fromtimestamp(until, UTC))
