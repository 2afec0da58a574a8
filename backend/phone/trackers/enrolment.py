"""Give a tracker app its credential, once, with what has to be typed into it or scanned."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from django.db import transaction

from backend.accounts.actions import CODE_LETTERS
from backend.accounts.models import UPLOAD_GRACE, Device, User
from backend.phone.auth import has_duty, last_duty_end
from backend.phone.trackers.models import Tracker
from backend.phone.trackers.sealing import credential_hash
from backend.problems import Conflict

App = Tracker.App
ID_LENGTH = 20  # about 99 bits: it is the only credential the OsmAnd protocol knows
USER_LENGTH, PASSWORD_LENGTH = 8, 20
MOST_AT_A_TIME = 5
EVERY_S = 10
SEEN_EVERY = timedelta(minutes=1)


class TooManyTrackers(Conflict):
    """So many tracker apps are enrolled that nobody can say what sends; revoke one first."""

    slug = "too_many_trackers"
    zh, en = "已经登记了 5 个定位软件。先停用一个不用的。", "Five tracker apps are enrolled. Revoke one first."


@dataclass(frozen=True, slots=True)
class Handed:
    """What is shown once: an address, a credential, and a link the app understands, if it does."""

    tracker: Tracker
    url: str
    id: str = ""
    user: str = ""
    password: str = ""
    link: str = ""


def enrol_tracker(person: User, app: str, *, crs: str, every_s: int = EVERY_S, origin: str, by: User, at: datetime) -> Handed:
    """Enrol an app of another maker for a person. The credential is told here and never again."""
    name, secret = _word(USER_LENGTH), _word(PASSWORD_LENGTH if app == App.OWNTRACKS else ID_LENGTH)
    parts = ("owntracks", name, secret) if app == App.OWNTRACKS else ("osmand", secret)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        if Tracker.objects.live().filter(device__user=person).count() >= MOST_AT_A_TIME:
            raise TooManyTrackers
        device = Device.objects.create(
            user=person, token_hash=credential_hash(*parts), kind=app, name=App(app).label, enrolled_at=at
        )
        tracker = Tracker.objects.create(device=device, app=app, crs=crs, interval_s=every_s, made_by=by)
    if app == App.OWNTRACKS:
        url = f"{origin}/t/owntracks"
        return Handed(tracker, url, user=name, password=secret, link=_owntracks_link(url, name, secret, every_s))
    if app == App.OSMAND:
        wanted = "&lat={0}&lon={1}&timestamp={2}&hdop={3}&altitude={4}&speed={5}&bearing={6}"
        return Handed(tracker, f"{origin}/t/osmand?id={secret}{wanted}", id=secret)
    url = f"{origin}/t/osmand"
    settings = {"id": secret, "accuracy": "highest", "distance": 0, "interval": every_s, "buffer": "true"}
    return Handed(tracker, url, id=secret, link=f"{url}?{urlencode(settings)}")


def tracker_by_id(given: str, *, at: datetime) -> Tracker | None:
    """The tracker of an OsmAnd or Traccar id. One that was revoked is as unknown as one that never was."""
    return _find(("osmand", given.strip().upper()), at)


def tracker_by_password(user: str, password: str, *, at: datetime) -> Tracker | None:
    return _find(("owntracks", user, password), at)


def _find(parts: tuple[str, ...], at: datetime) -> Tracker | None:
    tracker = (
        Tracker.objects.live()
        .select_related("device__user")
        .filter(device__token_hash=credential_hash(*parts), device__user__is_active=True)
        .first()
    )
    if tracker is None:
        return None
    device = tracker.device
    if not has_duty(device.user, at=at) and at - last_duty_end(device) > UPLOAD_GRACE:
        return None
    if device.seen_at is None or at - device.seen_at > SEEN_EVERY:
        Device.objects.filter(pk=device.pk).update(seen_at=at)
    return tracker


def _owntracks_link(url: str, user: str, password: str, every_s: int) -> str:
    settings = {
        "_type": "configuration", "mode": 3, "url": url, "auth": True, "username": user, "password": password,
        "deviceId": "phone", "tid": user[:2], "monitoring": 2, "moveModeLocatorInterval": every_s,
    }  # fmt: skip
    inline = base64.b64encode(json.dumps(settings, separators=(",", ":")).encode()).decode()
    return f"owntracks:///config?inline={quote(inline, safe='')}"


def _word(length: int) -> str:
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(length))
