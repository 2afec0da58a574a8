"""Requests that do no more than they are asked to: no redirect, no repeat, no line in a log that names who is written to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from socket import socket
from ssl import SSLCertVerificationError
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

# At DEBUG these write whole addresses: push end points, telephone numbers, keys of robots.
for _name in ("urllib3", "tencentcloud_sdk_common"):
    logging.getLogger(_name).setLevel(logging.INFO)

#: Raised while a connection is made, so before a byte of the message has left.
BEFORE_SENDING = (
    NewConnectionError,
    ConnectTimeoutError,
    SSLCertVerificationError,
    requests.exceptions.ConnectTimeout,
    requests.exceptions.ProxyError,
)


def is_unsent(error: BaseException) -> bool:
    """Is it sure that the vendor has nothing? Time-outs and lines that broke after the request went out are not."""
    return any(isinstance(cause, BEFORE_SENDING) for cause in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from; libraries hide the first cause in ``reason``, in an argument or in the context."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(seen) < 20:
        cause = waiting.pop()
        if not isinstance(cause, BaseException) or any(cause is known for known in seen):
            continue
        seen.append(cause)
        yield cause
        waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]


class PlainSession(requests.Session):
    """A session that hands a redirect back as the answer it is, sends each request once and keeps no cookies.

    ``keeps_lines``: a line kept open may have died unseen, and what is lost on it counts as perhaps sent. Channels that must not
    repeat themselves take a new one for each message.
    """

    def __init__(self, *, keeps_lines: bool, only_public: bool = False) -> None:
        super().__init__()
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _PublicAdapter if only_public else HTTPAdapter if keeps_lines else _ClosingAdapter
        self.mount("http://", (HTTPAdapter if keeps_lines else _ClosingAdapter)(max_retries=0))
        self.mount("https://", adapter(max_retries=0))

    def get_redirect_target(self, resp: requests.Response) -> None:
        del resp


class _OneMessage(HTTPConnectionPool):
    """Closes a line when its answer has been read; the other side may close it, but not in time to be seen."""

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.close()
        super()._put_conn(None)


class _OneMessageByTls(_OneMessage, HTTPSConnectionPool):
    pass


class _ClosingAdapter(HTTPAdapter):
    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:
        super().add_headers(request, **kwargs)
        request.headers["Connection"] = "close"

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _OneMessage, "https": _OneMessageByTls}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _OneMessage, "https": _OneMessageByTls}
        return manager


class _PublicConnection(HTTPSConnection):
    """Looks at the address it has reached, not at what a name resolved to a moment before."""

    def _new_conn(self) -> socket:
        sock = super()._new_conn()
        if not ip_address(sock.getpeername()[0].split("%")[0]).is_global:
            sock.close()
            raise NewConnectionError(self, "not a public address")
        return sock


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    """For hosts that somebody else named. A proxy of the office may be private: it is ours, and resolves for itself."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}
