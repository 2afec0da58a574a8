"""What a photo says of place and time beside what its report says: a second witness, never trusted, never a reproach.

It moves no report. A photo without a word of either is as good as any: chat apps and most phones take the words out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from backend.field.flag_rules import spoken_span
from backend.field.flags import settle_flag
from backend.field.models import Attachment, Report
from backend.places.rules import Rules, rules_at
from geo import to_wgs84
from geo.fixes import distances_m

Place, Time = Attachment.PlaceWord, Attachment.TimeWord
FIRST_YEAR = 2010  # a camera that says an earlier year has a clock nobody ever set
RULE_OF = {"place": "photo_place", "time": "photo_time"}


@dataclass(frozen=True, slots=True)
class Said:
    """What the report says. ``shift`` was added to the phone's clock, None: ``at`` is a guess. ``is_fix``: measured, not chosen on a map."""

    at: datetime
    shift: timedelta | None = timedelta()
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float = 0.0
    is_fix: bool = False

    @classmethod
    def of(cls, report: Report) -> Said:
        return cls(
            report.occurred_at,
            None if report.clock_shift_ms is None else timedelta(milliseconds=report.clock_shift_ms),
            report.point.x if report.point else None,
            report.point.y if report.point else None,
            report.accuracy_m or 0.0,
            is_fix=report.point is not None and report.raw_place.get("source", "gps") == "gps",
        )


@dataclass(frozen=True, slots=True)
class Judgement:
    """How the photo's place and time stand to the report's, with the figures behind it."""

    place: str
    time: str
    facts: dict[str, Any] = field(default_factory=dict)


def judge(claims: dict[str, Any], said: Said, rules: Rules) -> Judgement:
    """Compare one photo with its report.

    A place is only compared if it is of the report's moment: a camera may write the place it last knew, hours ago.
    """
    time, facts = _judge_time(claims, said, rules)
    place = str(claims.get("place", Place.NONE))
    if place != "given":
        return Judgement(place, time, facts)
    fixed_at = _instant(claims.get("fixed_at"))
    late_min = _minutes(said.at - fixed_at) if fixed_at is not None and said.shift is not None else 0
    if abs(late_min) > rules.photo_time_min:
        return Judgement(Place.CLOCK_DIFFERS, time, facts | {"place_minutes": late_min})
    if fixed_at is None and time == Time.DIFFERS:
        return Judgement(Place.CLOCK_DIFFERS, time, facts)
    if not said.is_fix or said.lon is None or said.lat is None:
        return Judgement(Place.UNCOMPARED, time, facts)
    word, measured = _judge_place(claims, (said.lon, said.lat), rules.photo_place_m + said.accuracy_m)
    return Judgement(word, time, facts | measured)


def judge_photos(report: Report) -> None:
    """Judge what is here of a report's photos; ask, or stop asking, as they give cause. Runs in the transaction of whichever came last."""
    if not report.photos:
        return
    rules = rules_at(report.grid_code or report.home_code, report.occurred_at)
    found: dict[str, dict[str, Any]] = {kind: {} for kind in RULE_OF}
    asked_at = report.received_at
    with transaction.atomic():
        rows = Attachment.objects.select_for_update().filter(person=report.person_id, sha256__in=report.photos)
        for photo in rows.order_by("pk"):
            if photo.state != Attachment.State.STORED or not photo.exif:
                continue
            verdict = judge(photo.exif, Said.of(report), rules)
            if _first_to_name(photo) == report.pk:
                words = {"place_word": verdict.place, "time_word": verdict.time, "judged": verdict.facts}
                Attachment.objects.filter(pk=photo.pk).update(**words)
            for kind, word, text in (("place", verdict.place, place_text), ("time", verdict.time, time_text)):
                if word == "differs":
                    found[kind][photo.sha256] = verdict.facts | {"text": text(word, verdict.facts)}
                    asked_at = max(asked_at, photo.stored_at or asked_at)
        for kind, items in found.items():
            settle_flag(
                report.person,
                about="report",
                about_id=report.uuid,
                rule=RULE_OF[kind],
                items=items,
                unit_code=report.grid_code or report.home_code,
                at=asked_at,
            )


