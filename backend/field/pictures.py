"""Pictures from phones: checked, turned upright, re-encoded without what cameras write into them. Files in, files out."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pillow_heif
from PIL import ExifTags, Image, ImageOps

pillow_heif.register_heif_opener()

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "MPO")
MAX_PIXELS = 60_000_000
LARGE_PX, SMALL_PX = 2560, 480


class NotAPicture(Exception):
    """The bytes are no picture we can open, or one with too many pixels."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Size of the original, and the time and place it claims; never trusted."""

    width: int
    height: int
    claims: dict[str, Any] = field(default_factory=dict)


def make_copies(original: Path, *, large: Path, small: Path) -> Picture:
    """Write both copies and answer what the original said of itself. Raises `NotAPicture`.

    What the machine cannot do, a full disk or too little memory, says nothing about the picture and goes through.
    """
    try:
        with Image.open(original, formats=FORMATS) as opened:
            width, height = opened.size
            if width * height > MAX_PIXELS:
                raise NotAPicture(f"{width} x {height} pixels")
            claims = _claims(opened)
            opened.draft("RGB", (LARGE_PX, LARGE_PX))
            upright = ImageOps.exif_transpose(opened)
            picture = _on_white(upright)
            picture.thumbnail((LARGE_PX, LARGE_PX))
            _write(picture, large)
            picture.thumbnail((SMALL_PX, SMALL_PX))
            _write(picture, small)
    except (NotAPicture, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  decoders of broken files raise nearly anything
        if isinstance(error, OSError) and error.errno is not None:  # decoders raise it without a number
            raise
        raise NotAPicture(type(error).__name__) from error
    return Picture(width, height, claims)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
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
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        clean.save(file, "JPEG", quality=82, optimize=True)
    part.replace(path)


def _claims(image: Image.Image) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    with suppress(Exception):  # what a camera wrote wrong is not worth a photo
        exif = image.getexif()
        taken = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
        if taken:
            claims["taken_at"] = str(taken)[:32].replace("\x00", "")
        gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
        if ExifTags.GPS.GPSLatitude in gps and ExifTags.GPS.GPSLongitude in gps:
            lat = _degrees(gps[ExifTags.GPS.GPSLatitude], gps.get(ExifTags.GPS.GPSLatitudeRef) == "S")
            lon = _degrees(gps[ExifTags.GPS.GPSLongitude], gps.get(ExifTags.GPS.GPSLongitudeRef) == "W")
            if abs(lat) <= 90 and abs(lon) <= 180:
                claims |= {"lon": lon, "lat": lat}
    return claims


def _degrees(parts: Any, is_negative: bool) -> float:  # noqa: FBT001
    degrees, minutes, seconds = (float(part) for part in parts)
    value = round(degrees + minutes / 60 + seconds / 3600, 6)
    return -value if is_negative else value
