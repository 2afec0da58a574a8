"""The phone's shell: one page, its service worker, its manifest. Everything on it comes from `/api/phone/`, later, or from the phone."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.csp import IMPORT_MAP, policy

HOME, MAP_WORKER = "/phone/", "/phone/map-worker.js"
SERVED = (".js", ".css", ".svg", ".png")
# Without these the app does not start; the map's engine may follow later and is asked for only when a map is shown.
SHELL = ("phone", "shared", "vendor/idb/index.js")
MAP = (
    "vendor/maplibre-gl/maplibre-gl.mjs",
    "vendor/maplibre-gl/maplibre-gl-shared.mjs",
    "vendor/maplibre-gl/maplibre-gl-worker.mjs",
    "vendor/maplibre-gl/maplibre-gl.css",
)


@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    return render(request, "phone/shell.html", {"import_map": IMPORT_MAP, "version": version()})


@never_cache
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    context = {
        "version": version(),
        "shell": json.dumps([HOME, *_urls(SHELL)]),
        "map": json.dumps([MAP_WORKER, *_urls(MAP)]),
        "home": HOME,
        "icon": f"{settings.STATIC_URL}phone/icons/icon-192.png",
    }
    worker = render(request, "phone/sw.js", context, content_type="text/javascript; charset=utf-8")
    worker.headers["Service-Worker-Allowed"] = HOME
    return worker


@require_safe
def map_worker(request: HttpRequest) -> HttpResponse:
    context = {"engine": f"{settings.STATIC_URL}vendor/maplibre-gl/maplibre-gl-worker.mjs"}
    return render(request, "phone/map-worker.js", context, content_type="text/javascript; charset=utf-8")


@require_safe
def manifest(_request: HttpRequest) -> JsonResponse:
    icons = [
        {
            "src": f"{settings.STATIC_URL}phone/icons/{name}-{side}.png",
            "sizes": f"{side}x{side}",
            "type": "image/png",
            "purpose": use,
        }
        for side in (192, 512)
        for name, use in (("icon", "any"), ("whole", "maskable"))
    ]
    about = {
        "name": "巡格",
        "short_name": "巡格",
        "lang": "zh-Hans",
        "description": "网格巡查：任务、上报、消息，没有网络也能用。",
        "id": HOME,
        "start_url": HOME,
        "scope": HOME,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#edf0ef",
        "theme_color": "#1d2d35",
        "icons": icons,
    }
    return JsonResponse(about, content_type="application/manifest+json", json_dumps_params={"ensure_ascii": False})


def version() -> str:
    """A digest of everything the shell is made of: a change of one byte is a new version."""
    return _digest() if settings.DEBUG else _digest_once()


@cache
def _digest_once() -> str:
    return _digest()


def _digest() -> str:
    digest = hashlib.sha256((policy() + IMPORT_MAP).encode())
    for template in sorted((Path(__file__).parent / "templates" / "phone").iterdir()):
        digest.update(template.read_bytes())
    for url, path in _files((*SHELL, *MAP)):
        digest.update(url.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _urls(wanted: tuple[str, ...]) -> list[str]:
    return [url for url, _ in _files(wanted)]


def _files(wanted: tuple[str, ...]) -> list[tuple[str, Path]]:
    """Address and place of every served file under the wanted prefixes, in a fixed order."""
    found = []
    for prefix, folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            name = f"{prefix}/{path.relative_to(folder).as_posix()}"
            if name in wanted or (prefix in wanted and path.suffix in SERVED):
                found.append((f"{settings.STATIC_URL}{name}", path))
    return found
