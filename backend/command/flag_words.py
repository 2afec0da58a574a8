"""A question in words a supervisor reads: where it stands, what is known, what a decision would do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from backend.accounts.models import User
from backend.audits.asked_tracks import mistake_of
from backend.audits.effect import Effects, effects_of
from backend.command.describe import grid_names
from backend.field.flag_rules import NOT_ASKED, cause_text, gaps_in, happened_ms, lines_of, question_of, spoken_span, title_of
from backend.field.models import Flag, FlagAnswer, PlaceVisit
from backend.places.models import Grid
from backend.units.models import AdminUnit
from geo.shift import NEAR_M, Mistake

ABOUT = {
    "patrol": "一次巡查",
    "track": "一段路线",
    "report": "一条上报",
    "answer": "一条答复",
    "task": "一件任务",
    "place_check": "一次到点",
}
COMPASS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
LIKE = {
    Mistake.GCJ02_AS_WGS84: "手机给的是国测局坐标（GCJ-02），却说是 WGS-84",
    Mistake.BD09_AS_WGS84: "手机给的是百度坐标（BD-09），却说是 WGS-84",
    Mistake.WGS84_AS_GCJ02: "手机给的是 WGS-84，却说是国测局坐标（GCJ-02）",
    Mistake.WGS84_AS_BD09: "手机给的是 WGS-84，却说是百度坐标（BD-09）",
}
WITNESSES = 6
LEAST = 0.005  # of a grid's ground: less than that does not show in a figure


def number_of(flag: Flag) -> str:
    """What people call it by; it stays the same when everything is derived anew."""
    return f"F-{flag.uuid.hex[:4].upper()}"


def describe_flags(flags: Sequence[Flag]) -> list[dict[str, Any]]:
    names = _names(flag.unit_code for flag in flags)
    return [
        {
            "id": flag.uuid,
            "number": number_of(flag),
            "rule": flag.rule,
            "title": title_of(flag.rule, flag.evidence),
            "grid": flag.unit_code,
            "grid_name": names.get(flag.unit_code, ""),
            "state": state_of(flag),
            "state_word": _state_word(flag),
            "is_asked": flag.rule not in NOT_ASKED,
            "raised_at": flag.raised_at,
            "answered_at": flag.answered_at,
            "decided_at": flag.decided_at,
        }
        for flag in flags
    ]


def state_of(flag: Flag) -> str:
    if flag.decision in (Flag.Decision.COUNTS, Flag.Decision.DOES_NOT_COUNT):
        return "decided"
    return "answered" if flag.answered_at else "open"


def describe_flag(flag: Flag, user: User, *, has_track: bool) -> dict[str, Any]:
    """The facts without a position; those are shown for a reason only."""
    happened = happened_ms(flag.evidence)
    effects = effects_of(user, flag) if has_track else None
    return {
        **describe_flags([flag])[0],
        "person": {"id": flag.person.uuid, "name": flag.person.name},
        "about": ABOUT.get(flag.about, "一条内容"),
        "bbox": _bbox(flag),
        "happened_at": datetime.fromtimestamp(happened / 1000, UTC) if happened is not None else None,
        "shown_at": flag.shown_at,
        "question": question_of(flag.rule, flag.evidence),
        "facts": [{"label": label, "text": text} for label, text in [*_facts(flag), *_witnesses(flag, user), _rule(flag)]],
        "answers": [
            {"text": row.text, "at": row.at, "received_at": row.received_at}
            for row in FlagAnswer.objects.filter(person=flag.person, flag_uuid=flag.uuid).order_by("at", "uuid")
        ],
        "decision": flag.decision,
        "decisions": [
            {"decision": row.decision, "word": row.get_decision_display(), "note": row.note, "by": row.by.name, "at": row.at}
            for row in flag.decisions.select_related("by")
        ],
        "effect": _effect(effects) if effects is not None else None,
    }


def _names(codes: Iterable[str]) -> dict[str, str]:
    wanted = set(codes)
    units = AdminUnit.objects.current().filter(code__in=wanted)
    return {unit.code: unit.short_name for unit in units} | grid_names(wanted)


def _bbox(flag: Flag) -> list[float] | None:
    """Of the grid, which is where to look at the ground; nobody's position."""
    grid = Grid.objects.filter(code=flag.unit_code, valid__isnull=False).order_by("valid").last()
    return [round(value, 6) for value in grid.polygon.extent] if grid else None


