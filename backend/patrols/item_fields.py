"""What a checklist item may say of itself: every fault by its field, in words for who writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from backend.patrols.item_words import ANSWERS, HAZARDS, KINDS, LEVELS, OVER, PER, RISKS
from backend.patrols.models import ChecklistItem
from backend.problems import Unreadable

Kind, Evidence, Sight = ChecklistItem.ObjectKind, ChecklistItem.Evidence, ChecklistItem.Sight
#: What is written of an item beside its county, code, version and days, with what it is if nobody says.
DEFAULTS: dict[str, Any] = {
    "line": "",
    "office_name": "",
    "text": "",
    "object_kind": Kind.GRID.value,
    "place_kinds": [],
    "risks": [],
    "frequency": [],
    "sight": Sight.OPEN.value,
    "evidence_policy": Evidence.NONE.value,
    "necessity_ground": "",
    "answer_type": {},
    "minutes": 3,
    "legal_ground": "",
}
NAMES = {
    "code": "编码",
    "line": "条线",
    "office_name": "牵头单位",
    "text": "看什么",
    "object_kind": "对象",
    "place_kinds": "哪几类",
    "risks": "哪级风险",
    "frequency": "多久一次",
    "sight": "谁看得到",
    "evidence_policy": "凭据",
    "necessity_ground": "为什么要凭据",
    "answer_type": "还要答什么",
    "minutes": "分钟",
    "legal_ground": "依据",
    "from": "起",
    "to": "止",
}
LENGTHS = {"line": 40, "office_name": 40, "text": 120, "necessity_ground": 200, "legal_ground": 200}
CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,19}")
MARKS = re.compile(r"[\s：；、（）]")
MOST_RULES, MOST_MINUTES, MOST_OPTIONS = 8, 480, 12


def clean_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises `Unreadable` with every fault, each at its field."""
    fields = {name: values.get(name, default) for name, default in DEFAULTS.items()}
    for name in LENGTHS:
        fields[name] = str(fields[name]).strip()
    if found := faults(fields):
        said = "；".join(f"{NAMES[where]}{what}" for where, what in found)
        raise Unreadable(f"{said}。", fields=[{"where": where, "what": what} for where, what in found])
    return fields


