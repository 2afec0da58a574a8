"""Pages: thin shells that the browser fills from the API. What may be seen is decided there, not here."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe
from django_otp import login as otp_login
from django_otp import match_token, user_has_device
from django_otp.plugins.otp_totp.models import TOTPDevice

from backend.accounts.models import Post
from backend.command.describe import describe_posts
from backend.command.people import qr
from backend.command.sign_in import Standing, staff_page, standing
from backend.csp import IMPORT_MAP
from backend.places.models import Grid
from backend.units.models import AdminUnit

CENTRE, SUPERVISOR, ADMIN = tuple(Post.CENTRE), (Post.Role.SUPERVISOR,), (Post.Role.COUNTY_ADMIN,)
CASES = (*Post.CENTRE, Post.Role.HANDLER, Post.Role.SUPERVISOR, Post.Role.COUNTY_ADMIN)
HOMES = ((CENTRE, "/centre/"), (SUPERVISOR, "/audit/"), (ADMIN, "/admin/"), ((Post.Role.HANDLER,), "/cases/"))
# Address, name of page and template, roles it is for (none: everybody).
PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("centre/", "centre", CENTRE),
    ("centre/reports/", "reports", CENTRE),
    ("centre/tasks/", "tasks", CENTRE),
    ("centre/messages/", "messages", CENTRE),
    ("cases/", "cases", CASES),
    ("cases/<uuid:case>/", "case", CASES),
    ("audit/", "audit", SUPERVISOR),
    ("audit/compliance/", "compliance", SUPERVISOR),
    ("audit/flags/", "flags", SUPERVISOR),
    ("audit/looks/", "looks", SUPERVISOR),
    ("admin/", "admin", ADMIN),
    ("admin/people/", "people", (*ADMIN, *CENTRE)),
    ("admin/units/", "units", ADMIN),
    ("admin/imports/", "imports", ADMIN),
    ("admin/borders/", "borders", ADMIN),
    ("admin/departments/", "departments", ADMIN),
    ("admin/rules/", "rules", ADMIN),
    ("admin/items/", "items", ADMIN),
    ("admin/admissions/", "admissions", ADMIN),
    ("admin/calendar/", "calendar", ADMIN),
    ("admin/alert-levels/", "alert_levels", ADMIN),
    ("lines/", "lines", (Post.Role.HANDLER,)),
    ("me/", "me", ()),
)


@method_decorator([never_cache, ensure_csrf_cookie], name="dispatch")
class SignIn(LoginView):
    """Number and password. Five wrong tries lock the number from this address for a quarter of an hour (django-axes)."""

    template_name = "command/sign_in.html"
    redirect_authenticated_user = False
    extra_context = {"page": "sign_in", "is_demo": settings.IS_DEMO}


class SignOut(LogoutView):
    """By POST only, back to the sign-in page."""

    next_page = settings.LOGIN_URL


@require_safe
@staff_page
def home(request: HttpRequest) -> HttpResponse:
    roles = _roles(request)
    return HttpResponseRedirect(next((address for needed, address in HOMES if roles & set(needed)), "/me/"))


def page_view(name: str, needed: tuple[str, ...]) -> Any:
    @require_safe
    @ensure_csrf_cookie
    @staff_page
    def page(request: HttpRequest, **_: object) -> HttpResponse:
        if needed and not _roles(request) & set(needed):
            return HttpResponseRedirect("/")
        return render(request, f"command/{name}.html", _context(request, name))

    return page


@never_cache
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The second step for supervisors and administrators."""
    if standing(request, at=timezone.now()) is not Standing.CODE_NEEDED:
        return HttpResponseRedirect("/")
    if not user_has_device(request.user):
        return HttpResponseRedirect("/sign-in/enrol-code")
    if request.method == "POST" and (device := match_token(request.user, _token(request))):
        otp_login(request, device)
        return HttpResponseRedirect(_next(request))
    return _ask_again(request, "code", {})


@never_cache
@require_http_methods(["GET", "POST"])
def enrol_code(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator, once. A confirmed one is replaced only by an administrator of the machine."""
    if standing(request, at=timezone.now()) is not Standing.CODE_NEEDED or user_has_device(request.user):
        return HttpResponseRedirect("/")
    begun = TOTPDevice.objects.filter(user=request.user, confirmed=False).order_by("pk").first()
    device = begun or TOTPDevice.objects.create(user=request.user, confirmed=False, name="authenticator")
    if request.method == "POST" and device.verify_token(_token(request)):
        device.confirmed = True
        device.save(update_fields=["confirmed"])
        otp_login(request, device)
        return HttpResponseRedirect(_next(request))
    secret = base64.b32encode(device.bin_key).decode()
    return _ask_again(request, "enrol_code", {"qr_svg": qr(device.config_url), "secret": secret})


def _ask_again(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    is_wrong = request.method == "POST"
    context |= {"page": name, "is_wrong": is_wrong, "next": _next(request), "is_demo": settings.IS_DEMO}
    return render(request, f"command/{name}.html", context, status=400 if is_wrong else 200)


def _token(request: HttpRequest) -> str:
    return "".join(request.POST.get("code", "").split())


def _roles(request: HttpRequest) -> set[str]:
    posts = Post.objects.valid_at(timezone.now()).filter(user=request.user.pk)
    return set(posts.values_list("role", flat=True))


def _context(request: HttpRequest, name: str) -> dict[str, Any]:
    posts = describe_posts(request.user, at=timezone.now())  # type: ignore[arg-type]
    return {
        "import_map": IMPORT_MAP,
        "page": name,
        "roles": [post["role"] for post in posts],
        "sees_cases": any(post["role"] in CASES for post in posts),
        "role_name": posts[0]["role_name"] if posts else "",
        "unit_name": posts[0]["unit_name"] if posts else "",
        "is_demo": settings.IS_DEMO,
        "unofficial": AdminUnit.objects.current()
        .within(request.user.stems(timezone.now()))  # type: ignore[union-attr]
        .filter(is_unofficial=True)
        .exists(),
        "synthetic": Grid.objects.visible_to(request.user).filter(village__is_synthetic=True).exists(),  # type: ignore[arg-type]
    }


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and wanted.startswith("/") else "/"


def page_paths() -> list[URLPattern]:
    return [path(address, page_view(name, needed), name=name) for address, name, needed in PAGES]
