"""A grid worker's phone: Chromium with a folder of its own, so that it can be killed and switched on again."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path
from typing import Any

from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.accounts.actions import make_enrolment_code
from backend.accounts.models import User
from tests.web.conftest import ARGS, NAMES

SMALL = (360, 740)


def a_photo() -> dict[str, Any]:
    data = io.BytesIO()
    Image.effect_noise((640, 480), 60).convert("RGB").save(data, "JPEG")
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


class PhonePage:
    """``page`` is what the person sees; ``kill`` and ``switch_on`` keep what is on disk and nothing else."""

    def __init__(self, browser: Browser, url: str, folder: Path, *, size: tuple[int, int] = SMALL) -> None:
        self.browser, self.url, self.folder, self.size = browser, url, folder, size
        self.context: BrowserContext
        self.page: Page
        self.complaints: list[str] = []
        self.switch_on()

    def __enter__(self) -> PhonePage:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def switch_on(self, *, offline: bool = False, path: str = "/phone/") -> Page:
        self.context = self.browser.browser_type.launch_persistent_context(
            str(self.folder),
            executable_path=os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES))),
            chromium_sandbox=False,
            args=ARGS,
            viewport={"width": self.size[0], "height": self.size[1]},
            device_scale_factor=2,
            has_touch=True,
            is_mobile=True,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["geolocation"],
            offline=offline,
        )
        self.page = self.context.pages[0]
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda message: self._hear(message))
        self.page.set_default_timeout(15_000)
        self.page.goto(f"{self.url}{path}")
        return self.page

    def kill(self) -> None:
        """As when the battery is taken out: no page hears of it."""
        self.context.close()

    def enrol(self, user: User) -> Page:
        code = make_enrolment_code(user, by=None, at=timezone.now())
        self.page.goto(f"{self.url}/phone/?code={code}")
        self.page.get_by_role("button", name="登记这部手机").click()
        expect(self.page.get_by_role("navigation", name="主导航")).to_be_visible()
        return self.page

    def is_kept(self) -> None:
        """Wait until the shell is on the phone: from now on it opens without a network."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        self.page.reload()
        self.page.wait_for_function("navigator.serviceWorker.controller !== null")

    def stand(self, lon: float, lat: float, accuracy: float = 8) -> None:
        self.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": accuracy})

    def open(self, place: str) -> Page:
        self.page.evaluate("place => { location.hash = `#/${place}` }", place)
        return self.page

    def _hear(self, message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text and "ERR_INTERNET" not in message.text:
            self.complaints.append(message.text)
