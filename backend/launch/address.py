"""Where the system is reached: this machine alone by default; phones need TLS, of our own or of a proxy's."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from backend.launch.messages import Problem, say

DEFAULT_PORT = 8731
PORTS_TRIED = 200
EVERYWHERE = "0.0.0.0"


@dataclass(frozen=True)
class Address:
    """What the processes bind to, and what people type."""

    bind: str
    port: int
    live_port: int
    url: str
    live_url: str  # "" behind a proxy, which serves it under /live/
    hosts: tuple[str, ...]
    certificate: str = ""
    key: str = ""
    behind_proxy: bool = False

    @property
    def health_urls(self) -> tuple[str, str]:
        """Of the web and of the live process, as this machine itself reaches them."""
        origin = f"{'https' if self.certificate else 'http'}://{_bracketed(near(self.bind))}"
        return f"{origin}:{self.port}/healthz", f"{origin}:{self.live_port}/healthz"

    def environment(self) -> dict[str, str]:
        """What settings, and the servers in the Procfile, read."""
        env = {
            "PATROL_BIND": self.bind,
            "PATROL_PORT": str(self.port),
            "PATROL_LIVE_PORT": str(self.live_port),
            "PATROL_URL": self.url,
            "PATROL_LIVE_URL": self.live_url,
            "PATROL_HOSTS": ",".join(self.hosts),
            "PATROL_BEHIND_PROXY": "1" if self.behind_proxy else "0",
            "PATROL_TLS_CERT": self.certificate,
            "PATROL_TLS_KEY": self.key,
        }
        if self.certificate:
            env |= {
                "GRANIAN_SSL_CERTIFICATE": self.certificate,
                "GRANIAN_SSL_KEYFILE": self.key,
                "GRANIAN_SSL_PROTOCOL_MIN": "tls1.2",  # trackers on old Androids know no newer one
            }
        return env


def decide(env: Mapping[str, str], *, host: str | None, port: int | None) -> Address:
    """The address for `--host`, `--port` and the PATROL_ settings; a Problem where phones could not work with it."""
    certificate, key = _file(env, "PATROL_TLS_CERT"), _file(env, "PATROL_TLS_KEY")
    behind_proxy = env.get("PATROL_BEHIND_PROXY", "").lower() in ("1", "true", "yes")
    if bool(certificate) != bool(key):
        raise Problem("PATROL_TLS_CERT 与 PATROL_TLS_KEY 要同时设置。", "Set PATROL_TLS_CERT and PATROL_TLS_KEY together.")
    if behind_proxy:
        return _behind_proxy(env, host=host, port=port)
    name = host or "127.0.0.1"
    if certificate:
        port, live_port = _exactly(_bind(name), port or DEFAULT_PORT)
        url = f"https://{_bracketed(name)}"
        hosts = _hosts(env, name)
        return Address(_bind(name), port, live_port, f"{url}:{port}", f"{url}:{live_port}", hosts, certificate, key)
    if not is_loopback(name):
        raise Problem(
            f"手机只在安全连接（HTTPS）下才能拍照、定位和离线使用，所以不能在 {name} 上用明文提供服务。二选一：\n"
            "  1) 自备证书：PATROL_TLS_CERT=证书.pem PATROL_TLS_KEY=私钥.pem ./patrol run --host 域名\n"
            "  2) 前置代理：PATROL_BEHIND_PROXY=1 PATROL_URL=https://域名 ./patrol run （见 docs/operations.md）",
            f"Phones give camera, position and offline work to https pages only, so {name} is not served in clear. "
            "Either give a certificate and key (1), or put a proxy in front (2; see docs/operations.md).",
        )
    port, live_port = _free_pair(_bind(name), port or DEFAULT_PORT)
    url = f"http://{_bracketed(name)}"
    return Address(_bind(name), port, live_port, f"{url}:{port}", f"{url}:{live_port}", _hosts(env, name))


def _file(env: Mapping[str, str], name: str) -> str:
    """A path as the caller meant it: `patrol` has changed into the checkout since."""
    return str(Path(env.get("PATROL_FROM", ""), env[name])) if env.get(name) else ""


def _behind_proxy(env: Mapping[str, str], *, host: str | None, port: int | None) -> Address:
    url = env.get("PATROL_URL", "").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or parts.path:
        raise Problem(
            "PATROL_BEHIND_PROXY=1 时要用 PATROL_URL=https://域名 写明人们输入的地址（不带路径）。",
            "With PATROL_BEHIND_PROXY=1 name the address that people type in PATROL_URL=https://name (without a path).",
        )
    bind = _bind(host or "127.0.0.1")
    port, live_port = _exactly(bind, port or DEFAULT_PORT)
    return Address(bind, port, live_port, url, "", _hosts(env, parts.hostname), behind_proxy=True)


def is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _bind(name: str) -> str:
    """A name of this machine is served on all its addresses, an address on that one."""
    if name == "localhost":
        return "127.0.0.1"
    try:
        return str(ip_address(name))
    except ValueError:
        return EVERYWHERE


def _bracketed(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def _hosts(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    more = [part.strip() for part in env.get("PATROL_HOSTS", "").split(",")]
    return tuple(dict.fromkeys(one for one in (_bracketed(name), *more) if one))


def _exactly(bind: str, port: int) -> tuple[int, int]:
    """These two ports: a proxy, or phones that were enrolled with them, would not find any other."""
    for one in (port, port + 1):
        if not is_free(bind, one):
            raise Problem(
                f"端口 {one} 已被占用。请停掉占用它的程序，或用 --port 换一个（代理和手机里的地址也要跟着改）。",
                f"Port {one} is in use. Stop what uses it, or choose another with --port (and in the proxy and on the phones).",
            )
    return port, port + 1


def _free_pair(bind: str, port: int) -> tuple[int, int]:
    for first in range(port, min(port + PORTS_TRIED, 65535)):
        if is_free(bind, first) and is_free(bind, first + 1):
            if first != port:
                say(f"端口 {port} 已被占用，改用 {first}", f"port {port} is in use, taking {first}")
            return first, first + 1
    raise Problem(f"从 {port} 起找不到空闲端口。", f"No free port from {port} on.")


def is_free(bind: str, port: int) -> bool:
    """Could a server listen there? Connections of our last run that are still fading do not count."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return False
        else:
            return True
    with socket.socket(family) as caller:
        caller.settimeout(1)
        return caller.connect_ex((near(bind), port)) == errno.ECONNREFUSED


def near(bind: str) -> str:
    """Where this machine itself reaches what is bound to all of its addresses."""
    return {EVERYWHERE: "127.0.0.1", "::": "::1"}.get(bind, bind)
