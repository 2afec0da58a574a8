"""Tencent Cloud's SendSms (version 2021-01-11) by its own SDK, which is told to try once."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.common.retry import NoopRetryer
from tencentcloud.sms.v20210111.models import SendSmsRequest
from tencentcloud.sms.v20210111.sms_client import SmsClient

from notifications.channels import Outcome, OutcomeKind
from notifications.channels.sms import HOUR, MINUTE, TIMEOUT_S, Receipt, quiet, until_midnight_s
from notifications.channels.wire import PlainSession, is_unsent

HOST = "sms.tencentcloudapi.com"
REGION = "ap-guangzhou"
LONGEST_VALUE = 6  # accounts made since 2024, until the vendor grants more

#: The first line that fits the beginning of a code decides, so what is special stands before its family.
BEGINNINGS: tuple[tuple[str, OutcomeKind], ...] = (
    ("LimitExceeded.PhoneNumberCountLimit", "payload_error"),
    ("LimitExceeded", "retry_at"),
    ("RequestLimitExceeded", "retry_at"),
    ("ServiceUnavailable", "retry_at"),
    ("ResourceUnavailable", "retry_at"),
    ("InvalidParameterValue.IncorrectPhoneNumber", "dead_address"),
    ("FailedOperation.PhoneNumberInBlacklist", "dead_address"),
    ("FailedOperation.PhoneNumberParseFail", "dead_address"),
    ("UnsupportedOperation.UnsupportedRegion", "dead_address"),
    ("UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone", "dead_address"),
    ("AuthFailure", "auth_error"),
    ("UnauthorizedOperation", "auth_error"),
    ("InvalidParameterValue.SdkAppIdNotExist", "auth_error"),
    ("InvalidParameter.AppidAndBizId", "auth_error"),
    ("FailedOperation.InsufficientBalanceInSmsPackage", "auth_error"),
    ("InternalError.RequestTimeException", "auth_error"),
    ("InternalError.Sig", "auth_error"),
    ("IpInBlacklist", "auth_error"),
    ("IpNotInWhitelist", "auth_error"),
    ("InternalError.JsonParseFail", "payload_error"),
    ("InternalError.RestApiInterfaceNotExist", "payload_error"),
    ("FailedOperation", "payload_error"),
    ("Invalid", "payload_error"),
    ("MissingParameter", "payload_error"),
    ("UnknownParameter", "payload_error"),
    ("UnsupportedOperation", "payload_error"),
)


class Tencent:
    """One key, one application, one signature and one approved template. ``base`` replaces the vendor's origin in tests."""

    name = "tencent"

    def __init__(
        self, key_id: str, key_secret: str, *, app: str, sign: str, template: str, base: str = "", timeout_s: float = TIMEOUT_S
    ) -> None:
        origin = urlsplit(base or f"https://{HOST}")
        http = HttpProfile(protocol=origin.scheme, endpoint=origin.netloc, reqTimeout=timeout_s)
        profile = ClientProfile(httpProfile=http, retryer=NoopRetryer())
        self.client = SmsClient(Credential(key_id, key_secret), REGION, profile)
        self.client.request.conn._session = PlainSession(keeps_lines=False)  # its own follows redirects
        self.app, self.sign, self.template = app, sign, template

    def send(self, number: str, values: Sequence[tuple[str, str]]) -> Receipt:
        request = SendSmsRequest()
        request.PhoneNumberSet = [f"+86{number}"]
        request.SmsSdkAppId, request.SignName, request.TemplateId = self.app, self.sign, self.template
        request.TemplateParamSet = [value for _, value in values]
        try:
            statuses = self.client.SendSms(request).SendStatusSet
        except TencentCloudSDKException as error:
            code = str(error.code or "")
            if code == "ClientNetworkError":
                return Receipt(Outcome("retry_at" if is_unsent(error) else "unknown", code))
            return Receipt(_outcome(code), code, str(error.requestId or ""))
        if not statuses:
            return Receipt(Outcome("unknown", "no status"))
        code = str(statuses[0].Code or "")
        return Receipt(_outcome(code), code, str(statuses[0].SerialNo or ""))


def _outcome(code: str) -> Outcome:
    if code == "Ok":
        return Outcome("accepted")
    kind: OutcomeKind = next((kind for start, kind in BEGINNINGS if code.startswith(start)), "unknown")
    return Outcome(kind, quiet(code), _wait(code) if kind == "retry_at" else None)


def _wait(code: str) -> int:
    if "Daily" in code:
        return until_midnight_s()
    return HOUR if "OneHour" in code else MINUTE
