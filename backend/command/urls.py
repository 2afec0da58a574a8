"""Addresses of the pages and the tiles."""

from __future__ import annotations

from django.urls import path

from backend.command import grid_card, pages, public_list, tiles

urlpatterns = [
    path("", pages.home, name="home"),
    path("sign-in", pages.SignIn.as_view(), name="sign_in"),
    path("sign-in/code", pages.code, name="code"),
    path("sign-in/enrol-code", pages.enrol_code, name="enrol_code"),
    path("sign-out", pages.SignOut.as_view(), name="sign_out"),
    path("tiles/<slug:version>/<int:z>/<int:x>/<int:y>.pbf", tiles.tile, name="tile"),
    path("grids/<slug:code>/card", grid_card.card, name="grid_card"),
    path("items/<slug:code>/", public_list.public_list, name="public_list"),
    *pages.page_paths(),
]
