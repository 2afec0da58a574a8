"""Photos over HTTP: whole, in pieces, broken off, damaged, and files that are no photos."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.utils import timezone
from PIL import Image
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.field.jobs import copy_picture
from backend.field.media import append_bytes, stored_path
from backend.field.models import Attachment
from tests.backend.builders import Village, make_operator, make_worker
from tests.backend.phone_client import BASE, Phone, make_item

pytestmark = pytest.mark.django_db

GPS = 0x8825


def make_photo(width: int = 1200, height: int = 900, *, colour: str = "green") -> bytes:
    """A JPEG whose EXIF claims a place and a time."""
    image = Image.new("RGB", (width, height), colour)
    exif = Image.Exif()
    exif.get_ifd(GPS).update({1: "N", 2: (27.0, 24.0, 0.0), 3: "E", 4: (114.0, 30.0, 0.0)})
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def begin(phone: Phone, data: bytes, *, sha256: str = "", length: int | None = None) -> HttpResponse:
    name = sha256 or hashlib.sha256(data).hexdigest()
    pairs = ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in (("sha256", name), ("type", "image/jpeg"))
    )
    headers = {
        "Upload-Length": str(len(data) if length is None else length),
        "Upload-Metadata": pairs,
        "Tus-Resumable": "1.0.0",
    }
    return phone.client.post(BASE + "media/", headers=headers)


def send(phone: Phone, where: str, data: bytes, offset: int) -> HttpResponse:
    headers = {"Upload-Offset": str(offset), "Tus-Resumable": "1.0.0"}
    return phone.client.patch(where, data, content_type="application/offset+octet-stream", headers=headers)


def ask(phone: Phone, where: str) -> HttpResponse:
    return phone.client.head(where, headers={"Tus-Resumable": "1.0.0"})


def upload(phone: Phone, data: bytes) -> str:
    where = begin(phone, data).headers["Location"]
    assert send(phone, where, data, 0).status_code == 204
    return hashlib.sha256(data).hexdigest()


def test_a_photo_sent_in_pieces_is_stored_and_shown_without_what_the_camera_wrote(phone: Phone) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    half = len(data) // 2
    assert send(phone, where, data[:half], 0).headers["Upload-Offset"] == str(half)
    head = ask(phone, where)
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (str(half), str(len(data)))
    assert send(phone, where, data[half:], half).status_code == 204
    sha256 = hashlib.sha256(data).hexdigest()
    attachment = Attachment.objects.get(sha256=sha256)
    assert attachment.state == "stored"
    assert ProcrastinateJob.objects.filter(task_name="backend.field.jobs.copy_picture").exists()
    copy_picture(attachment=attachment.pk)
    attachment.refresh_from_db()
    assert (attachment.width, attachment.height) == (1200, 900)
    assert attachment.exif == {"place": "given", "lon": 114.5, "lat": 27.4, "time": "none"}
    for path, largest in (("", 2560), ("/small", 480)):
        answer = phone.get(f"media/{sha256}{path}")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        shown = Image.open(io.BytesIO(b"".join(answer.streaming_content)))
        assert max(shown.size) <= largest
        assert not shown.getexif()


def test_the_same_photo_is_uploaded_once(phone: Phone) -> None:
    data = make_photo()
    upload(phone, data)
    again = begin(phone, data)
    assert again.status_code == 200
    assert again.headers["Upload-Offset"] == str(len(data))
    assert Attachment.objects.count() == 1


def test_pieces_at_the_wrong_place_are_refused_with_the_way_on(phone: Phone) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    send(phone, where, data[:100], 0)
    answer = send(phone, where, data[50:], 50)
    assert answer.status_code == 409
    assert answer.json()["retry"] == "after"
    assert ask(phone, where).headers["Upload-Offset"] == "100"


def test_a_photo_damaged_on_the_way_begins_again_at_zero(phone: Phone) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    damaged = bytes([data[0] ^ 1]) + data[1:]
    answer = send(phone, where, damaged, 0)
    assert answer.status_code == 460
    assert ask(phone, where).headers["Upload-Offset"] == "0"
    assert send(phone, where, data, 0).status_code == 204


def test_an_upload_goes_on_from_what_is_safely_on_disk(phone: Phone, media_root: Path) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    send(phone, where, data[:1000], 0)
    part = next((media_root / "parts").iterdir())
    with part.open("ab") as file:
        file.write(b"a piece the row does not know of")
    assert ask(phone, where).headers["Upload-Offset"] == "1000"
    part.write_bytes(data[:600])
    assert ask(phone, where).headers["Upload-Offset"] == "600"
    assert send(phone, where, data[600:], 600).status_code == 204


def test_a_machine_that_died_before_the_check_makes_it_when_asked(phone: Phone, media_root: Path) -> None:
    data = make_photo()
    where = begin(phone, data).headers["Location"]
    send(phone, where, data[:-1], 0)
    part = next((media_root / "parts").iterdir())
    part.write_bytes(data)
    Attachment.objects.update(offset=len(data))
    assert ask(phone, where).headers["Upload-Offset"] == str(len(data))
    assert Attachment.objects.get().state == "stored"


def test_a_file_that_is_no_photo_is_kept_and_its_report_stays_whole(phone: Phone) -> None:
    data = b"GIF89a? no, a poem. " * 40
    sha256 = upload(phone, data)
    attachment = Attachment.objects.get()
    copy_picture(attachment=attachment.pk)
    attachment.refresh_from_db()
    assert attachment.state == "unreadable"
    assert phone.get(f"media/{sha256}").status_code == 404
    outcome = phone.sees("outcome")[str(attachment.uuid)]
    assert outcome["code"] == "photo_unreadable"
    assert "打不开" in outcome["text"]
    report = make_item("report", {"kind": "0101", "text": "有照片", "urgent": 0, "place": None, "photos": [sha256]})
    assert phone.sync(report)[report["id"]]["status"] == "stored"


def test_a_photo_cut_off_inside_is_unreadable(phone: Phone) -> None:
    upload(phone, make_photo()[:4000])
    copy_picture(attachment=Attachment.objects.get().pk)
    assert Attachment.objects.get().state == "unreadable"


def test_a_picture_with_too_many_pixels_is_not_opened(phone: Phone) -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    upload(phone, out.getvalue())
    copy_picture(attachment=Attachment.objects.get().pk)
    assert Attachment.objects.get().state == "unreadable"


@pytest.mark.parametrize("length", [0, -1, 16 * 1024 * 1024])
def test_an_upload_of_an_impossible_length_is_refused(phone: Phone, length: int) -> None:
    assert begin(phone, b"x", length=length).status_code in (400, 413)


@pytest.mark.parametrize("sha256", ["nonsense", "A" * 64, "../../etc/passwd"])
def test_an_upload_under_another_name_than_a_hash_is_refused(phone: Phone, sha256: str) -> None:
    answer = begin(phone, b"x", sha256=sha256)
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_photo_is_shown_to_those_who_may_see_its_report_and_to_nobody_else(
    phone: Phone, stranger_phone: Phone, village: Village
) -> None:
    sha256 = upload(phone, make_photo())
    neighbour, operator = Phone(make_worker(village.grids[1], name="吴春")), Phone(make_operator())
    assert operator.get(f"media/{sha256}").status_code == 404
    lon, lat = village.grids[0].polygon.centroid.coords
    place = {"crs": "wgs84", "lon": round(lon * 1e7), "lat": round(lat * 1e7), "acc": 10, "source": "gps"}
    phone.sync(make_item("report", {"kind": "0101", "text": "", "urgent": 0, "place": place, "photos": [sha256]}))
    assert operator.get(f"media/{sha256}").status_code == 200
    assert neighbour.get(f"media/{sha256}").status_code == 404
    assert stranger_phone.get(f"media/{sha256}/small").status_code == 404


def test_another_persons_upload_cannot_be_continued(phone: Phone, stranger_phone: Phone) -> None:
    where = begin(phone, make_photo()).headers["Location"]
    assert ask(stranger_phone, where).status_code == 404
    assert send(stranger_phone, where, b"x", 0).status_code == 404
    assert ask(stranger_phone, f"{BASE}media/uploads/{uuid.uuid4()}").status_code == 404


def test_a_connection_that_hangs_changes_no_photo_that_was_checked(phone: Phone, media_root: Path) -> None:
    data = make_photo(colour="purple")
    where = begin(phone, data).headers["Location"]
    send(phone, where, data[:100], 0)
    attachment = Attachment.objects.get()

    def slow() -> Iterator[bytes]:
        """The first connection: it waits in the middle while a second one brings everything, and then writes on."""
        yield data[100:200]
        send(phone, where, data[int(ask(phone, where).headers["Upload-Offset"]) :], 100)
        yield b"\x00" * 300

    append_bytes(attachment, slow(), offset=100, at=timezone.now())
    stored = stored_path("originals", attachment.sha256)
    assert Attachment.objects.get().state == "stored"
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == attachment.sha256
