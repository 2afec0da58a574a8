"""What a camera wrote into a picture about place and time. A claim, never trusted; how it is missing says something too."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from PIL import ExifTags, Image

GPS, BASE = ExifTags.GPS, ExifTags.Base
NOWHERE = 1e-4  # degrees around 0, 0, where no camera ever was and many say they are
Claims = dict[str, Any]


def read_claims(image: Image.Image) -> Claims:
    """``place``: ``given`` (with lon, lat), ``none``, ``off`` or ``nonsense``; ``time``: ``given`` (with taken_at) and so on.

    ``none``: no such tags. ``off``: the tags are there and say nothing, as cameras write while location is switched off.
    ``nonsense``: out of range, not numbers, divided by zero. ``fixed_at`` is the satellites' time of the place, in UTC.
    """
    claims: Claims = {"place": "none", "time": "none"}
    with suppress(Exception):  # what a camera wrote wrong is not worth a photo
        exif = image.getexif()
        claims |= _time(exif.get_ifd(ExifTags.IFD.Exif))
        claims |= _place(exif.get_ifd(ExifTags.IFD.GPSInfo))
    return claims


def _time(tags: dict[int, Any]) -> Claims:
    said = _text(tags.get(BASE.DateTimeOriginal) or tags.get(BASE.DateTimeDigitized))
    if not said.strip(" :0-"):
        return {"time": "none"}
    try:
        taken = datetime.strptime(said[:19], "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007  cameras write local time
    except ValueError:
        return {"time": "nonsense", "said_time": said[:32]}
    offset = _text(tags.get(BASE.OffsetTimeOriginal) or tags.get(BASE.OffsetTime))
    return {"time": "given", "taken_at": taken.isoformat()} | ({"offset": offset[:6]} if _is_offset(offset) else {})


def _place(tags: dict[int, Any]) -> Claims:
    if not any(tag in tags for tag in (GPS.GPSLatitude, GPS.GPSLongitude)):
        return {"place": "off" if tags else "none"}
    lat, lon = (_degrees(tags.get(tag)) for tag in (GPS.GPSLatitude, GPS.GPSLongitude))
    if lat is None or lon is None or _is_void(tags):
        return {"place": "off"}
    if math.isnan(lat) or math.isnan(lon) or abs(lat) > 90 or abs(lon) > 180:
        return {"place": "nonsense"}
    if abs(lat) < NOWHERE and abs(lon) < NOWHERE:
        return {"place": "off"}
    lat = -lat if _text(tags.get(GPS.GPSLatitudeRef)).upper().startswith("S") else lat
    lon = -lon if _text(tags.get(GPS.GPSLongitudeRef)).upper().startswith("W") else lon
    found: Claims = {"place": "given", "lon": round(lon, 6), "lat": round(lat, 6)}
    error = _number(tags.get(GPS.GPSHPositioningError))
    if 0 < error < 100_000:
        found["error_m"] = round(error, 1)
    if fixed_at := _satellite_time(tags):
        found["fixed_at"] = fixed_at
    return found


def _is_void(tags: dict[int, Any]) -> bool:
    """The receiver says of itself that it had no fix."""
    return _text(tags.get(GPS.GPSStatus)).upper().startswith("V")


def _degrees(parts: Any) -> float | None:
    """Degrees of three numbers; None when nothing stands there, NaN when it is none."""
    if parts is None or parts == "" or parts == b"":
        return None
    numbers = list(parts) if isinstance(parts, (tuple, list)) else [parts]
    if not numbers or all(_is_empty(number) for number in numbers):
        return None
    degrees, minutes, seconds = ([_number(number) for number in numbers] + [0.0, 0.0])[:3]
    is_clock = 0 <= minutes < 60.001 and 0 <= seconds < 60.001
    return degrees + minutes / 60 + seconds / 3600 if is_clock and degrees >= 0 else math.nan


def _is_empty(number: Any) -> bool:
    """0/0, as cameras fill a field they have nothing for."""
    return getattr(number, "denominator", 1) == 0 and getattr(number, "numerator", 1) == 0


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan


def _satellite_time(tags: dict[int, Any]) -> str:
    with suppress(KeyError, ValueError, TypeError):
        hour, minute, second = (int(_number(part)) for part in tags[GPS.GPSTimeStamp])
        day = datetime.strptime(_text(tags[GPS.GPSDateStamp])[:10], "%Y:%m:%d").replace(tzinfo=UTC)
        return day.replace(hour=hour, minute=minute, second=second).isoformat()
    return ""


def _is_offset(text: str) -> bool:
    return len(text) >= 6 and text[0] in "+-" and text[3] == ":" and (text[1:3] + text[4:6]).isdecimal()


def _text(value: Any) -> str:
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value or "")
    return text.replace("\x00", "").strip()