def faults(fields: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong, as pairs of field and words that follow the field's name."""
    return [
        *_text_faults(fields),
        *_object_faults(fields),
        *_evidence_faults(fields),
        *(("frequency", what) for what in frequency_faults(fields["frequency"])),
        *(("answer_type", what) for what in answer_faults(fields["answer_type"])),
    ]


def code_faults(code: str) -> list[tuple[str, str]]:
    return [] if CODE.fullmatch(code) else [("code", "要是 2 到 20 个大写字母、数字或短横")]


def _text_faults(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name in ("line", "text"):
        if not fields[name]:
            yield name, "没有写"
    for name, most in LENGTHS.items():
        if len(fields[name]) > most:
            yield name, f"最多 {most} 个字"
    minutes = fields["minutes"]
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= MOST_MINUTES:
        yield "minutes", f"要是 1 到 {MOST_MINUTES} 的整数"


def _object_faults(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    kind, kinds, risks = fields["object_kind"], fields["place_kinds"], fields["risks"]
    if kind not in Kind.values:
        yield "object_kind", "不是网格、重点场所、住户、路线、案件之一"
        return
    if not _are_words(kinds):
        yield "place_kinds", "要是几个类别"
    elif unknown := [one for one in kinds if one not in KINDS[kind]]:
        yield "place_kinds", f"里没有“{unknown[0]}”这一类" if KINDS[kind] else "只对重点场所、住户、路线写"
    if not _are_words(risks) or any(one not in RISKS for one in risks):
        yield "risks", "只能是高、中、低"
    elif risks and kind != Kind.KEY_PLACE:
        yield "risks", "只对重点场所写"
    if kind == Kind.CASE and fields["frequency"]:
        yield "frequency", "对案件不能写，案件由派单产生"


def _evidence_faults(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    evidence, kind = fields["evidence_policy"], fields["object_kind"]
    if evidence not in Evidence.values:
        yield "evidence_policy", "不是认得的一种"
    elif evidence != Evidence.NONE and not fields["necessity_ground"]:
        yield "necessity_ground", "没有写；要凭据就要说明为什么"
    if fields["sight"] not in Sight.values:
        yield "sight", "不是一般或限定"
    if kind == Kind.HOUSEHOLD and evidence in (Evidence.PHOTO, Evidence.PHOTO_ON_PROBLEM, Evidence.CHECKPOINT):
        yield "evidence_policy", "对住户不能是照片或到点，只能写文字"


def frequency_faults(rules: Any) -> list[str]:
    """Faults of a whole frequency; each rule is told by its place in it."""
    if not isinstance(rules, list) or len(rules) > MOST_RULES:
        return [f"要是最多 {MOST_RULES} 条规则"]
    return [f"第 {number} 条{what}" for number, rule in enumerate(rules, 1) for what in _rule_faults(rule)]


def _rule_faults(rule: Any) -> Iterable[str]:
    if not isinstance(rule, dict):
        yield "读不懂"
        return
    if unknown := sorted(set(rule) - {"per", "times", "season", "alert", "hours"}):
        yield f"里没有“{unknown[0]}”这一项"
    per, times, alert = rule.get("per"), rule.get("times", 1), rule.get("alert")
    if per not in PER and per != OVER:
        yield "没有说每多久"
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= 24:
        yield "的次数要在 1 到 24 之间"
    if "season" in rule and not _is_season(rule["season"]):
        yield "的季节要写成两个月日，例如 04-01 至 09-30"
    if alert is not None and not (
        isinstance(alert, dict) and set(alert) == {"hazard", "from"} and alert["hazard"] in HAZARDS and alert["from"] in LEVELS
    ):
        yield "的预警要有种类和起点级别"
    hours = rule.get("hours")
    if per == OVER and (isinstance(hours, bool) or not isinstance(hours, int) or not 1 <= hours <= 240 or alert is None):
        yield "要说哪种预警解除后几小时（1 到 240）"
    if per != OVER and hours is not None:
        yield "只有预警解除后才写小时"


def _is_season(season: Any) -> bool:
    if not isinstance(season, Sequence) or isinstance(season, str) or len(season) != 2:
        return False
    for day in season:
        try:
            if not re.fullmatch(r"\d\d-\d\d", str(day)):
                return False
            date.fromisoformat(f"2000-{day}")
        except ValueError:
            return False
    return True


def answer_faults(asked: Any) -> list[str]:
    if not isinstance(asked, dict):
        return ["读不懂"]
    if not asked:
        return []
    kind, label = asked.get("type"), asked.get("label", "")
    if kind not in ANSWERS:
        return ["要是数字、选项、文字之一"]
    allowed = {"number": {"unit", "min", "max"}, "choice": {"options"}, "text": set()}[kind] | {"type", "label"}
    if unknown := sorted(set(asked) - allowed):
        return [f"里没有“{unknown[0]}”这一项"]
    if not _is_word(label, 20):
        return ["要有一个名称，20 个字以内，不含空格和标点"]
    if kind == "choice":
        options = asked.get("options")
        if (
            not isinstance(options, list)
            or not 2 <= len(options) <= MOST_OPTIONS
            or not all(_is_word(one, 20) for one in options)
        ):
            return [f"的选项要有 2 到 {MOST_OPTIONS} 个，不含空格和标点"]
        return ["的选项有重复"] if len(set(options)) < len(options) else []
    return _number_faults(asked) if kind == "number" else []


def _number_faults(asked: Mapping[str, Any]) -> list[str]:
    if "unit" in asked and not _is_word(asked["unit"], 10):
        return ["的单位要 10 个字以内，不含空格和标点"]
    ends = [asked[name] for name in ("min", "max") if name in asked]
    if any(isinstance(one, bool) or not isinstance(one, int | float) or abs(one) > 999_999 for one in ends):
        return ["的范围要是数"]
    if any(round(one, 3) != one for one in ends):
        return ["的范围最多三位小数"]
    return ["的范围要从小到大"] if len(ends) == 2 and ends[0] >= ends[1] else []


def _is_word(text: Any, most: int) -> bool:
    return isinstance(text, str) and 0 < len(text) <= most and not MARKS.search(text)


def _are_words(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(one, str) for one in values) and len(set(values)) == len(values)
