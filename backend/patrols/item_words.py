"""Checklist items in words: how often, to what, asking what. What is said can be read back, so that a workbook is enough."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from backend.patrols.models import AlertLevel

PER = {
    "day": "每天",
    "work_day": "每个工作日",
    "week": "每周",
    "month": "每月",
    "quarter": "每季",
    "year": "每年",
    "festival": "节前",
}
OVER = "alert_over"
HAZARDS: dict[str, str] = dict(AlertLevel.Hazard.choices)
LEVELS: dict[str, str] = dict(AlertLevel.Level.choices)
RISKS = {"high": "高", "medium": "中", "low": "低"}
#: Kinds of what is visited, by the kind of object; a key place may be of a kind the county added.
KINDS: dict[str, dict[str, str]] = {
    "grid": {},
    "key_place": {
        "pond": "山塘",
        "river": "河段",
        "reservoir": "小水库",
        "hazard": "地灾点",
        "forest_edge": "林边",
        "shop": "商店",
        "restaurant": "餐馆",
        "market": "集市",
        "workshop": "小作坊",
        "school": "学校",
        "elder_home": "养老院",
        "clinic": "卫生室",
        "worship": "宗教场所",
        "building_site": "工地",
    },
    "household": {
        "elderly_alone": "独居老人",
        "left_behind": "留守儿童",
        "disabled": "残疾人",
        "hardship": "困难家庭",
        "restricted": "限定人员",
    },
    "route": {"forest_edge": "林边", "river": "河道", "road": "道路", "bank": "堤岸"},
    "case": {},
}
ANSWERS = {"number": "数字", "choice": "选项", "text": "文字"}

_DAY = r"\d\d-\d\d"
_RULE = re.compile(
    rf"(?:(?P<from>{_DAY})至(?P<to>{_DAY}))?"
    rf"(?:(?P<hazard>{'|'.join(HAZARDS.values())})(?P<level>{'|'.join(LEVELS.values())})起)?"
    rf"(?:(?P<per>{'|'.join(PER.values())})|解除后(?P<hours>\d{{1,3}})小时)(?P<times>\d{{1,2}})次"
)
_FIGURE = r"-?\d+(?:\.\d+)?"
_NUMBER = re.compile(rf"数字(?P<label>[^：；（）]+)：(?P<min>{_FIGURE})?至(?P<max>{_FIGURE})?(?:（(?P<unit>[^：；（）]+)）)?")


def say_rule(rule: Mapping[str, Any]) -> str:
    """One rule of a frequency, as ``04-01至09-30 暴雨橙色起 每天2次``."""
    words = []
    if season := rule.get("season"):
        words.append(f"{season[0]}至{season[1]}")
    if alert := rule.get("alert"):
        words.append(f"{HAZARDS[alert['hazard']]}{LEVELS[alert['from']]}起")
    per = f"解除后{rule['hours']}小时" if rule["per"] == OVER else PER[rule["per"]]
    return " ".join([*words, f"{per}{rule.get('times', 1)}次"])


def say_frequency(rules: Sequence[Mapping[str, Any]]) -> str:
    return "；".join(say_rule(rule) for rule in rules)


def read_frequency(text: str) -> list[dict[str, Any]]:
    """What `say_frequency` says. Raises `ValueError` with the part that cannot be read."""
    return [_read_rule(part) for part in re.split(r"[；;\n]", _narrow(text)) if part]


def say_answer(asked: Mapping[str, Any]) -> str:
    """What is asked besides the result, as ``数字 水位：0至20（米）`` or ``选项 闸门：开、关``."""
    kind = asked.get("type", "")
    if kind == "number":
        unit = f"（{asked['unit']}）" if asked.get("unit") else ""
        return f"数字 {asked.get('label', '')}：{_figure(asked.get('min'))}至{_figure(asked.get('max'))}{unit}"
    if kind == "choice":
        return f"选项 {asked.get('label', '')}：{'、'.join(asked.get('options', []))}"
    return f"文字 {asked.get('label', '')}" if kind == "text" else ""


def read_answer(text: str) -> dict[str, Any]:
    """What `say_answer` says. Raises `ValueError` with the text that cannot be read."""
    said = text.strip()
    if not said:
        return {}
    narrow = _narrow(said)
    if found := _NUMBER.fullmatch(narrow):
        asked: dict[str, Any] = {"type": "number", "label": found["label"]}
        if found["unit"]:
            asked["unit"] = found["unit"]
        return asked | {key: _value(found[key]) for key in ("min", "max") if found[key] is not None}
    if said.startswith("选项") and "：" in said:
        label, options = said.removeprefix("选项").split("：", 1)
        return {
            "type": "choice",
            "label": label.strip(),
            "options": [one.strip() for one in options.split("、") if one.strip()],
        }
    if said.startswith("文字"):
        return {"type": "text", "label": said.removeprefix("文字").strip()}
    raise ValueError(text)


def say_list(values: Sequence[str], words: Mapping[str, str]) -> str:
    return "、".join(words.get(value, value) for value in values)


def read_list(text: str, words: Mapping[str, str]) -> list[str]:
    """Codes of the words; a word nobody knows stays as it is, for the check to find."""
    back = {word: code for code, word in words.items()}
    return [back.get(part.strip(), part.strip()) for part in re.split("[、,，]", text) if part.strip()]


def _read_rule(part: str) -> dict[str, Any]:
    found = _RULE.fullmatch(part)
    if found is None:
        raise ValueError(part)
    per = next((code for code, word in PER.items() if word == found["per"]), OVER)
    rule: dict[str, Any] = {"per": per, "times": int(found["times"])}
    if found["hours"]:
        rule["hours"] = int(found["hours"])
    if found["from"]:
        rule["season"] = [found["from"], found["to"]]
    if found["hazard"]:
        hazard = next(code for code, word in HAZARDS.items() if word == found["hazard"])
        level = next(code for code, word in LEVELS.items() if word == found["level"])
        rule["alert"] = {"hazard": hazard, "from": level}
    return rule


def _narrow(text: str) -> str:
    return re.sub(r"[ \t　\r]", "", str(text))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.9g}"


def _value(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number
