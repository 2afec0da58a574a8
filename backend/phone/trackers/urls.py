"""Where tracker apps of other makers send to: addresses that stand in settings of phones and never change."""

from __future__ import annotations

from django.urls import path

from backend.phone.trackers import views

urlpatterns = [
    path("osmand", views.osmand, name="tracker_osmand"),
    path("osmand/", views.osmand),
    path("owntracks", views.owntracks, name="tracker_owntracks"),
    path("owntracks/", views.owntracks),
]
