"""The SMS channel from settings; only the SDK of the vendor in use is imported."""

from __future__ import annotations

from functools import lru_cache

from notifications.channels.sms import SmsChannel, Vendor


@lru_cache(maxsize=4)
def sms_channel(
    vendor: str,
    key_id: str,
    key_secret: str,
    *,
    app: str,
    sign: str,
    template: str,
    places: tuple[str, ...],
    longest_value: int,
    base: str,
) -> SmsChannel:
    """The channel for these settings, made once for the process. Raises ValueError if they cannot be used."""
    if not (key_id and key_secret and sign and template):
        raise ValueError("SMS settings")
    made: Vendor
    if vendor == "aliyun":
        from notifications.channels.sms.aliyun import LONGEST_VALUE, Aliyun

        made, usual = Aliyun(key_id, key_secret, sign=sign, template=template, base=base), LONGEST_VALUE
    elif vendor == "tencent" and app:
        from notifications.channels.sms import tencent

        made = tencent.Tencent(key_id, key_secret, app=app, sign=sign, template=template, base=base)
        usual = tencent.LONGEST_VALUE
    else:
        raise ValueError("SMS vendor")
    return SmsChannel(made, places=places, longest_value=longest_value or usual)
