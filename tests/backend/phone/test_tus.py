"""The core of tus 1.0 as it is written, and creation: what a client that is not ours may count on."""

from __future__ import annotations

import hashlib

import pytest
from django.http import HttpResponse

from tests.backend.phone.test_media import ask, begin, make_photo, send
from tests.backend.phone_client import BASE, Phone

pytestmark = pytest.mark.django_db

PIECES = "application/offset+octet-stream"


def override(phone: Phone, where: str, method: str, data: bytes = b"", **more: str) -> HttpResponse:
    headers = {"Tus-Resumable": "1.0.0", "X-HTTP-Method-Override": method, **more}
    return phone.client.post(where, data, content_type=PIECES, headers=headers)


def test_options_tells_version_extensions_and_the_largest_file(phone: Phone) -> None:
    answer = phone.client.options(BASE + "media/")
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation"
    assert int(answer.headers["Tus-Max-Size"]) == 15 * 1024 * 1024


@pytest.mark.parametrize("version", ["", "0.2.2", "1.0.1"])
def test_another_version_is_refused_before_anything_happens_and_told_which_there_is(phone: Phone, version: str) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    said = {"Tus-Resumable": version} if version else {}
    answers = [
        phone.client.post(BASE + "media/", headers=said),
        phone.client.head(where, headers=said),
        phone.client.patch(where, data, content_type=PIECES, headers=said | {"Upload-Offset": "0"}),
    ]
    assert [answer.status_code for answer in answers] == [412] * 3
    assert {answer.headers["Tus-Version"] for answer in answers} == {"1.0.0"}
    assert ask(phone, where).headers["Upload-Offset"] == "0"


def test_every_answer_names_the_version_and_is_kept_by_nobody(phone: Phone, stranger_phone: Phone) -> None:
    data = make_photo()
    created = begin(phone, data)
    where = created.headers["Location"]
    answers = [
        created,
        ask(phone, where),
        ask(stranger_phone, where),
        send(phone, where, data, 7),
        begin(phone, b"x", length=0),
        phone.client.patch(where, data, content_type="image/jpeg", headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0"}),
        send(phone, where, data, 0),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 404, 409, 400, 415, 204]
    assert {answer.headers["Tus-Resumable"] for answer in answers} == {"1.0.0"}
    assert all("no-store" in answer.headers["Cache-Control"] for answer in answers)
    assert "Upload-Offset" not in answers[2].headers


def test_how_far_an_upload_is_comes_with_its_length_and_its_metadata(phone: Phone) -> None:
    data = make_photo()
    answer = ask(phone, begin(phone, data).headers["Location"])
    assert answer.headers["Upload-Length"] == str(len(data))
    assert answer.headers["Upload-Metadata"].startswith("sha256 ")
    assert ",type aW1hZ2UvanBlZw==" in answer.headers["Upload-Metadata"]


def test_a_network_that_knows_only_post_can_carry_an_upload(phone: Phone) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    assert override(phone, where, "PATCH", data[:500], **{"Upload-Offset": "0"}).status_code == 204
    assert override(phone, where, "HEAD").headers["Upload-Offset"] == "500"
    assert override(phone, where, "PATCH", data[500:], **{"Upload-Offset": "500"}).status_code == 204
    assert override(phone, where, "DELETE").status_code == 405
    assert phone.get(f"media/{hashlib.sha256(data).hexdigest()}").status_code == 200


def test_more_bytes_than_announced_are_refused_and_the_upload_can_go_on(phone: Phone) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    assert send(phone, where, data + b"more", 0).status_code == 400
    stands = int(ask(phone, where).headers["Upload-Offset"])
    assert send(phone, where, data[stands:], stands).status_code == 204
