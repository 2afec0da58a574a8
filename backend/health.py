"""`GET /healthz`: is the web answering, the database there, a worker alive, is anything stuck. Open, and says nothing of anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.db.models import Max, Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

from backend.phone.models import InboxItem

WORKER_LOST_S = 60  # procrastinate's workers say every 10 s that they live
INBOX_STUCK_S = 600


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    del request
    body = health(timezone.now())
    return JsonResponse(body, status=200 if body["database"] == "ok" else 503)


def health(at: datetime) -> dict[str, Any]:
    """``ok`` is true only if nothing needs a person."""
    try:
        heard = ProcrastinateWorker.objects.aggregate(last=Max("last_heartbeat"))["last"]
        oldest = InboxItem.objects.pending().aggregate(first=Min("received_at"))["first"]
    except DatabaseError:
        return {"ok": False, "web": "ok", "database": "down", "worker_age_s": None, "inbox_oldest_s": None}
    worker_age, inbox_age = _age(heard, at), _age(oldest, at)
    is_well = worker_age is not None and worker_age <= WORKER_LOST_S and (inbox_age or 0) <= INBOX_STUCK_S
    return {"ok": is_well, "web": "ok", "database": "ok", "worker_age_s": worker_age, "inbox_oldest_s": inbox_age}


def _age(then: datetime | None, at: datetime) -> int | None:
    return None if then is None else max(0, round((at - then).total_seconds()))