def _state_word(flag: Flag) -> str:
    if state_of(flag) == "decided":
        return "已判断"
    if flag.decision == Flag.Decision.ASK_MORE:
        return "还在了解"
    if flag.answered_at:
        return "已回答"
    return "不问本人" if flag.rule in NOT_ASKED else "等回答"


def _facts(flag: Flag) -> list[tuple[str, str]]:
    """What the rule found, a label a fact."""
    items = list(flag.evidence.get("items", {}).values())
    if flag.rule == "gap":
        return [("空白", _gap(gap)) for gap in gaps_in(flag.evidence)]
    if flag.rule == "datum_shift" and items:
        return _shift(flag, items[0])
    label = {"mock": "模拟的点", "jump": "跳开的点", "low_accuracy": "不准的点", "clock_wrong": "手机的钟"}.get(
        flag.rule, "看到的"
    )
    lines = [(label, text) for text in lines_of(flag.rule, flag.evidence)]
    return lines or [("看到的", title_of(flag.rule, flag.evidence))]


def _gap(gap: dict[str, Any]) -> str:
    return (
        f"{_clock(gap['from'])}–{_clock(gap['to'])}，{spoken_span(gap['to'] - gap['from'])}。{cause_text(gap.get('cause', ''))}"
    )


def _shift(flag: Flag, item: dict[str, Any]) -> list[tuple[str, str]]:
    towards = COMPASS[round(float(item.get("bearing", 0)) / 45) % 8]
    found = [("偏移", f"{item.get('fixes', 0)} 个位置都朝{towards}偏约 {item.get('metres', 0)} 米，方向几乎不变")]
    if "near_before" in item:
        near = f"离路、房屋、重点场所 {NEAR_M:g} 米以内的：手机报的位置 {item['near_before']}%，挪回去 {item['near_after']}%"
        found.append(("路和房屋", near))
    mistake = mistake_of(flag)
    if mistake is not None:
        found.append(("像什么", f"{LIKE[mistake]}。是猜的，没有改"))
    return found


def _witnesses(flag: Flag, user: User) -> list[tuple[str, str]]:
    """Key places the same outing reached, which speak for it."""
    rows = PlaceVisit.objects.visible_to(user).long_enough().filter(person=flag.person, patrol_uuid=flag.about_id)
    best = rows.filter(grade__in=("A", "B", "C")).select_related("key_place").order_by("t0", "pk")[:WITNESSES]
    said = [f"{_clock_of(row.t0)} {row.key_place.name}：{row.get_grade_display()}（{row.grade} 级）" for row in best]
    return [("旁证", "；".join(said))] if said else []


def _rule(flag: Flag) -> tuple[str, str]:
    limits = {int(item["rules"]) for item in flag.evidence.get("items", {}).values() if "rules" in item}
    said = f"{flag.rule} 第 {flag.rule_version} 版"
    return "规则", said + (f"，县里的限值第 {max(limits)} 版" if limits else "")


def _effect(effects: Effects) -> dict[str, Any]:
    """The largest difference first; what would not show in a figure is only counted."""
    known = [row for row in effects.days if row.ground_m2]
    rows = sorted(known, key=lambda row: (row.not_counted_m2 - row.counted_m2, row.grid.code, row.day))
    days = [
        {
            "grid": row.grid.code,
            "grid_name": row.grid.name,
            "day": row.day,
            "counted": row.counted_m2 / row.ground_m2,
            "not_counted": row.not_counted_m2 / row.ground_m2,
            "m2": row.counted_m2 - row.not_counted_m2,
        }
        for row in rows
        if row.counted_m2 - row.not_counted_m2 >= LEAST * row.ground_m2
    ]
    little = len(known) - len(days)
    notes = [
        ("这段路线没有算进哪个网格，怎样判断都不变", not known and not effects.sealed),
        (f"另有 {little} 处几乎不变", little),
        (f"有 {effects.sealed} 处已封存，数不再变", effects.sealed),
        (f"还有 {effects.left} 处没列", effects.left),
    ]
    return {"days": days, "note": "。".join(text for text, holds in notes if holds)}


def _clock(ms: int) -> str:
    return _clock_of(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms))


def _clock_of(at: datetime) -> str:
    return at.astimezone(ZoneInfo(settings.COUNTY_TIME_ZONE)).strftime("%H:%M")
