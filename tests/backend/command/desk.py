"""A member of staff at a browser, for tests: Django's client with a session, form token checked as in life."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.test import Client

from backend.accounts.models import User

BASE = "/api/command/"


class Desk:
    """``code_given``: as if the one-time code had been entered; supervisors and administrators need it."""

    def __init__(self, user: User | None = None, *, code_given: bool = True) -> None:
        self.http = Client()
        if user is not None:
            self.http.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            if code_given:
                give_code(self.http, user)

    def get(self, path: str, **params: Any) -> HttpResponse:
        return self.http.get(BASE + path, params)

    def post(self, path: str, body: dict[str, Any] | None = None) -> HttpResponse:
        return self.http.post(BASE + path, body or {}, content_type="application/json")

    def read(self, path: str, **params: Any) -> Any:
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.content.decode()[:500]
        return answer.json()

    def change(self, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self.post(path, body)
        assert answer.status_code == 200, answer.content.decode()[:500]
        return answer.json()


def give_code(client: Client, user: User) -> None:
    from django_otp import DEVICE_ID_SESSION_KEY
    from django_otp.plugins.otp_totp.models import TOTPDevice

    device, _ = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "test"})
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
