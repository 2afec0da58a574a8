"""Uploads by the core of tus 1.0: create, ask how far, send on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from uuid import UUID

from django.http import FileResponse, HttpResponse, UnreadablePostError
from django.utils import timezone
from ninja import Router

from backend.accounts.models import User
from backend.field.media import MAX_BYTES, UploadInvalid, append_bytes, begin_upload, picture_response, upload_offset
from backend.field.models import Attachment
from backend.phone.auth import DeviceToken, PhoneRequest, release_connection
from backend.problems import NotFound

router = Router(auth=DeviceToken(), tags=["media"])

TUS = {"Tus-Resumable": "1.0.0", "Cache-Control": "no-store"}
BLOCK_BYTES = 64 * 1024
SHA256 = re.compile(r"[0-9a-f]{64}")
MEDIA_TYPE = re.compile(r"[\w.+-]{1,19}/[\w.+-]{1,20}")


@router.post("/", operation_id="begin_upload")
def begin(request: PhoneRequest) -> HttpResponse:
    sha256, media_type = _metadata(request.headers.get("Upload-Metadata", ""))
    length = _number(request, "Upload-Length")
    at = timezone.now()
    attachment, is_new = begin_upload(sha256, length=length, media_type=media_type, by=_user(request), at=at)
    where = request.build_absolute_uri(f"{request.path}uploads/{attachment.uuid}")
    headers = TUS | {"Location": where, "Upload-Offset": str(upload_offset(attachment, at=at))}
    return HttpResponse(status=201 if is_new else 200, headers=headers)


@router.api_operation(["HEAD"], "/uploads/{uuid:upload}", operation_id="read_upload_offset")
def progress(request: PhoneRequest, upload: UUID) -> HttpResponse:
    attachment = _own(request, upload)
    offset = upload_offset(attachment, at=timezone.now())
    return HttpResponse(headers=TUS | {"Upload-Offset": str(offset), "Upload-Length": str(attachment.length)})


@router.patch("/uploads/{uuid:upload}", operation_id="append_to_upload")
def append(request: PhoneRequest, upload: UUID) -> HttpResponse:
    if request.headers.get("Content-Type", "") != "application/offset+octet-stream":
        raise UploadInvalid
    attachment = _own(request, upload)
    at = timezone.now()
    offset = append_bytes(attachment, _blocks(request), offset=_number(request, "Upload-Offset"), at=at)
    return HttpResponse(status=204, headers=TUS | {"Upload-Offset": str(offset)})


@router.get("/{sha256}", operation_id="read_picture")
def picture(request: PhoneRequest, sha256: str) -> HttpResponse | FileResponse:
    return picture_response(_user(request), sha256, is_small=False)


@router.get("/{sha256}/small", operation_id="read_small_picture")
def small_picture(request: PhoneRequest, sha256: str) -> HttpResponse | FileResponse:
    return picture_response(_user(request), sha256, is_small=True)


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
    """SHA-256 and media type from ``sha256 <base64>,type <base64>``."""
    pairs = dict(part.strip().partition(" ")[::2] for part in header.split(","))
    try:
        sha256, media_type = (base64.b64decode(pairs.get(key, ""), validate=True).decode() for key in ("sha256", "type"))
    except (binascii.Error, UnicodeDecodeError) as error:
        raise UploadInvalid from error
    if not SHA256.fullmatch(sha256):
        raise UploadInvalid
    return sha256, media_type if MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"
