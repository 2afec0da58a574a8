"""Addresses: the API, the pages, the phone's shell."""

from __future__ import annotations

from django.urls import path

from backend.api import api

urlpatterns = [
    path("api/", api.urls),
]
