"""Pictures from phones: checked, turned upright, re-encoded without what cameras write into them. Files in, files out."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageOps

from backend.field.exif import read_claims

pillow_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "MPO")
MAX_PIXELS = 60_000_000
LONGEST_SIDE = 65_500  # the most a JPEG can say; beyond it nobody's camera goes
LARGE_PX, SMALL_PX = 2560, 480
HEADER_BYTES = 32
HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}


class NotAPicture(Exception):
    """The bytes are no picture we can open: ``trouble`` is ``not_a_picture``, ``broken`` or ``too_many_pixels``."""

    def __init__(self, trouble: str, detail: str = "") -> None:
        super().__init__(f"{trouble} {detail}".strip())
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Picture:
    """Size of the original, and the time and place it claims; never trusted."""

    width: int
    height: int
    claims: dict[str, Any] = field(default_factory=dict)


def kind_of(head: bytes) -> str:
    """The media type by the first bytes, whatever name or type a file came under; none of ours: empty."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, HEADER_BYTES, 4))}
    return "image/heic" if head[4:8] == b"ftyp" and brands & HEIF_BRANDS else ""


def read_kind(path: Path) -> str:
    with path.open("rb") as file:
        return kind_of(file.read(HEADER_BYTES))


def make_copies(original: Path, *, large: Path, small: Path) -> Picture:
    """Write both copies and answer what the original said of itself. Raises `NotAPicture`.

    What the machine cannot do, a full disk or too little memory, says nothing about the picture and goes through.
    """
    if not read_kind(original):
        raise NotAPicture("not_a_picture")
    try:
        with Image.open(original, formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS or max(width, height) > LONGEST_SIDE:
                raise NotAPicture("too_many_pixels", f"{width} x {height}")
            claims = read_claims(opened)
            picture = _upright(opened)
            _write(picture, large)
            picture.thumbnail((SMALL_PX, SMALL_PX))
            _write(picture, small)
    except (NotAPicture, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAPicture("too_many_pixels") from error
    except Exception as error:  # noqa: BLE001  decoders of broken files raise nearly anything
        if isinstance(error, OSError) and error.errno is not None:  # decoders raise it without a number
            raise
        raise NotAPicture("broken", type(error).__name__) from error
    return Picture(width, height, claims)


def _upright(opened: Image.Image) -> Image.Image:
    """The first frame in RGB, made small before anything else is done to it: 60 million pixels are held once, not thrice."""
    opened.draft("RGB", (LARGE_PX, LARGE_PX))
    turned = _orientation(opened)
    picture = _plain(opened)
    picture.thumbnail((LARGE_PX, LARGE_PX))
    picture = _on_white(picture)
    if turned in range(2, 9):
        picture.getexif()[ExifTags.Base.Orientation] = turned
        picture = ImageOps.exif_transpose(picture)
    return picture


def _orientation(image: Image.Image) -> Any:
    with suppress(Exception):  # how a camera was held is not worth a photo
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    return 1


def _plain(image: Image.Image) -> Image.Image:
    """Eight bits a channel: sixteen are brought down, not cut off; palettes become colours."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image).astype(np.float32)
        top = 65535.0 if image.mode.startswith("I;16") or values.max(initial=0) > 255 else 255.0
        return Image.fromarray(np.clip(values * (255.0 / top), 0, 255).astype(np.uint8), "L")
    if image.mode in ("P", "PA") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    image.load()
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "RGBa", "La"):
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image.convert("RGB")


def _write(picture: Image.Image, path: Path) -> None:
    """Under a name of its own first, so that nobody ever reads half a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.{id(picture)}.part")
    clean = Image.new("RGB", picture.size)
    clean.paste(picture)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            clean.save(file, "JPEG", quality=82, optimize=True)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
