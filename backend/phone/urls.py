"""Addresses of the phone's shell. What it talks to is `/api/phone/`."""

from __future__ import annotations

from django.urls import path

from backend.phone import shell

urlpatterns = [
    path("", shell.shell, name="phone"),
    path("sw.js", shell.service_worker, name="phone_worker"),
    path("map-worker.js", shell.map_worker, name="phone_map_worker"),
    path("manifest.webmanifest", shell.manifest, name="phone_manifest"),
]
