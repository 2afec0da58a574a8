"""A member of staff before a browser: signs in by the form, and every complaint of the page is kept."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Page

from backend.accounts.models import User
from tests.backend.builders import give_post, make_person, make_township, make_unit

PASSWORD = "长一点的口令-9417"
# Chromium says this of its own software renderer when a test machine has no graphics card.
HARMLESS = ("GPU stall due to ReadPixels",)


def make_staff(role: str, *, county: bool = False, name: str = "罗建平") -> User:
    township = make_township()
    user = make_person(name, password=PASSWORD)
    give_post(user, role, make_unit(f"{township.code[:6]}000000") if county else township)
    return user


class DeskPage:
    """``complaints``: console errors, warnings and refused content, in the page's own words."""

    def __init__(self, browser: Browser, url: str, *, size: tuple[int, int] = (1440, 900)) -> None:
        self.url = url
        self.context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.set_default_timeout(15_000)
        self.asked: set[Any] = set()
        self.page.on("request", lambda request: self.asked.add(request))
        for end in ("requestfinished", "requestfailed"):
            self.page.on(end, lambda request: self.asked.discard(request))

    def __enter__(self) -> DeskPage:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave when everything asked for has come: the test's rows go at once, and a server still at work would miss them."""
        for _ in range(50):
            if not any("/live/" not in request.url for request in self.asked):
                break
            self.page.wait_for_timeout(100)
        self.context.close()

    def sign_in(self, user: User, path: str = "/") -> Page:
        self.page.goto(f"{self.url}/sign-in?next={path}")
        self.page.fill("[name=username]", user.number)
        self.page.fill("[name=password]", PASSWORD)
        self.page.get_by_role("button", name="登录").click()
        self.page.wait_for_url(f"{self.url}{path}*")
        return self.page

    def wait_for_map(self) -> None:
        self.page.wait_for_selector("[data-ready=true]", timeout=30_000)

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in HARMLESS):
            self.complaints.append(message.text)
