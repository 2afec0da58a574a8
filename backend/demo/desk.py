"""A member of staff at a browser, in software: signs in through the real form and calls the command API."""

from __future__ import annotations

from typing import Any

import httpx


class Desk:
    """One signed-in session."""

    def __init__(self, url: str, *, username: str, password: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30, follow_redirects=True, trust_env=False)
        self.http.get("/sign-in").raise_for_status()
        answer = self.http.post(
            "/sign-in",
            data={"username": username, "password": password, "csrfmiddlewaretoken": self._csrf},
            headers={"Referer": url},
        )
        if answer.is_error or answer.url.path == "/sign-in":
            raise AssertionError(f"sign-in of {username} was refused: {answer.status_code}")

    @property
    def _csrf(self) -> str:
        return self.http.cookies.get("xunge_csrf") or ""

    def get(self, path: str, **params: Any) -> Any:
        return self._ok(self.http.get(f"/api/command/{path}", params=params))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"X-CSRFToken": self._csrf, "Referer": str(self.http.base_url)}
        return self._ok(self.http.post(f"/api/command/{path}", json=body or {}, headers=headers))

    def page(self, path: str) -> httpx.Response:
        answer = self.http.get(path)
        answer.raise_for_status()
        return answer

    @staticmethod
    def _ok(answer: httpx.Response) -> Any:
        if answer.is_error:
            raise AssertionError(
                f"{answer.request.method} {answer.request.url.path} → {answer.status_code} {answer.text[:300]}"
            )
        return answer.json()
