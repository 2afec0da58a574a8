"""Roles that see what comes from the ground in their units."""

from __future__ import annotations

from backend.accounts.models import Post

CENTRE_AND_SUPERVISOR = [*Post.CENTRE, Post.Role.SUPERVISOR, Post.Role.COUNTY_ADMIN]
