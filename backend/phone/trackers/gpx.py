"""A GPX file from another app as legs of fixes. What cannot be used is refused with a word on what to do about it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.parsers import expat

import gpxpy
from gpxpy.gpx import GPXException

from backend.phone.trackers.readings import AHEAD, LARGEST_HALF_METRES, METRES_PER_HDOP, Reading
from backend.problems import Problem, TooLarge
from geo import looks_swapped
from geo.fixes import EARLIEST_MS

LARGEST_FILE = 5 * 1024 * 1024
MOST_FIXES = 20_000
MOST_NAMESPACES = 30
MOST_LEVELS = 40
#: What a fix without any word on its accuracy is taken for.
ASSUMED_M = 30.0
NOT_ON_GLOBE = "文件里有的位置不在地球上。请在原来的软件里重新导出，再选一次。"
PROLOGUE = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


class GpxUnreadable(Problem):
    """The file is no GPX with a track in it, or one that carries definitions of its own."""

    slug, status = "gpx_unreadable", 422
    zh, en = (
        "这个文件读不懂。请在原来的软件里重新导出成 GPX 轨迹，再选一次。",
        "The file is no readable GPX track. Export it again from the app that recorded it.",
    )


class GpxWithoutTime(Problem):
    """A route drawn by hand or exported without times: nobody can say when somebody was there."""

    slug, status = "gpx_without_time", 422
    zh, en = (
        "文件里有的点没有时间，不知道是什么时候走的。请在原来的软件里导出“轨迹（带时间）”，不要导出“路线”。",
        "Some fixes have no time. Export the recorded track with times, not a route.",
    )


class GpxTimeWrong(Problem):
    """A time before anything like us, or later than now."""

    slug, status = "gpx_time_wrong", 422
    zh, en = (
        "文件里的时间不对（早于 2020 年或晚于现在）。请看看录的那部手机时间准不准。",
        "Times in the file lie before 2020 or after now. Check the clock of the phone that recorded it.",
    )


@dataclass(frozen=True, slots=True)
class GpxTrack:
    """Legs in order of time, a leg a segment of the file; how many fixes said nothing of their accuracy."""

    legs: tuple[tuple[Reading, ...], ...]
    assumed: int

    @property
    def from_ms(self) -> int:
        return min(leg[0].time_ms for leg in self.legs)

    @property
    def to_ms(self) -> int:
        return max(leg[-1].time_ms for leg in self.legs)


def read_gpx(text: str, *, at: datetime) -> GpxTrack:
    """The tracks of a file. Routes and waypoints in it are nobody's walk and are left alone."""
    segments = _segments(text)
    if not segments:
        raise GpxUnreadable("文件里没有轨迹。请在原来的软件里导出“轨迹”，再选一次。")
    points = [point for segment in segments for point in segment]
    if any(point.time is None for point in points):
        raise GpxWithoutTime
    if looks_swapped([point.longitude for point in points], [point.latitude for point in points]):
        raise GpxUnreadable("文件里经度和纬度放反了。请换一个软件导出，或者找镇里帮忙。")
    if any(abs(point.latitude) > 90 for point in points):
        raise GpxUnreadable(NOT_ON_GLOBE)
    latest = (at + AHEAD).timestamp() * 1000
    legs = [tuple(sorted((_reading(point) for point in segment), key=Reading.row)) for segment in segments]
    if not all(EARLIEST_MS <= fix.time_ms <= latest for leg in legs for fix in leg):
        raise GpxTimeWrong
    return GpxTrack(tuple(sorted(legs, key=lambda leg: leg[0].row())), sum(_hdop(point) is None for point in points))


def _segments(text: str) -> list[list[Any]]:
    """Points by segment. Definitions in the file and floods of namespaces are refused before anything reads them."""
    if len(text.encode("utf-8", "replace")) > LARGEST_FILE:
        raise TooLarge(f"文件太大，最多 {LARGEST_FILE // 1024 // 1024} MB。请按天分开导出。")
    text = PROLOGUE.sub("", text.removeprefix("\ufeff"))
    if re.search(r"<!\s*(doctype|entity)", text, re.IGNORECASE) or text.count("xmlns") > MOST_NAMESPACES:
        raise GpxUnreadable
    _look_over(text)
    try:
        read = gpxpy.parse(text)
    except (GPXException, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise GpxUnreadable from error
    segments = [list(segment.points) for track in read.tracks for segment in track.segments if segment.points]
    if not all(_is_on_globe(point) for segment in segments for point in segment):
        raise GpxUnreadable(NOT_ON_GLOBE)
    return segments


def _look_over(text: str) -> None:
    """Count fixes and levels as they come: building the tree of a very deep file ends the whole process."""
    level = fixes = 0

    def begin(name: str, _attributes: object) -> None:
        nonlocal level, fixes
        level, fixes = level + 1, fixes + name.endswith("trkpt")
        if level > MOST_LEVELS:
            raise GpxUnreadable
        if fixes > MOST_FIXES:
            raise TooLarge(f"一个文件最多 {MOST_FIXES} 个点。请按天分开导出。")

    def end(_name: str) -> None:
        nonlocal level
        level -= 1

    def refuse(*_definition: object) -> None:
        raise GpxUnreadable

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begin, end, refuse
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise GpxUnreadable from error


def _is_on_globe(point: Any) -> bool:
    lon, lat = point.longitude, point.latitude
    return (
        lon is not None
        and lat is not None
        and math.isfinite(lon)
        and math.isfinite(lat)
        and abs(lon) <= 180
        and abs(lat) <= 180
    )


def _reading(point: Any) -> Reading:
    time = point.time if point.time.tzinfo else point.time.replace(tzinfo=UTC)
    metres = _hdop(point)
    metres = ASSUMED_M if metres is None else metres * METRES_PER_HDOP
    speed = point.speed if point.speed is not None and math.isfinite(point.speed) and 0 <= point.speed < 1000 else None
    return Reading(
        time_ms=round(time.timestamp() * 1000),
        lon=round(point.longitude * 1e7),
        lat=round(point.latitude * 1e7),
        acc=min(round(metres * 2), LARGEST_HALF_METRES),
        speed=-1 if speed is None else round(speed * 10),
    )


def _hdop(point: Any) -> float | None:
    hdop = point.horizontal_dilution
    return hdop if hdop is not None and math.isfinite(hdop) and 0 < hdop < 1e5 else None
