"""The content policy: nothing from outside, nothing inline but the import map, which is let in by its hash; names and places in no cache."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

IMPORT_MAP = json.dumps(
    {
        "imports": {
            "maplibre-gl": "/static/vendor/maplibre-gl/maplibre-gl.mjs",
            "idb": "/static/vendor/idb/index.js",
            "shared/": "/static/shared/",
        }
    },
    separators=(",", ":"),
)
_IMPORT_MAP_HASH = base64.b64encode(hashlib.sha256(IMPORT_MAP.encode()).digest()).decode()


def policy() -> str:
    live = f" {settings.PATROL_LIVE_URL}" if settings.PATROL_LIVE_URL else ""
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' 'sha256-{_IMPORT_MAP_HASH}'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "media-src 'self' blob:",
            f"connect-src 'self'{live}",
            "worker-src 'self'",
            "manifest-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class ContentPolicyMiddleware:
    """Set the policy on every answer that did not set its own; what the API says of people is kept by no browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy())
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(self), microphone=(self)")
        return response
