"""Aliyun's SendSms (version 2017-05-25) by its own SDK, which is told to try once."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from urllib.parse import urlsplit

from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_dysmsapi20170525.models import SendSmsRequest
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.core import DEFAULT_POOL_MAXSIZE, DaraCore
from darabonba.exceptions import ResponseException, UnretryableException
from darabonba.policy.retry import RetryOptions
from darabonba.runtime import RuntimeOptions

from notifications.channels import Outcome, OutcomeKind
from notifications.channels.sms import HOUR, MINUTE, TIMEOUT_S, Receipt, quiet, until_midnight_s
from notifications.channels.wire import PlainSession, is_unsent

logging.getLogger("darabonba-core").setLevel(logging.INFO)  # its import sets DEBUG, which writes whole requests

HOST = "dysmsapi.aliyuncs.com"
LONGEST_VALUE = 35

CODES: dict[str, OutcomeKind] = {
    "isv.MOBILE_NUMBER_ILLEGAL": "dead_address",
    "isv.DOMESTIC_NUMBER_NOT_SUPPORTED": "dead_address",
    "isv.BLACK_KEY_CONTROL_LIMIT": "payload_error",
    "isv.OUT_OF_SERVICE": "auth_error",
    "isv.AMOUNT_NOT_ENOUGH": "auth_error",
    "isv.PRODUCT_UN_SUBSCRIPT": "auth_error",
    "isv.PRODUCT_UNSUBSCRIBE": "auth_error",
    "isv.ACCOUNT_NOT_EXISTS": "auth_error",
    "isv.ACCOUNT_ABNORMAL": "auth_error",
    "isv.SECURITY_FROZEN_ACCOUNT": "auth_error",
    "isv.DENY_IP_RANGE": "auth_error",
    "isp.RAM_PERMISSION_DENY": "auth_error",
    "isp.SYSTEM_ERROR": "retry_at",  # its manual: call again
    "ServiceUnavailable": "retry_at",
    "ServiceUnavailableTemporary": "retry_at",
    "SignatureNonceUsed": "unknown",  # somebody between us sent the request twice
    "SignatureDoesNotMatch": "auth_error",
    "IncompleteSignature": "auth_error",
    "InvalidTimeStamp.Expired": "auth_error",
    "NoPermission": "auth_error",
    "MissingSecurityToken": "auth_error",
}
#: For codes not named above, by how they begin: quotas, keys, our words, the vendor's own trouble.
BEGINNINGS: tuple[tuple[str, OutcomeKind], ...] = (
    ("isv.BUSINESS_LIMIT", "retry_at"),
    ("isv.DAY_LIMIT", "retry_at"),
    ("isv.MONTH_LIMIT", "retry_at"),
    ("Throttling", "retry_at"),
    ("InvalidAccessKeyId", "auth_error"),
    ("Forbidden", "auth_error"),
    ("InvalidSecurityToken", "auth_error"),
    ("isv.", "payload_error"),
    ("Invalid", "payload_error"),
    ("Missing", "payload_error"),
)


class Aliyun:
    """One access key, one signature (签名) and one approved template. ``base`` replaces the vendor's origin in tests and demonstrations."""

    name = "aliyun"

    def __init__(
        self, key_id: str, key_secret: str, *, sign: str, template: str, base: str = "", timeout_s: float = TIMEOUT_S
    ) -> None:
        origin = urlsplit(base or f"https://{HOST}")
        config = Config(
            access_key_id=key_id,
            access_key_secret=key_secret,
            protocol=origin.scheme.upper(),
            endpoint=origin.netloc,
            connect_timeout=round(timeout_s * 1000),
            read_timeout=round(timeout_s * 1000),
            retry_options=RetryOptions(retryable=False),
        )
        # The SDK keeps its sessions by origin and would follow redirects with them; it finds ours there instead.
        DaraCore._sessions[f"{origin.scheme}://{origin.netloc}:80:pool={DEFAULT_POOL_MAXSIZE}"] = PlainSession(
            keeps_lines=False
        )
        self.client, self.sign, self.template = Client(config), sign, template

    def send(self, number: str, values: Sequence[tuple[str, str]]) -> Receipt:
        request = SendSmsRequest(
            phone_numbers=number,
            sign_name=self.sign,
            template_code=self.template,
            template_param=json.dumps(dict(values), ensure_ascii=False) if values else None,
        )
        try:
            body = self.client.send_sms_with_options(request, RuntimeOptions()).body
        except ResponseException as error:
            code = str(error.code or "")
            return Receipt(_outcome(code, str(error.message or ""), error.retry_after), code)
        except UnretryableException as error:
            cause = error.inner_exception
            return Receipt(Outcome("retry_at" if is_unsent(cause) else "unknown", type(cause).__name__))
        except Exception as error:  # noqa: BLE001  the SDK raises whatever its parsing of a strange answer stumbles over
            return Receipt(Outcome("unknown", type(error).__name__))
        code = str(body.code or "") if body else ""
        return Receipt(
            _outcome(code, str(body.message or "") if body else "", None), code, str(body.biz_id or "") if body else ""
        )


def _outcome(code: str, message: str, retry_after_ms: int | None) -> Outcome:
    if code == "OK":
        return Outcome("accepted")
    family: OutcomeKind = next((kind for start, kind in BEGINNINGS if code.startswith(start)), "unknown")
    kind = CODES.get(code, family)
    wait = round(retry_after_ms / 1000) if retry_after_ms else _wait(code, message)
    return Outcome(kind, quiet(code), wait if kind == "retry_at" else None)


def _wait(code: str, message: str) -> int:
    """The vendor names the quota in its message only: 触发分钟级, 小时级, 天级流控."""
    if "DAY_LIMIT" in code or "MONTH_LIMIT" in code or "天级" in message:
        return until_midnight_s()
    return HOUR if "小时级" in message else MINUTE
