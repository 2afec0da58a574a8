"""Every kind of picture a phone may send becomes a plain upright JPEG, or is said to be none; nothing takes the machine down."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from backend.field.exif import read_claims
from backend.field.pictures import NotAPicture, Picture, kind_of, make_copies
from tests.backend.field import pictures as made


def copies(tmp_path: Path, data: bytes) -> tuple[Picture, Image.Image, Image.Image]:
    original = tmp_path / "original"
    original.write_bytes(data)
    said = make_copies(original, large=tmp_path / "a" / "large", small=tmp_path / "b" / "small")
    return said, Image.open(tmp_path / "a" / "large"), Image.open(tmp_path / "b" / "small")


def trouble(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(NotAPicture) as raised:
        copies(tmp_path, data)
    assert not list(tmp_path.rglob("*.part"))
    return raised.value.trouble


def left_and_right(picture: Image.Image) -> tuple[str, str]:
    def colour(x: int) -> str:
        red, _, blue = picture.getpixel((x, picture.height // 2))  # type: ignore[misc]
        return "red" if red > blue else "blue"

    return colour(picture.width // 8), colour(picture.width * 7 // 8)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_jpeg_png_webp_and_heic_become_jpegs_without_a_word_of_the_camera(tmp_path: Path, kind: str) -> None:
    said, large, small = copies(tmp_path, made.photo(kind, gps=made.place_tags(), taken="2026:11:22 09:30:00"))
    assert (said.width, said.height) == (400, 200)
    assert (said.claims["lon"], said.claims["lat"], said.claims["taken_at"]) == (114.5, 27.4, "2026-11-22T09:30:00")
    for picture in (large, small):
        assert (picture.format, picture.mode) == ("JPEG", "RGB")
        assert not picture.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment"} & set(picture.info)
        assert left_and_right(picture) == ("red", "blue")


def test_copies_have_their_sizes_and_small_pictures_are_not_blown_up(tmp_path: Path) -> None:
    _, large, small = copies(tmp_path, made.photo(picture=made.half_and_half(3000, 1500)))
    assert (large.size, small.size) == ((2560, 1280), (480, 240))
    _, large, small = copies(tmp_path, made.photo(picture=made.half_and_half(100, 50)))
    assert large.size == small.size == (100, 50)


@pytest.mark.parametrize("turned", range(1, 9))
def test_a_camera_held_in_any_way_gives_an_upright_picture(tmp_path: Path, turned: int) -> None:
    _, large, _ = copies(tmp_path, made.photo(turned=turned))
    lies = turned >= 5
    assert large.size == ((200, 400) if lies else (400, 200))
    if not lies:
        assert left_and_right(large) == (("red", "blue") if turned in (1, 4) else ("blue", "red"))


def test_a_rotated_heic_is_upright_as_well(tmp_path: Path) -> None:
    _, large, _ = copies(tmp_path, made.photo("HEIF", turned=6))
    assert large.size == (200, 400)


def test_ink_colours_and_sixteen_bits_and_palettes_and_glass_are_shown_as_they_look(tmp_path: Path) -> None:
    _, ink, _ = copies(tmp_path, made.photo(picture=made.half_and_half(mode="CMYK")))
    assert left_and_right(ink) == ("red", "blue")
    _, grey, _ = copies(tmp_path, made.sixteen_bits())
    row = np.asarray(grey.convert("L"))[50].astype(int)
    assert row[0] < 10 < 110 < row[150] < 145 < 245 < row[-1]
    _, palette, _ = copies(tmp_path, made.photo("PNG", picture=made.half_and_half(mode="P")))
    assert left_and_right(palette) == ("red", "blue")
    _, glass, _ = copies(tmp_path, made.photo("PNG", picture=Image.new("RGBA", (40, 40), (0, 0, 0, 0))))
    assert glass.getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_is_kept(tmp_path: Path, kind: str) -> None:
    _, large, _ = copies(tmp_path, made.animated(kind))
    red, green, blue = large.getpixel((60, 40))  # type: ignore[misc]
    assert red > 200 > 50 > max(green, blue)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_picture_cut_off_anywhere_is_broken_and_leaves_no_half_copy(tmp_path: Path, kind: str) -> None:
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    data = made.photo(kind, picture=noise)
    for part in (0.1, 0.5, 0.9):
        assert trouble(tmp_path, data[: int(len(data) * part)]) == "broken"


def test_what_only_calls_itself_a_picture_is_none(tmp_path: Path) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    for data in (svg, b"GIF89a" + b"\0" * 100, b"%PDF-1.7", b"MM\x00*" + b"\0" * 50, b"PK\x03\x04", b"", b"BM" + b"\0" * 60):
        assert trouble(tmp_path, data) == "not_a_picture"


def test_a_bomb_is_refused_by_what_it_says_before_it_is_opened(tmp_path: Path) -> None:
    assert trouble(tmp_path, made.bomb()) == "too_many_pixels"
    assert trouble(tmp_path, made.bomb(66_000, 1)) == "too_many_pixels"
    assert trouble(tmp_path, made.bomb(7_800, 7_800)) == "too_many_pixels"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_broken_exif_costs_no_photo(tmp_path: Path) -> None:
    whole = made.photo(gps=made.place_tags(), taken="2026:11:22 09:30:00")
    start = whole.index(b"Exif\x00\x00") + 6
    for at in range(start, start + 60, 3):
        said, _, _ = copies(tmp_path, whole[:at] + b"\xff\xfe\xfd" + whole[at + 3 :])
        assert said.width == 400


def test_the_kind_is_told_by_the_bytes() -> None:
    assert kind_of(made.photo()) == "image/jpeg"
    assert kind_of(made.photo("HEIF")) == "image/heic"
    assert kind_of(b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avif" + b"\0" * 12) == ""


@pytest.mark.parametrize(
    ("gps", "place"),
    [
        (None, "none"),
        ({0: b"\x02\x03\x00\x00"}, "off"),
        (made.place_tags(status="V"), "off"),
        (made.place_tags((0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), "off"),
        (made.place_tags((made.NOTHING,) * 3, (made.NOTHING,) * 3), "off"),
        (made.place_tags(lat=(made.BY_ZERO, made.BY_ZERO, made.BY_ZERO)), "nonsense"),
        (made.place_tags(lon=(200.0, 0.0, 0.0)), "nonsense"),
        (made.place_tags(lat=(27.0, 75.0, 0.0)), "nonsense"),
        (made.place_tags(), "given"),
    ],
)
def test_four_kinds_of_no_place_are_told_apart(gps: made.Tags | None, place: str) -> None:
    assert read_claims(Image.open(io.BytesIO(made.photo(gps=gps))))["place"] == place


@pytest.mark.parametrize(
    ("taken", "time"),
    [
        ("", "none"),
        ("0000:00:00 00:00:00", "none"),
        ("2026:13:45 09:30:00", "nonsense"),
        ("昨天", "nonsense"),
        ("2026:11:22 09:30:00", "given"),
    ],
)
def test_no_time_and_a_time_that_is_none_are_told_apart(taken: str, time: str) -> None:
    data = made.photo(taken=taken.encode() if taken == "昨天" else taken)  # type: ignore[arg-type]
    assert read_claims(Image.open(io.BytesIO(data)))["time"] == time
