"""The addresses tracker apps send to. Each protocol gets its own success and its own refusal; nothing is told of anybody."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from backend.phone.models import Tracker
from backend.phone.trackers.enrolment import tracker_by_id, tracker_by_password
from backend.phone.trackers.keeping import keep_readings
from backend.phone.trackers.readings import Senseless, read_owntracks, read_query, read_traccar

logger = logging.getLogger(__name__)

LARGEST_BODY = 1024 * 1024
View = Callable[[HttpRequest], HttpResponse]


def for_apps(view: View) -> View:
    """No form token, nothing in a cache, and while the database is away: later."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        try:
            if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
                response = HttpResponse(status=413)
            else:
                response = view(request)
        except (OperationalError, InterfaceError) as error:
            logger.error("database.unreachable", extra={"path": request.path, "error": type(error).__name__})
            response = HttpResponse(status=503, headers={"Retry-After": "60"})
        except (UnreadablePostError, SuspiciousOperation, ValueError):
            response = HttpResponse(status=400)
        response.headers["Cache-Control"] = "no-store"
        return response

    return guarded


@for_apps
@require_http_methods(["GET", "POST"])
def osmand(request: HttpRequest) -> HttpResponse:
    """OsmAnd and Traccar Client: an empty 200, 400 for an id nobody knows, 404 where the newer client expects that."""
    at = timezone.now()
    if request.method == "POST" and (request.content_type or "").startswith("application/json"):
        try:
            given, said = read_traccar(request.body, at=at)
        except Senseless:
            return HttpResponse(status=400)
        tracker = tracker_by_id(given, at=at)
        if tracker is None:
            return HttpResponse(status=404)
    else:
        fields = request.GET or QueryDict(request.body, encoding="utf-8")
        tracker = tracker_by_id(fields.get("id") or fields.get("deviceid") or "", at=at)
        if tracker is None:
            return HttpResponse(status=400)
        said = read_query(fields.dict(), at=at, is_osmand=tracker.app == Tracker.App.OSMAND)
    keep_readings(tracker, said, at=at)
    return HttpResponse(status=200)


@for_apps
@require_http_methods(["POST"])
def owntracks(request: HttpRequest) -> HttpResponse:
    """OwnTracks in HTTP mode: a JSON list, for us always an empty one; 401 without the right user and password."""
    at = timezone.now()
    user, password = _basic(request)
    tracker = tracker_by_password(user, password, at=at) if user else None
    if tracker is None:
        return HttpResponse(status=401, headers={"WWW-Authenticate": 'Basic realm="xunge"'})
    keep_readings(tracker, read_owntracks(request.body, at=at), at=at)
    answer: list[Any] = []
    return JsonResponse(answer, safe=False)


def _basic(request: HttpRequest) -> tuple[str, str]:
    scheme, _, word = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(word.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password
