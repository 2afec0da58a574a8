"""Uploads by tus 1.0: the core, and creation. Pictures back to those who may see them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from ninja import Router

from backend.accounts.models import User
from backend.field.links import Kind, copy_response
from backend.field.media import MAX_BYTES, UploadInvalid, append_bytes, begin_upload, upload_offset
from backend.field.models import Attachment
from backend.phone.auth import DeviceToken, PhoneRequest, release_connection
from backend.problems import NotFound, Problem

router = Router(auth=DeviceToken(), tags=["media"])
uploads = Router(auth=DeviceToken(), tags=["media"])

VERSION = "1.0.0"
TUS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
ABILITIES = {"Tus-Version": VERSION, "Tus-Extension": "creation", "Tus-Max-Size": str(MAX_BYTES)}
PIECES = "application/offset+octet-stream"
BLOCK_BYTES = 64 * 1024
KEPT_BY_PHONE_S = 86_400
SHA256 = re.compile(r"[0-9a-f]{64}")
MEDIA_TYPE = re.compile(r"[\w.+-]{1,19}/[\w.+-]{1,20}")
Operation = Callable[..., Any]


class TusVersionUnknown(Problem):
    """The request names no version of tus, or one that is not spoken here."""

    slug, status, retry = "tus_version_unknown", 412, "update"
    zh, en = "手机上的巡格版本不对，请更新。", "This server speaks tus 1.0.0. Say so in Tus-Resumable."


class NotPieces(Problem):
    """An upload goes on by PATCH with the content type of tus, and by nothing else."""

    slug, status, retry = "upload_type_wrong", 415, "update"
    zh, en = "接着传的格式不对。请更新手机上的巡格。", f"Send pieces of an upload as {PIECES}."


class MethodUnknown(Problem):
    """A method named in X-HTTP-Method-Override that an upload does not have."""

    slug, status = "method_unknown", 405
    zh, en = "上传的方式不对。请更新手机上的巡格。", "An upload knows HEAD and PATCH."


def _signed_version(view: Operation) -> Operation:
    """Every answer, refusals too, names the version; one that refuses a version names those there are."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = view(request, *args, **kwargs)
        for name, value in (TUS | (ABILITIES if response.status_code == TusVersionUnknown.status else {})).items():
            response.headers.setdefault(name, value)
        return response

    return run


uploads.add_decorator(_signed_version, mode="view")


@uploads.api_operation(["OPTIONS"], "/", operation_id="tell_upload_abilities")
def abilities(request: PhoneRequest) -> HttpResponse:
    del request
    return HttpResponse(status=204, headers=ABILITIES)


@uploads.post("/", operation_id="begin_upload")
def begin(request: PhoneRequest) -> HttpResponse:
    _must_speak_tus(request)
    sha256, media_type = _metadata(request.headers.get("Upload-Metadata", ""))
    length = _number(request, "Upload-Length")
    at = timezone.now()
    attachment, is_new = begin_upload(sha256, length=length, media_type=media_type, by=_user(request), at=at)
    where = request.build_absolute_uri(f"{request.path}uploads/{attachment.uuid}")
    headers = {"Location": where, "Upload-Offset": str(upload_offset(attachment, at=at))}
    return HttpResponse(status=201 if is_new else 200, headers=headers)


@uploads.api_operation(["HEAD"], "/uploads/{uuid:upload}", operation_id="read_upload_offset")
def progress(request: PhoneRequest, upload: UUID) -> HttpResponse:
    _must_speak_tus(request)
    return _progress(_own(request, upload))


@uploads.patch("/uploads/{uuid:upload}", operation_id="append_to_upload")
def append(request: PhoneRequest, upload: UUID) -> HttpResponse:
    _must_speak_tus(request)
    return _append(request, _own(request, upload))


@uploads.post("/uploads/{uuid:upload}", operation_id="override_upload_method")
def overridden(request: PhoneRequest, upload: UUID) -> HttpResponse:
    """For networks that let only GET and POST through: the method stands in a header."""
    _must_speak_tus(request)
    attachment = _own(request, upload)
    match request.headers.get("X-HTTP-Method-Override", ""):
        case "HEAD":
            return _progress(attachment)
        case "PATCH":
            return _append(request, attachment)
        case _:
            raise MethodUnknown


@router.get("/{sha256}", operation_id="read_picture")
def picture(request: PhoneRequest, sha256: str) -> FileResponse:
    return _copy(request, sha256, "large")


@router.get("/{sha256}/small", operation_id="read_small_picture")
def small_picture(request: PhoneRequest, sha256: str) -> FileResponse:
    return _copy(request, sha256, "small")


def _copy(request: PhoneRequest, sha256: str, kind: Kind) -> FileResponse:
    """Straight away: the token comes with every request and is asked every time, so no link is needed."""
    seen = Attachment.objects.visible_to(_user(request)).filter(sha256=sha256, state=Attachment.State.STORED)
    photo = seen.order_by("pk").first()
    if photo is None:
        raise NotFound
    return copy_response(photo, kind, keep_s=KEPT_BY_PHONE_S)


def _must_speak_tus(request: PhoneRequest) -> None:
    if request.headers.get("Tus-Resumable", "") != VERSION:
        raise TusVersionUnknown


def _progress(attachment: Attachment) -> HttpResponse:
    offset = upload_offset(attachment, at=timezone.now())
    told = (("sha256", attachment.sha256), ("type", attachment.media_type))
    metadata = ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in told)
    length = str(attachment.length)
    return HttpResponse(headers={"Upload-Offset": str(offset), "Upload-Length": length, "Upload-Metadata": metadata})


def _append(request: PhoneRequest, attachment: Attachment) -> HttpResponse:
    if request.headers.get("Content-Type", "") != PIECES:
        raise NotPieces
    at = timezone.now()
    offset = append_bytes(attachment, _blocks(request), offset=_number(request, "Upload-Offset"), at=at)
    return HttpResponse(status=204, headers={"Upload-Offset": str(offset)})


def _user(request: PhoneRequest) -> User:
    return request.auth.user


def _own(request: PhoneRequest, upload: UUID) -> Attachment:
    attachment = _user(request).attachments.filter(uuid=upload).first()
    if attachment is None:
        raise NotFound
    return attachment


def _blocks(request: PhoneRequest) -> Iterator[bytes]:
    """What the phone sends, as it comes. When it goes away, what came stays."""
    release_connection()
    try:
        while block := request.read(BLOCK_BYTES):
            yield block
    except (UnreadablePostError, OSError):
        return


def _number(request: PhoneRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 12:
        raise UploadInvalid
    number = int(text)
    if header == "Upload-Length" and number < 1:
        raise UploadInvalid
    return min(number, MAX_BYTES + 1)


def _metadata(header: str) -> tuple[str, str]:
    """SHA-256 and media type from ``sha256 <base64>,type <base64>``; ``filetype``, as some clients call it, does as well."""
    pairs = dict(part.strip().partition(" ")[::2] for part in header.split(","))
    said = (pairs.get("sha256", ""), pairs.get("type") or pairs.get("filetype", ""))
    try:
        sha256, media_type = (base64.b64decode(value, validate=True).decode() for value in said)
    except (binascii.Error, UnicodeDecodeError) as error:
        raise UploadInvalid from error
    if not SHA256.fullmatch(sha256):
        raise UploadInvalid
    return sha256, media_type if MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
