"""A real service worker gets a real encrypted push: Chinese text, a tap that opens, an answer that reaches the desk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from notifications.channels.webpush import webpush_channel
from notifications.delivering import deliver
from notifications.models import Acknowledgement, Address, Alert, Delivery
from notifications.testing.push_server import PushServer
from tests.backend.builders import make_village, make_worker
from tests.notifications.outside import by_push, switch_on
from tests.web.desk_page import DeskPage, make_staff
from tests.web.test_phone import Handheld, write_to

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.django_db(transaction=True)]

# No browser subscribes without its maker's push service: what it would get is given by the test, the rest is real.
SUBSCRIBE = """
PushManager.prototype.getSubscription = async () => null
PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
  window.subscribedWith = applicationServerKey.length
  const given = %s
  return { endpoint: given.endpoint, toJSON: () => given, unsubscribe: async () => true }
}
"""


TAP = """async () => {
  const [shown] = await self.registration.getNotifications()
  self.dispatchEvent(new NotificationEvent("notificationclick", { notification: shown }))
}"""


@pytest.fixture
def pushes(settings: Any) -> Iterator[PushServer]:
    with PushServer() as server:
        switch_on(settings, by_push(server))
        yield server
    webpush_channel.cache_clear()


def test_a_push_rings_the_phone_opens_the_message_and_its_answer_reaches_the_desk(
    chromium: Browser, live_feed: str, live_server: Any, pushes: PushServer
) -> None:
    grid = make_village().grids[0]
    worker, sender = make_worker(grid), make_staff("duty_chief")
    with Handheld(chromium, live_server.url, grid) as phone, DeskPage(chromium, live_server.url) as desk:
        phone.context.grant_permissions(["geolocation", "notifications"], origin=live_server.url)
        phone.context.add_init_script(SUBSCRIBE % json.dumps(pushes.subscription("ok-1")))
        page = phone.enrolled(worker)
        page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
        page.evaluate("location.hash = '#/me'")
        page.get_by_role("switch", name="没打开巡格也弹通知").click()
        expect(page.get_by_role("switch", name="没打开巡格也弹通知")).to_be_checked()
        assert page.evaluate("window.subscribedWith") == 65
        kept = Address.objects.get()
        assert (kept.person, kept.kind) == (worker, "vapid")

        write_to(grid, sender)
        deliver([Delivery.objects.get(channel="webpush").pk])
        ((_, said),) = pushes.messages
        _give(phone, page, said, live_server.url)
        shown = page.evaluate(
            "navigator.serviceWorker.ready.then((r) => r.getNotifications())"
            ".then((all) => all.map((n) => [n.title, n.body, n.tag, n.data.place]))"
        )
        alert = Alert.objects.get()
        assert shown == [["屋背山北坡起火", alert.text, str(alert.uuid), f"inbox/{alert.uuid}"]]

        screen = desk.sign_in(sender, "/centre/messages/")
        expect(screen.get_by_role("img", name="看到 0")).to_be_visible(timeout=20_000)
        phone.context.service_workers[0].evaluate(TAP)
        expect(page).to_have_url(f"{live_server.url}/phone/#/inbox/{alert.uuid}")
        page.locator(".urgent").get_by_role("button", name="收到").click()
        expect(screen.get_by_role("img", name="看到 1")).to_be_visible(timeout=20_000)
        assert Acknowledgement.objects.get().person == worker
        assert Delivery.objects.get(channel="webpush").state == "seen"

        page.evaluate("location.hash = '#/me'")
        page.get_by_role("switch", name="没打开巡格也弹通知").click()
        expect(page.get_by_role("switch", name="没打开巡格也弹通知")).not_to_be_checked()
        kept.refresh_from_db()
        assert kept.state == "dead"
        assert phone.complaints == []


def _give(phone: Handheld, page: Any, said: dict[str, Any], url: str) -> None:
    """What a push service would hand to the browser."""
    session, found = phone.context.new_cdp_session(page), dict[str, str]()
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.update({row["scopeURL"]: row["registrationId"] for row in event["registrations"]}),
    )
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    (registration,) = found.values()
    data = json.dumps(said, ensure_ascii=False)
    session.send("ServiceWorker.deliverPushMessage", {"origin": url, "registrationId": registration, "data": data})
    page.wait_for_timeout(500)
