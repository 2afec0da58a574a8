from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from backend.accounts.models import User
from backend.command.pages import PAGES
from tests.backend.builders import give_post, make_operator, make_person, make_township
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db
PASSWORD = "长一点的口令-9417"


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def staff(role: str) -> User:
    user = make_person("周明", password=PASSWORD)
    give_post(user, role, make_township())
    return user


def sign_in(client: Client, user: User, password: str = PASSWORD) -> object:
    return client.post("/sign-in", {"username": user.number, "password": password}, REMOTE_ADDR="198.51.100.7")


@pytest.mark.parametrize(
    "role, home", [("centre_operator", "/centre/"), ("centre_leader", "/centre/"), ("office_handler", "/cases/")]
)
def test_a_desk_begins_at_the_page_of_its_post(role: str, home: str) -> None:
    client = Client()
    answer = sign_in(client, staff(role))
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.get("/").url == home
    assert client.get(home).status_code == 200


def test_five_wrong_passwords_lock_the_number_and_say_so_in_plain_words() -> None:
    user, client = staff("centre_operator"), Client()
    for _ in range(4):
        assert sign_in(client, user, "wrong").status_code == 200
    locked = sign_in(client, user, "wrong")
    assert locked.status_code == 429 and "分钟" in locked.content.decode()
    assert sign_in(client, user).status_code == 429
    other = staff("centre_operator")
    assert sign_in(client, other).status_code == 302


@pytest.mark.parametrize("role, home", [("supervisor", "/audit/"), ("county_admin", "/admin/")])
def test_supervisors_and_administrators_also_give_a_code(role: str, home: str) -> None:
    user, client = staff(role), Client()
    sign_in(client, user)
    assert client.get("/").url.startswith("/sign-in/enrol-code")
    assert client.get("/api/command/me").json()["type"] == "/problems/code_needed"
    page = client.get("/sign-in/enrol-code")
    assert page.status_code == 200 and "<svg" in page.content.decode()
    assert client.post("/sign-in/enrol-code", {"code": "000000"}).status_code == 400
    device = TOTPDevice.objects.get(user=user)
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    device.refresh_from_db()
    assert client.post("/sign-in/enrol-code", {"code": f"{totp(device.bin_key):06d}", "next": home}).url == home
    assert client.get(home).status_code == 200
    assert client.get("/api/command/me").status_code == 200


def test_the_next_sign_in_asks_for_the_code_and_a_used_code_is_useless() -> None:
    user, client = staff("supervisor"), Client()
    device = TOTPDevice.objects.create(user=user, name="test")
    code = f"{totp(device.bin_key):06d}"
    sign_in(client, user)
    assert client.get("/audit/").url == "/sign-in/code?next=%2Faudit%2F"
    assert client.post("/sign-in/code", {"code": code, "next": "/audit/"}).url == "/audit/"
    second = Client()
    sign_in(second, user)
    assert second.post("/sign-in/code", {"code": code}).status_code == 400
    assert second.get("/sign-in/enrol-code").url == "/"


def test_a_demonstration_on_ones_own_machine_asks_for_no_code(settings: Any) -> None:
    settings.IS_DEMO, settings.PATROL_URL = True, "http://127.0.0.1:8000"
    client = Client()
    sign_in(client, staff("supervisor"))
    assert client.get("/audit/").status_code == 200
    settings.PATROL_URL = "https://xunge.example"
    assert client.get("/audit/").status_code == 302


#: Every page; one that shows a single thing is the same shell whatever stands in its address.
OPENED = [(address.replace("<uuid:case>", str(uuid.UUID(int=1))), name, needed) for address, name, needed in PAGES]


@pytest.mark.parametrize("address", [f"/{address}" for address, _, _ in OPENED])
def test_no_page_opens_without_signing_in(address: str) -> None:
    answer = Client().get(address)
    assert answer.status_code == 302 and answer.url.startswith("/sign-in?next=")


@pytest.mark.parametrize("address, name, needed", OPENED)
def test_each_page_opens_for_its_posts_and_leads_others_home(address: str, name: str, needed: tuple[str, ...]) -> None:
    for role in ("centre_operator", "supervisor", "county_admin", "office_handler"):
        answer = Desk(make_operator(role=role, name="周明")).http.get(f"/{address}")
        assert answer.status_code == (200 if not needed or role in needed else 302), (role, name)
        if answer.status_code == 200:
            html = answer.content.decode()
            assert " style=" not in html and "onclick=" not in html
            assert answer.headers["Cache-Control"].startswith("max-age=0")


def test_an_address_elsewhere_is_not_followed_after_signing_in() -> None:
    client = Client()
    user = staff("centre_operator")
    answer = client.post("/sign-in?next=//evil.example/", {"username": user.number, "password": PASSWORD})
    assert answer.url == "/"


def test_signing_out_takes_a_post_and_ends_the_session() -> None:
    desk = Desk(make_operator())
    assert desk.http.get("/sign-out").status_code == 405
    assert desk.http.post("/sign-out").url == "/sign-in"
    assert desk.get("me").status_code == 401


def test_a_change_without_the_form_token_is_refused() -> None:
    user = make_operator()
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/command/live/ticket", {}, content_type="application/json")
    assert answer.status_code == 403 and answer.json()["type"] == "/problems/page_outdated"


def test_an_ended_post_opens_nothing_but_ones_own_page() -> None:
    gone = make_person("旧人", password=PASSWORD)
    give_post(gone, "centre_operator", make_township(), until=timezone.now() - timedelta(days=1))
    client = Client()
    sign_in(client, gone)
    assert client.get("/").url == "/me/"
    assert client.get("/centre/").url == "/"


@pytest.mark.parametrize("role", ["centre_operator", "duty_chief", "supervisor", "office_handler"])
def test_the_page_of_limits_and_holds_is_the_administrators_alone(role: str, settings: Any) -> None:
    settings.IS_DEMO = True
    client = Client()
    sign_in(client, staff(role))
    assert client.get("/admin/rules/").url == "/"
    admin = Client()
    sign_in(admin, staff("county_admin"))
    assert admin.get("/admin/rules/").status_code == 200
