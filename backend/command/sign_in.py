"""Who is at the desk: session, one-time code for those who need one. Pages and API ask here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django_otp import user_has_device
from ninja.errors import HttpError
from ninja.security import APIKeyCookie

from backend.accounts.models import Post, User
from backend.problems import NotAllowed, SignInNeeded

CODE_ROLES = (Post.Role.SUPERVISOR, Post.Role.COUNTY_ADMIN)
LOOPBACK = (None, "localhost", "127.0.0.1", "::1")
Page = Callable[..., HttpResponse]


class CodeNeeded(SignInNeeded):
    """Signed in by password; supervisors and administrators also give a one-time code."""

    slug = "code_needed"
    zh, en = "还要输入动态口令。", "A one-time code is needed as well."


class PageOutdated(NotAllowed):
    """The page is older than the session it belongs to: its form token is no longer good."""

    slug = "page_outdated"
    zh, en = "页面放得太久了，请刷新再试。", "This page is too old. Reload it and try again."


class Standing(Enum):
    SIGNED_OUT = "signed_out"
    CODE_NEEDED = "code_needed"
    SIGNED_IN = "signed_in"


def standing(request: HttpRequest, *, at: datetime) -> Standing:
    """How far this browser has come in signing in."""
    user = request.user
    if not user.is_authenticated or not user.is_active:
        return Standing.SIGNED_OUT
    if needs_code(user, at=at) and user.otp_device is None:  # type: ignore[attr-defined]
        return Standing.CODE_NEEDED
    return Standing.SIGNED_IN


def needs_code(user: Any, *, at: datetime) -> bool:
    """Supervisors and administrators, but for the demonstration on one's own machine."""
    if settings.IS_DEMO and urlsplit(settings.PATROL_URL).hostname in LOOPBACK:
        return False
    return bool(user.has_role(*CODE_ROLES, at=at))


class StaffSession(APIKeyCookie):
    """The API's door: a session that has come all the way, and Django's form token on everything that changes something."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> User | None:
        try:
            return super().__call__(request)
        except HttpError as error:
            raise PageOutdated from error

    def authenticate(self, request: HttpRequest, key: str | None) -> User | None:
        del key
        match standing(request, at=timezone.now()):
            case Standing.SIGNED_IN:
                return request.user  # type: ignore[return-value]
            case Standing.CODE_NEEDED:
                raise CodeNeeded
            case _:
                return None


def staff_page(view: Page) -> Page:
    """A page for people who have signed in all the way; others are led to what is missing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        match standing(request, at=timezone.now()):
            case Standing.SIGNED_IN:
                return view(request, *args, **kwargs)
            case Standing.CODE_NEEDED:
                step = "/sign-in/code" if user_has_device(request.user) else "/sign-in/enrol-code"
                return HttpResponseRedirect(f"{step}?{urlencode({'next': request.path})}")
            case _:
                return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.path})}")

    return never_cache(guarded)


class StaffRequest(HttpRequest):
    """A request that came through `StaffSession`."""

    auth: User
