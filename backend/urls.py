"""Addresses: the API, the pages, the phone's shell."""

from __future__ import annotations

from django.urls import include, path

from backend.api import api
from backend.health import healthz

urlpatterns = [
    path("api/", api.urls),
    path("healthz", healthz),
    path("phone/", include("backend.phone.urls")),
    path("t/", include("backend.phone.trackers.urls")),
    path("", include("backend.command.urls")),
]
