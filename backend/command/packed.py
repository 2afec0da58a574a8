"""JSON that is gzipped once and given to many."""

from __future__ import annotations

import gzip
import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

VARY = ["Cookie", "Accept-Encoding"]


def packed(said: Any) -> bytes:
    return gzip.compress(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode(), 6, mtime=0)


def answer(request: HttpRequest, body: bytes, **headers: str) -> HttpResponse:
    """``body`` as it is to whoever takes gzip, unpacked to the others."""
    response = HttpResponse(content_type="application/json", headers=headers)
    patch_vary_headers(response, VARY)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        response.content = body
    else:
        response.content = gzip.decompress(body)
    return response
