"""Tables of shapefiles (dBase III): the letters they are written in are found out, half a letter at a cut end is dropped."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.places.sandbox.refused import Refused

LOOKED_AT = 2_000  # records that decide which letters a table is written in
WORDS = {"gbk": "GBK", "gb18030": "GBK", "utf-8": "UTF-8"}


@dataclass(frozen=True, slots=True)
class Column:
    raw: bytes
    kind: str
    start: int
    length: int


def read_table(path: Path) -> tuple[str, list[str], Iterator[dict[str, Any] | None]]:
    """Letters (UTF-8 or GBK), names of columns, and the records in order; None for one that was deleted, so that shapes fit."""
    raw = path.read_bytes()
    if len(raw) < 33:
        raise Refused("file_damaged")
    count, start, width = struct.unpack("<IHH", raw[4:12])
    columns = _columns(raw[32:start])
    if width < 1 or start + count * width > len(raw) + 1:
        raise Refused("file_damaged")
    letters = _letters(raw, columns, count, start, width)
    names = _names([column.raw for column in columns], letters)
    records = (_record(raw, start + i * width, columns, names, letters) for i in range(count))
    return WORDS[letters], names, records


def _columns(head: bytes) -> list[Column]:
    columns, start = [], 1
    for i in range(0, len(head) - 31, 32):
        if head[i] == 0x0D:
            break
        length = head[i + 16]
        columns.append(Column(head[i : i + 11].split(b"\0")[0], chr(head[i + 11]), start, length))
        start += length
    return columns


def _letters(raw: bytes, columns: list[Column], count: int, start: int, width: int) -> str:
    """UTF-8 if everything reads so but for letters cut at the end of a field; else GBK. What a .cpg says is often wrong."""
    samples = [column.raw for column in columns]
    for i in range(min(count, LOOKED_AT)):
        record = raw[start + i * width : start + (i + 1) * width]
        samples += [record[c.start : c.start + c.length].rstrip(b" \0") for c in columns if c.kind == "C"]
    return "utf-8" if all(_is_utf8(sample) for sample in samples) else "gb18030"


def _is_utf8(sample: bytes) -> bool:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and len(sample) - error.start < 4 and len(sample) >= 9
    return True


def _names(raws: list[bytes], letters: str) -> list[str]:
    names: list[str] = []
    for i, raw in enumerate(raws):
        name = raw.decode(letters, errors="ignore").strip() or f"第{i + 1}列"
        names.append(name if name not in names else f"{name}_{i + 1}")
    return names


def _record(raw: bytes, start: int, columns: list[Column], names: list[str], letters: str) -> dict[str, Any] | None:
    if raw[start : start + 1] == b"*":
        return None
    values = (raw[start + c.start : start + c.start + c.length] for c in columns)
    return {name: _value(value, c.kind, letters) for name, value, c in zip(names, values, columns, strict=True)}


def _value(raw: bytes, kind: str, letters: str) -> Any:
    text = raw.decode(letters, errors="ignore").strip(" \0")
    if kind in "NF":
        try:
            return int(text) if text.lstrip("+-").isdigit() else float(text)
        except ValueError:
            return None  # stars and blanks stand for nothing
    if kind == "L":
        return {"T": True, "Y": True, "F": False, "N": False}.get(text.upper())
    return text or None
