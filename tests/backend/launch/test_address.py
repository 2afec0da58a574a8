from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from backend.launch.address import Address, decide, is_free
from backend.launch.messages import Problem

TLS = {"PATROL_TLS_CERT": "cert.pem", "PATROL_TLS_KEY": "key.pem"}
PROXY = {"PATROL_BEHIND_PROXY": "1", "PATROL_URL": "https://xunge.example"}


@pytest.fixture
def port() -> int:
    """The first of some ports nobody uses."""
    for first in range(20000, 30000, 10):
        if all(is_free("0.0.0.0", one) for one in range(first, first + 6)):
            return first
    raise AssertionError("no free ports")


@pytest.fixture
def taken(port: int) -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", port))):
        yield port


def test_without_a_word_only_this_machine_is_served(port: int) -> None:
    address = decide({}, host=None, port=port)
    assert address == Address(
        "127.0.0.1", port, port + 1, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}", ("127.0.0.1",)
    )
    assert address.health_urls == (f"http://127.0.0.1:{port}/healthz", f"http://127.0.0.1:{port + 1}/healthz")


def test_a_port_in_use_gives_way_to_the_next_and_says_so(taken: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert decide({}, host=None, port=taken).port == taken + 1
    assert f"port {taken} is in use, taking {taken + 1}" in capsys.readouterr().err


def test_the_port_before_a_used_one_is_not_taken_because_the_live_feed_needs_both(taken: int) -> None:
    assert decide({}, host=None, port=taken - 1).port == taken + 1


def test_connections_that_are_still_fading_do_not_take_the_port(port: int) -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as granian binds
        server.bind(("127.0.0.1", port))
        server.listen()
        assert not is_free("127.0.0.1", port)
        client = socket.create_connection(("127.0.0.1", port))
        server.accept()[0].close()  # the server closes first, so the fading end is on its port
        client.close()
    assert is_free("127.0.0.1", port)


@pytest.mark.parametrize("host", ["xunge.example", "192.0.2.7", "0.0.0.0", "::"])
def test_phones_are_not_served_in_clear(host: str) -> None:
    with pytest.raises(Problem, match="PATROL_TLS_CERT"):
        decide({}, host=host, port=None)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_this_machine_may_be_served_in_clear(host: str, port: int) -> None:
    assert decide({}, host=host, port=port).url.startswith("http://")


def test_with_a_certificate_a_name_is_served_on_all_addresses(port: int) -> None:
    address = decide(TLS, host="xunge.example", port=port)
    assert (address.bind, address.url) == ("0.0.0.0", f"https://xunge.example:{port}")
    assert address.live_url == f"https://xunge.example:{port + 1}"
    assert address.health_urls[1] == f"https://127.0.0.1:{port + 1}/healthz"
    assert address.environment()["GRANIAN_SSL_CERTIFICATE"] == "cert.pem"


def test_half_a_certificate_is_refused() -> None:
    with pytest.raises(Problem, match="together"):
        decide({"PATROL_TLS_CERT": "cert.pem"}, host="xunge.example", port=None)


def test_behind_a_proxy_people_type_its_address_and_the_feed_has_no_origin_of_its_own(port: int) -> None:
    address = decide(PROXY | {"PATROL_HOSTS": "old.example, xunge.example"}, host=None, port=port)
    assert (address.bind, address.url, address.live_url) == ("127.0.0.1", "https://xunge.example", "")
    assert address.hosts == ("xunge.example", "old.example")


@pytest.mark.parametrize("url", ["", "http://xunge.example", "https://xunge.example/patrol"])
def test_behind_a_proxy_the_address_must_be_told_and_secure(url: str) -> None:
    with pytest.raises(Problem, match="PATROL_URL"):
        decide({"PATROL_BEHIND_PROXY": "1", "PATROL_URL": url}, host=None, port=None)


@pytest.mark.parametrize("env", [PROXY, TLS])
def test_a_port_that_others_know_is_not_changed_behind_their_back(env: dict[str, str], taken: int) -> None:
    with pytest.raises(Problem, match=str(taken)):
        decide(env, host="127.0.0.1", port=taken)


def test_a_relative_certificate_is_the_callers(port: int) -> None:
    address = decide(TLS | {"PATROL_FROM": "/srv/keys"}, host="xunge.example", port=port)
    assert address.certificate == "/srv/keys/cert.pem"
