"""The session all channels use, over real TLS: what counts as not sent, and lines that are not used twice."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notifications.channels.wire import PlainSession, is_unsent
from notifications.testing.loopback import Answer, Asked, LoopbackServer


class Greeter(LoopbackServer):
    def answer(self, asked: Asked) -> Answer:
        return Answer(200, b"ok", {"Set-Cookie": "a=b"})


def certificate(folder: Path) -> Path:
    """A key and a certificate for loopback that nobody vouches for, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "loopback.pem"
    file.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def server(trusted: Path) -> Iterator[Greeter]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    made = Greeter()
    made._http.socket = context.wrap_socket(made._http.socket, server_side=True)
    with made as running:
        yield running


@pytest.mark.parametrize(("keeps_lines", "lines"), [(True, 1), (False, 3)])
def test_a_line_is_kept_only_where_a_message_may_be_repeated(
    server: Greeter, trusted: Path, keeps_lines: bool, lines: int
) -> None:
    with PlainSession(keeps_lines=keeps_lines) as session:
        for _ in range(3):
            assert session.post(server.base.replace("http:", "https:"), data=b"x", verify=str(trusted), timeout=5).text == "ok"
    assert len({asked.line for asked in server.asked}) == lines
    assert not any("cookie" in asked.headers for asked in server.asked)


def test_a_certificate_nobody_vouches_for_gets_no_message(server: Greeter) -> None:
    with PlainSession(keeps_lines=False) as session, pytest.raises(requests.exceptions.SSLError) as caught:
        session.post(server.base.replace("http:", "https:"), data=b"x", timeout=5)
    assert is_unsent(caught.value)
    assert not server.asked


def test_a_name_nobody_knows_gets_no_message() -> None:
    with PlainSession(keeps_lines=False) as session, pytest.raises(requests.ConnectionError) as caught:
        session.post("http://no-such-name.invalid/", data=b"x", timeout=5)
    assert is_unsent(caught.value)


@pytest.mark.parametrize(
    "error", [requests.ReadTimeout("x"), requests.ConnectionError("reset"), requests.exceptions.ChunkedEncodingError("x")]
)
def test_what_breaks_later_may_have_been_sent(error: requests.RequestException) -> None:
    assert not is_unsent(error)
