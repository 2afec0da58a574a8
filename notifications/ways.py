"""The ways out of the house that this installation's settings switch on, and the channel for each."""

from __future__ import annotations

import json

from django.conf import settings

from notifications.channels import Channel

#: What a way needs besides the setting that switches it on; the environment's names for a hint.
NEEDED: dict[str, tuple[str, ...]] = {
    "webpush": ("VAPID_KEY",),
    "sms": ("SMS_KEY_ID", "SMS_KEY_SECRET", "SMS_SIGN", "SMS_TEMPLATE"),
}

WAYS = ("fcm", "webpush", "sms", "robot")
#: Tried with the inbox, at once; the others are steps of the ladder.
AT_ONCE = frozenset({"fcm", "webpush"})
#: As ``Channel.is_repeatable`` of each, known without importing it.
REPEATABLE = frozenset({"fcm", "webpush"})


def open_ways() -> frozenset[str]:
    """Channels that are switched on, as in ``Delivery.channel``; nothing is imported or opened to know it."""
    switches = {
        "fcm": settings.FCM_CREDENTIALS,
        "webpush": settings.VAPID_CONTACT,
        "sms": settings.SMS_VENDOR,
        "robot": settings.ROBOTS,
    }
    return frozenset(name for name, value in switches.items() if value)


def incomplete() -> dict[str, list[str]]:
    """Channels that are switched on but lack a setting, with the environment's names of what they lack."""
    needed = dict(NEEDED)
    if settings.SMS_VENDOR == "tencent":
        needed["sms"] = (*needed["sms"], "SMS_APP")
    lacking = {
        name: [f"PATROL_{setting}" for setting in needed.get(name, ()) if not getattr(settings, setting)]
        for name in open_ways()
    }
    return {name: missing for name, missing in sorted(lacking.items()) if missing}


def push_key() -> str:
    """What browsers subscribe with; "" while Web Push is off or its key cannot be used."""
    if "webpush" not in open_ways():
        return ""
    from notifications.channels.webpush import public_key

    try:
        return public_key(settings.VAPID_KEY)
    except ValueError:
        return ""


def subscription_address(text: str) -> str:
    """The address to keep for a browser's subscription as JSON. Raises ValueError for what must not be written to."""
    from notifications.channels.webpush import HOSTS, push_address

    return push_address(json.loads(text), hosts=tuple(settings.PUSH_HOSTS) or HOSTS, base=settings.PUSH_BASE)


def channel_for(name: str) -> Channel:
    """The channel, made once for the process. Raises OSError or ValueError if its settings cannot be used, KeyError if it is off.

    Vendors' SDKs take up to a second to import, so only the worker that sends by one imports it.
    """
    if name not in open_ways():
        raise KeyError(name)
    if name == "fcm":
        from notifications.channels.fcm import fcm_channel

        return fcm_channel(settings.FCM_CREDENTIALS, settings.FCM_BASE)
    if name == "webpush":
        from notifications.channels.webpush import webpush_channel

        return webpush_channel(settings.VAPID_KEY, settings.VAPID_CONTACT, tuple(settings.PUSH_HOSTS), settings.PUSH_BASE)
    if name == "robot":
        from notifications.channels.robot import robot_channel

        return robot_channel(settings.ROBOT_BASE)
    from notifications.channels.sms.vendors import sms_channel

    return sms_channel(
        settings.SMS_VENDOR,
        settings.SMS_KEY_ID,
        settings.SMS_KEY_SECRET,
        app=settings.SMS_APP,
        sign=settings.SMS_SIGN,
        template=settings.SMS_TEMPLATE,
        places=tuple(settings.SMS_PLACES),
        longest_value=settings.SMS_LONGEST_VALUE,
        base=settings.SMS_BASE,
    )
