"""Photos, re-encoded, for those who may see a report that announced them."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from ninja import Router

from backend.command.sign_in import StaffRequest
from backend.field.media import picture_response

router = Router(tags=["photos"])


@router.get("photos/{sha256}", response={200: bytes}, operation_id="command_photo")
def photo(request: StaffRequest, sha256: str) -> HttpResponse | FileResponse:
    return picture_response(request.auth, sha256, is_small=False)


@router.get("photos/{sha256}/small", response={200: bytes}, operation_id="command_small_photo")
def small_photo(request: StaffRequest, sha256: str) -> HttpResponse | FileResponse:
    return picture_response(request.auth, sha256, is_small=True)
