"""Pictures as cameras, chat apps and ill will make them."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

pillow_heif.register_heif_opener()

EXIF_IFD, GPS_IFD = 0x8769, 0x8825
LON, LAT = (114.0, 30.0, 0.0), (27.0, 24.0, 0.0)
Tags = dict[int, Any]


def half_and_half(width: int = 400, height: int = 200, mode: str = "RGB") -> Image.Image:
    """Left red, right blue, so that turning shows."""
    picture = Image.new("RGB", (width, height), "blue")
    picture.paste("red", (0, 0, width // 2, height))
    return picture.convert(mode)


def place_tags(lon: Any = LON, lat: Any = LAT, **more: Any) -> Tags:
    names = {"status": 9, "day": 29, "time": 7, "error": 31}
    return {1: "N", 2: lat, 3: "E", 4: lon} | {names[name]: value for name, value in more.items()}


def photo(
    kind: str = "JPEG",
    *,
    picture: Image.Image | None = None,
    gps: Tags | None = None,
    taken: str = "",
    offset: str = "",
    turned: int = 1,
    **more: Any,
) -> bytes:
    """An encoded picture with what a camera writes into it."""
    exif = Image.Exif()
    exif[0x0112] = turned
    if gps:
        exif.get_ifd(GPS_IFD).update(gps)
    if taken:
        exif.get_ifd(EXIF_IFD)[36867] = taken
    if offset:
        exif.get_ifd(EXIF_IFD)[36881] = offset
    out = io.BytesIO()
    (picture or half_and_half()).save(out, kind, exif=exif.tobytes(), **more)
    return out.getvalue()


def sixteen_bits() -> bytes:
    """A grey ramp of sixteen bits, from black to white."""
    out = io.BytesIO()
    ramp = np.tile(np.linspace(0, 65535, 300).astype(np.uint16), (100, 1))
    Image.fromarray(ramp).save(out, "PNG")
    return out.getvalue()


def animated(kind: str) -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (120, 80), colour) for colour in ("red", "green", "blue")]
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=50)
    return out.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A PNG of some bytes that says it has nine hundred million pixels."""
    small = io.BytesIO()
    Image.new("1", (8, 8)).save(small, "PNG")
    data = bytearray(small.getvalue())
    data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


NOTHING = IFDRational(0, 0)
BY_ZERO = IFDRational(27, 0)
