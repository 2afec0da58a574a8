"""The rules that raise questions, in one place: version, title for staff, and what the worker is asked in spoken words.

Evidence is facts keyed by the item they came from (``items``), so pieces of a patrol may arrive in any order. A rule whose
meaning changes gets a new version; a question that was raised keeps the version and the evidence it was raised with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Items = Sequence[dict[str, Any]]

CAUSES = {
    "killed": "手机把巡格关掉了",
    "throttled": "手机省电，暂停了记录",
    "no_permission": "手机没给定位权限",
    "off": "定位开关是关着的",
    "no_fix": "没有搜到准的位置",
}
UNKNOWN_CAUSE = "原因手机没说"


@dataclass(frozen=True, slots=True)
class FlagRule:
    """``asks`` is said to the worker after 想问你一件事： and the day; empty: nobody asks the worker, a person at a desk looks.

    The names in braces are those `summary` makes of the evidence.
    """

    id: str
    title: str
    asks: str = ""
    version: int = 1


CATALOGUE: dict[str, FlagRule] = {
    rule.id: rule
    for rule in (
        FlagRule("clock_wrong", "手机时间不对", "手机的时间差了 {shift}"),
        FlagRule("mock", "手机报“模拟位置”", "手机说 {count} 个位置是模拟的"),
        FlagRule("jump", "走得快得不可能", "路线有 {count} 处一下子跳得很远"),
        FlagRule("gap", "{minutes} 分钟没有记录", "{minutes} 分钟路线空白"),
        FlagRule("low_accuracy", "位置大多不准", "大半路线位置不准"),
        FlagRule("datum_shift", "位置整体偏了约 {metres} 米", "路线整体偏了约 {metres} 米"),
        FlagRule("tag_mismatch", "扫到的码不是这个地点的", "扫到的码不是这个地点的"),
        FlagRule("photo_time", "照片时间和上报对不上", "有张照片的时间和上报对不上"),
        FlagRule("photo_place", "照片地点和上报对不上", "有张照片的地点和上报对不上"),
        FlagRule("answered_by_two", "一件任务两个人答了", "你答的任务，别人也答了，两份都留着"),
        FlagRule("task_withdrawn", "任务撤回以后才答", "你答的时候，任务已经撤了"),
        FlagRule("outside_grids", "位置不在任何网格里", "上报的位置不在任何网格里"),
        FlagRule("imported_by_other", "别人替他导入的路线", "{when}有一段路线是镇里替你从文件导入的"),
        # Nothing to ask the worker: having no network is no question, software and lists are put right by others.
        FlagRule("late", "72 小时以前的内容"),
        FlagRule("unknown_kind", "上报的种类系统里没有"),
        FlagRule("imported", "从文件导入的路线"),
        FlagRule("id_reused", "同一编号两份内容"),
        FlagRule("body_invalid", "内容读不懂"),
    )
}
#: What is asked of a desk, not of the worker. Quarantined items carry their outcome's code as rule.
NOT_ASKED = (
    "late",
    "imported",
    "unknown_kind",
    "id_reused",
    "body_invalid",
    "crs_missing",
    "crs_unknown",
    "axes_swapped",
    "not_a_number",
    "too_many_fixes",
    "no_fixes",
    "columns_unequal",
    "item_kind_unknown",
    "unknown_task",
    "unknown_item",
    "unknown_place",
    "patrol_of_another",
    "request_unreadable",
)


def rule_of(rule: str) -> FlagRule:
    """A rule's words; a code that is not in the catalogue is an item nobody can read."""
    return CATALOGUE.get(rule) or FlagRule(rule, CATALOGUE["body_invalid"].title)


def title_of(rule: str, evidence: dict[str, Any]) -> str:
    """What staff read in a list."""
    return rule_of(rule).title.format(**summary(evidence))


def question_of(rule: str, evidence: dict[str, Any]) -> str:
    """What the worker is asked, half a sentence after the day; empty where nothing is asked."""
    return rule_of(rule).asks.format(**summary(evidence))


def summary(evidence: dict[str, Any]) -> dict[str, Any]:
    """Figures over all pieces."""
    items: Items = list(evidence.get("items", {}).values())
    gaps = gaps_in(evidence)
    return {
        "count": sum(int(item.get("count", 0)) for item in items),
        "minutes": round(max((gap["to"] - gap["from"] for gap in gaps), default=0) / 60_000),
        "metres": round(max((float(item.get("metres", 0)) for item in items), default=0) / 10) * 10,
        "shift": spoken_span(max((abs(int(item.get("shift_ms", 0))) for item in items), default=0)),
    }


def lines_of(rule: str, evidence: dict[str, Any]) -> list[str]:
    """The evidence in plain words, a line a fact."""
    items: Items = list(evidence.get("items", {}).values())
    found = summary(evidence)
    total = sum(int(item.get("fixes", 0)) for item in items)
    if rule == "gap":
        lines = [
            f"空白 {spoken_span(gap['to'] - gap['from'])}：{cause_text(gap.get('cause', ''))}" for gap in gaps_in(evidence)
        ]
    elif rule in ("mock", "low_accuracy"):
        lines = [f"{total} 个点里有 {found['count']} 个"]
    elif rule == "jump":
        fastest = max((float(item.get("fastest_mps", 0)) for item in items), default=0.0)
        lines = [f"{found['count']} 处，最快合每秒 {fastest:.0f} 米"]
    elif rule == "datum_shift":
        lines = [f"{total} 个点都朝一个方向偏，约 {found['metres']} 米"]
    elif rule == "clock_wrong":
        lines = [f"手机的钟和镇里的差{found['shift']}，已按镇里的钟记"]
    else:
        lines = list(dict.fromkeys(text for item in items if (text := str(item.get("text", "")))))
    return lines


def gaps_in(evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """All silences of a patrol in order of time, as whole numbers of milliseconds with their cause."""
    gaps: Iterable[dict[str, Any]] = (gap for item in evidence.get("items", {}).values() for gap in item.get("gaps", []))
    return sorted(gaps, key=lambda gap: (gap["from"], gap["to"]))


def happened_ms(evidence: dict[str, Any]) -> int | None:
    """When the first of what is asked about happened, if the evidence says so."""
    gaps = gaps_in(evidence)
    times = [gaps[0]["from"]] if gaps else [item["at"] for item in evidence.get("items", {}).values() if "at" in item]
    return min(times, default=None)


def cause_text(cause: str) -> str:
    return CAUSES.get(cause, UNKNOWN_CAUSE)


def spoken_span(ms: float) -> str:
    """How long, as people say it.

    >>> spoken_span(6 * 60_000), spoken_span(100 * 60_000), spoken_span(26 * 3_600_000), spoken_span(20_000)
    ('6 分钟', '1 小时 40 分', '1 天', '不到 1 分钟')
    """
    minutes = round(ms / 60_000)
    if minutes < 1:
        return "不到 1 分钟"
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 24 * 60:
        return f"{minutes // 60} 小时" + (f" {minutes % 60} 分" if minutes % 60 else "")
    return f"{minutes // (24 * 60)} 天"
