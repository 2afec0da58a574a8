"""Aliyun's and Tencent's SMS services on loopback, with the codes of their manuals. The number chooses the answer: ``number("quota")``."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from notifications.testing.loopback import STRANGE, Answer, Asked, LoopbackServer, as_json

KEY_ID = "made-up-key"

#: name -> Aliyun's HTTP status, code and message; Tencent's code for the number
CODES: dict[str, tuple[int, str, str, str]] = {
    "ok": (200, "OK", "OK", "Ok"),
    "minute": (200, "isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", "LimitExceeded.PhoneNumberThirtySecondLimit"),
    "hour": (200, "isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", "LimitExceeded.PhoneNumberOneHourLimit"),
    "day": (200, "isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:40", "LimitExceeded.PhoneNumberDailyLimit"),
    "account-day": (200, "isv.DAY_LIMIT_CONTROL", "触发日发送限额", "LimitExceeded.AppDailyLimit"),
    "number": (200, "isv.MOBILE_NUMBER_ILLEGAL", "非法手机号", "InvalidParameterValue.IncorrectPhoneNumber"),
    "refuses": (200, "isv.DOMESTIC_NUMBER_NOT_SUPPORTED", "", "FailedOperation.PhoneNumberInBlacklist"),
    "signature": (200, "isv.SMS_SIGNATURE_ILLEGAL", "短信签名不合法", "FailedOperation.SignatureIncorrectOrUnapproved"),
    "template": (200, "isv.SMS_TEMPLATE_ILLEGAL", "短信模板不合法", "FailedOperation.TemplateIncorrectOrUnapproved"),
    "value": (200, "isv.PARAM_LENGTH_LIMIT", "", "InvalidParameterValue.TemplateParameterLengthLimit"),
    "balance": (200, "isv.AMOUNT_NOT_ENOUGH", "账户余额不足", "FailedOperation.InsufficientBalanceInSmsPackage"),
    "new-code": (200, "isp.NEVER_SEEN_BEFORE", "", "InternalError.Timeout"),
    "own-trouble": (500, "InternalError", "The request processing has failed.", "InternalError.OtherError"),
}
#: Refused as a whole: Aliyun's HTTP status and code, Tencent's code.
REFUSED: dict[str, tuple[int, str, str]] = {
    "throttled": (400, "Throttling.User", "RequestLimitExceeded"),
    "away": (503, "ServiceUnavailable", "ServiceUnavailable"),
    "bad-secret": (400, "SignatureDoesNotMatch", "AuthFailure.SignatureFailure"),
    "forbidden": (403, "Forbidden.RAM", "UnauthorizedOperation.RequestPermissionDeny"),
}
NAMES = [*CODES, *REFUSED, *STRANGE, "silence"]


def number(name: str) -> str:
    return f"1390000{NAMES.index(name):04d}"


class SmsServer(LoopbackServer):
    """``messages``: number, template and the values of its places, for both vendors alike."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[tuple[str, str, list[str]]] = []

    def answer(self, asked: Asked) -> Answer | None:
        if asked.headers.get("x-acs-action") == "SendSms":
            return self._aliyun(asked)
        if asked.headers.get("x-tc-action") == "SendSms":
            return self._tencent(asked)
        return Answer(404)

    def _aliyun(self, asked: Asked) -> Answer | None:
        fields = dict(asked.query) | dict(parse_qsl(asked.body.decode()))
        to = fields["PhoneNumbers"]
        self.messages.append((to, fields["TemplateCode"], list(json.loads(fields.get("TemplateParam", "{}")).values())))
        name = NAMES[int(to[-4:])]
        if f"Credential={KEY_ID}," not in asked.headers.get("authorization", ""):
            return as_json({"Code": "InvalidAccessKeyId.NotFound", "Message": "", "RequestId": "R-0"}, status=404)
        if name == "silence" or name in STRANGE:
            return STRANGE.get(name)
        status, code, message = REFUSED[name][:2] + ("",) if name in REFUSED else CODES[name][:3]
        body = {"RequestId": f"R-{len(self.messages)}", "Code": code, "Message": message}
        return as_json(body | ({"BizId": f"B-{len(self.messages)}"} if code == "OK" else {}), status=status)

    def _tencent(self, asked: Asked) -> Answer | None:
        fields = json.loads(asked.body)
        to = str(fields["PhoneNumberSet"][0])
        self.messages.append((to, fields["TemplateId"], fields["TemplateParamSet"]))
        name = NAMES[int(to[-4:])]
        if f"Credential={KEY_ID}/" not in asked.headers.get("authorization", ""):
            return self._tencent_error("AuthFailure.SecretIdNotFound")
        if name == "silence" or name in STRANGE:
            return STRANGE.get(name)
        if name in REFUSED:
            return self._tencent_error(REFUSED[name][2])
        code = CODES[name][3]
        status = {"SerialNo": f"S-{len(self.messages)}" if code == "Ok" else "", "PhoneNumber": to, "Fee": 1, "Code": code}
        return as_json({"Response": {"SendStatusSet": [status | {"Message": "", "IsoCode": "CN"}], "RequestId": "R-1"}})

    def _tencent_error(self, code: str) -> Answer:
        return as_json({"Response": {"Error": {"Code": code, "Message": ""}, "RequestId": "R-1"}})