def judge_photo(photo: Attachment) -> None:
    """Judge a photo that has just been read, for every report that announced it."""
    reports = Report.objects.filter(person=photo.person_id, photos__contains=[photo.sha256])
    for report in reports.select_related("person").order_by("pk"):
        judge_photos(report)


def place_text(word: str, facts: dict[str, Any]) -> str:
    """What staff read of a photo's place."""
    metres = round(facts.get("metres", 0))
    texts: dict[str, str] = {
        Place.NONE: "照片没带位置，很平常",
        Place.OFF: "拍的时候相机没开定位",
        Place.NONSENSE: "照片里写的位置读不懂",
        Place.CLOCK_DIFFERS: "照片带的位置不是上报那会儿的，没拿来比",
        Place.UNCOMPARED: "照片带了位置，上报没有定位可比",
        Place.AGREES: f"照片的位置和上报的合得上，差 {metres} 米",
        Place.DIFFERS: f"照片的位置离上报的位置 {metres} 米",
    }
    return texts.get(word, "")


def time_text(word: str, facts: dict[str, Any]) -> str:
    """What staff read of a photo's time."""
    minutes = int(facts.get("minutes", 0))
    span = spoken_span(abs(minutes) * 60_000)
    texts: dict[str, str] = {
        Time.NONE: "照片没带时间，很平常",
        Time.NONSENSE: "照片里写的时间读不懂",
        Time.UNCOMPARED: "照片带了时间，上报的时间不准，没拿来比",
        Time.AGREES: "照片的时间和上报的合得上",
        Time.DIFFERS: f"照片写的时间比上报{'早' if minutes > 0 else '晚'} {span}",
    }
    return texts.get(word, "")


def _judge_time(claims: dict[str, Any], said: Said, rules: Rules) -> tuple[str, dict[str, Any]]:
    word = str(claims.get("time", Time.NONE))
    if word != "given":
        return word, {}
    taken = _taken_at(claims)
    if taken is None or taken.year < FIRST_YEAR:
        return Time.NONSENSE, {}
    if said.shift is None:
        return Time.UNCOMPARED, {}
    minutes = _minutes(said.at - (taken + said.shift))  # the same phone's clock wrote both
    differs = abs(minutes) > rules.photo_time_min
    return Time.DIFFERS if differs else Time.AGREES, {"minutes": minutes, "limit_min": rules.photo_time_min}


def _judge_place(claims: dict[str, Any], there: tuple[float, float], limit_m: float) -> tuple[str, dict[str, Any]]:
    limit_m += float(claims.get("error_m", 0))
    lon, lat = float(claims["lon"]), float(claims["lat"])
    facts = {"metres": round(_metres((lon, lat), there)), "limit_m": round(limit_m)}
    if facts["metres"] <= limit_m:
        return Place.AGREES, facts
    # Some phones sold here write the shifted datum of the map law into their pictures.
    east, north = to_wgs84(lon, lat, crs="gcj02")
    shifted = _metres((float(east), float(north)), there)
    if shifted <= limit_m:
        return Place.AGREES, facts | {"metres": round(shifted), "crs": "gcj02"}
    return Place.DIFFERS, facts


def _first_to_name(photo: Attachment) -> int | None:
    """The report a photo belongs to, should several name it."""
    named = Report.objects.filter(person=photo.person_id, photos__contains=[photo.sha256])
    return named.order_by("occurred_at", "uuid").values_list("pk", flat=True).first()


def _taken_at(claims: dict[str, Any]) -> datetime | None:
    """A camera that names no zone writes the time of the place it is in: ours."""
    zone = claims.get("offset")
    try:
        taken = datetime.fromisoformat(f"{claims['taken_at']}{zone or ''}")
    except (KeyError, ValueError):
        return None
    return (taken if taken.tzinfo else taken.replace(tzinfo=ZoneInfo(settings.COUNTY_TIME_ZONE))).astimezone(UTC)


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return None


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)


def _metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(distances_m([a[0], b[0]], [a[1], b[1]])[0])
