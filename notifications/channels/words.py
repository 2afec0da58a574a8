"""Shortening Chinese text so that what is left still reads as a sentence."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

ENDS = "。！？!?；;\n"  # better to stop after a sentence,
PAUSES = "，、,：: "  # else after a part of one
MARK = "…"
JOINER = "\u200d"
KEPT = 2 / 3  # of what would fit; below that a clean end costs too much


def utf8_length(text: str) -> int:
    return len(text.encode())


def shorten(text: str, limit: int, *, size: Callable[[str], int] = utf8_length) -> str:
    """The text itself if its size is within the limit, else its beginning and an ellipsis, cut where one would pause."""
    if size(text) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:  # the longest beginning that fits together with the mark
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle] + MARK) <= limit else (low, middle - 1)
    if low == 0:
        return ""
    fitting = text[: _between_characters(text, low)]
    for stops in (ENDS, PAUSES):
        at = max(fitting.rfind(stop) for stop in stops)
        if at + 1 >= len(fitting) * KEPT:
            return fitting[: at + (stops is ENDS)].rstrip() + MARK
    return fitting.rstrip() + MARK


def _between_characters(text: str, at: int) -> int:
    """Step back while the next code point belongs to the character before it."""
    while 0 < at < len(text) and (
        unicodedata.combining(text[at])
        or unicodedata.category(text[at]) in ("Mn", "Me", "Sk")
        or JOINER in (text[at], text[at - 1])
    ):
        at -= 1
    return at
