"""Everything a client can be told: one class a problem, sent as application/problem+json."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.responses import Response

logger = logging.getLogger(__name__)


class ProblemOut(Schema):
    """RFC 9457, with what a phone needs to decide: whether to try again, and whose fault it is."""

    type: str
    title: str
    status: int
    detail: str
    retry: str
    blame: str
    en: str


class Problem(Exception):
    """The root. A child states slug, HTTP status, whether to retry (never, after, login, update) and when, who is to blame, and two texts."""

    slug = "problem"
    status = 400
    retry = "never"
    blame = "client"
    after_s = 0
    zh = "请求有误。"
    en = "The request is wrong."

    def __init__(self, detail: str = "", **extra: Any) -> None:
        super().__init__(detail or self.zh)
        self.detail = detail or self.zh
        self.extra = extra

    def body(self) -> dict[str, Any]:
        return {
            "type": f"/problems/{self.slug}",
            "title": self.zh,
            "status": self.status,
            "detail": self.detail,
            "retry": self.retry,
            "blame": self.blame,
            "en": self.en,
            **self.extra,
        }


class NotFound(Problem):
    slug, status = "not_found", 404
    zh, en = "没有找到，或者不归你看。", "Not found, or not yours to see."


class Unreadable(Problem):
    slug, status = "unreadable", 422
    zh, en = (
        "内容不完整或格式不对。请按提示改正后再发。",
        "The content is incomplete or malformed. Correct it as told and send again.",
    )


class SignInNeeded(Problem):
    slug, status, retry = "sign_in_needed", 401, "login"
    zh, en = "请先登录。", "Sign in first."


class NotAllowed(Problem):
    slug, status = "not_allowed", 403
    zh, en = "这件事要由别的岗位来办。", "Another post has to do this."


class Conflict(Problem):
    slug, status = "conflict", 409
    zh, en = "有人刚改过这里。先看看改了什么，再决定。", "Somebody changed this meanwhile. Look first, then decide."


class TooLarge(Problem):
    slug, status = "too_large", 413
    zh, en = "内容太大。请分几次发。", "Too large. Send it in parts."


class TooMany(Problem):
    slug, status, retry = "too_many", 429, "after"
    zh, en = "试得太频繁。请稍等再试。", "Too many tries. Wait a little."


class Busy(Problem):
    slug, status, retry, blame = "busy", 503, "after", "server"
    zh, en = (
        "镇里的机器正忙，东西先存在手机里，一会儿会自己再发。",
        "The server is busy. Your things stay on the phone and are sent again.",
    )


def answer(problem: Problem) -> HttpResponse:
    headers = {"Retry-After": str(problem.after_s)} if problem.after_s else {}
    kind = "application/problem+json; charset=utf-8"
    return Response(problem.body(), status=problem.status, content_type=kind, headers=headers)


def install(api: NinjaAPI) -> None:
    """One shape for problems, validation, missing rows, sign-in; anything else is a bug and stays a 500."""
    import psycopg
    from django.core.exceptions import RequestDataTooBig
    from django.db import DataError, InterfaceError, OperationalError
    from django.http import Http404
    from procrastinate.exceptions import ConnectorException

    @api.exception_handler(Problem)
    def on_problem(request: HttpRequest, exc: Problem) -> HttpResponse:
        return answer(exc)

    @api.exception_handler(Http404)
    def on_missing(request: HttpRequest, exc: Http404) -> HttpResponse:
        return answer(NotFound())

    @api.exception_handler(RequestDataTooBig)
    def on_flood(request: HttpRequest, exc: RequestDataTooBig) -> HttpResponse:
        return answer(TooLarge())

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def on_outage(request: HttpRequest, exc: Exception) -> HttpResponse:
        logger.error("database.unreachable", extra={"path": request.path, "error": type(exc).__name__})
        return answer(Busy())

    @api.exception_handler(ConnectorException)
    def on_outage_of_jobs(request: HttpRequest, exc: ConnectorException) -> HttpResponse:
        """A job that could not be deferred because the database went away; anything else about jobs is a bug."""
        if isinstance(exc.__cause__ or exc.__context__, OperationalError | InterfaceError | psycopg.OperationalError):
            return on_outage(request, exc)
        raise exc

    @api.exception_handler(DataError)
    @api.exception_handler(UnicodeEncodeError)
    def on_unstorable(request: HttpRequest, exc: Exception) -> HttpResponse:
        """A NUL, half a surrogate pair: text that no column can hold. The values stay out of the log."""
        logger.warning("request.unstorable", extra={"path": request.path, "error": type(exc).__name__})
        return answer(Unreadable())

    @api.exception_handler(AuthenticationError)
    def on_stranger(request: HttpRequest, exc: AuthenticationError) -> HttpResponse:
        return answer(SignInNeeded())

    @api.exception_handler(ValidationError)
    def on_invalid(request: HttpRequest, exc: ValidationError) -> HttpResponse:
        fields = [{"where": ".".join(map(str, error["loc"])), "what": error["msg"]} for error in exc.errors]
        return answer(Unreadable(fields=fields))

    @api.exception_handler(HttpError)
    def on_http(request: HttpRequest, exc: HttpError) -> HttpResponse:
        problem = Unreadable(str(exc))
        problem.status = exc.status_code
        return answer(problem)
