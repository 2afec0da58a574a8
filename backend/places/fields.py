"""Which column of an upload is which: proposed from names in Chinese, English and cut forms, decided by a person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from backend.places.reading import Field


class Wanted(NamedTuple):
    """A column we can use, what people call it, and what is done where there is none."""

    name: str
    label: str
    otherwise: str
    words: tuple[str, ...]


CODE = ("编码", "代码", "区划代码", "行政区代码", "村代码", "权属代码", "code", "xzqdm", "zldwdm", "qsdwdm", "id_code")
NAME = ("名称", "村名", "行政村", "行政区名称", "权属名称", "name", "mc", "xzqmc", "zldwmc", "qsdwmc", "title")
FIELDS: dict[str, tuple[Wanted, ...]] = {
    "village": (
        Wanted("code", "编码", "按名称找村", CODE),
        Wanted("name", "名称", "按编码找村", NAME),
    ),
    "building": (
        Wanted("households", "户数", "每栋按 1 户", ("户数", "住户", "户", "households", "hushu", "hs", "hh", "units")),
    ),
    "barrier": (
        Wanted(
            "class",
            "道路等级",
            "都按村道",
            ("道路等级", "等级", "类型", "道路类型", "highway", "fclass", "class", "waterway", "dldj", "type"),
        ),
        Wanted("name", "名称", "不写名称", ("名称", "路名", "河名", "name", "mc")),
        Wanted("bridge", "桥", "当作没有桥", ("桥", "桥梁", "bridge")),
        Wanted("tunnel", "隧道", "当作没有隧道", ("隧道", "tunnel")),
    ),
    "place": (Wanted("name", "名称", "没有名称的不收", ("自然村", "自然村名", "小组", "地名", *NAME)),),
    "key_place": (
        Wanted("name", "名称", "没有名称的不收", ("重点部位", "场所名称", "地点", *NAME)),
        Wanted("kind", "类型", "不分类型", ("类型", "类别", "种类", "场所类型", "kind", "type", "lx")),
        Wanted("risk", "风险等级", "都按中", ("风险等级", "风险", "等级", "risk", "level", "dj")),
    ),
    "department": (
        Wanted("code", "编码", "按顺序编号", ("网格编码", "网格号", "格号", *CODE)),
        Wanted("name", "名称", "用编码作名称", ("网格名称", "格名", *NAME)),
    ),
}
NOT_GIVEN = ""

# What borders like to follow, after how hard it is to cross: kind kept with the line, and its strength.
ROADS: dict[str, tuple[str, float, str]] = {
    "river": ("river", 1.0, "河流"),
    "rail": ("rail", 1.0, "铁路"),
    "main_road": ("main_road", 1.0, "国道省道县道乡道"),
    "village_road": ("village_road", 0.8, "村道、街道"),
    "stream": ("stream", 0.8, "小溪、水渠"),
    "service": ("lane", 0.6, "内部路、巷道"),
    "track": ("track", 0.5, "机耕路、小路"),
    "none": ("other", 0.0, "不作边界"),
}
WORDS: dict[str, tuple[str, ...]] = {
    "river": ("river", "河", "江", "canal", "运河", "水系面"),
    "rail": ("rail", "铁路", "高铁"),
    "main_road": (
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "高速",
        "国道",
        "省道",
        "县道",
        "乡道",
        "主干",
        "次干",
        "main",
    ),
    "village_road": ("residential", "unclassified", "living_street", "村道", "街", "支路", "village", "城市道路", "road"),
    "stream": ("stream", "溪", "渠", "沟", "ditch", "drain"),
    "service": ("service", "巷", "内部", "lane", "小区路"),
    "track": ("track", "path", "footway", "机耕", "小路", "田间", "便道", "步道", "bridleway", "steps"),
    "none": ("boundary", "境界", "电力", "power"),
}


def propose_fields(kind: str, fields: Iterable[Field]) -> dict[str, str]:
    """For each column wanted the column of the file that fits best, or nothing. No column serves twice."""
    free = {field.name: field for field in fields}
    found: dict[str, str] = {}
    for wanted in FIELDS.get(kind, ()):
        scored = sorted(((_fit(wanted, field), name) for name, field in free.items()), key=lambda one: (-one[0], one[1]))
        best = scored[0] if scored and scored[0][0] > 0 else (0, NOT_GIVEN)
        found[wanted.name] = best[1]
        free.pop(best[1], None)
    return found


def _fit(wanted: Wanted, field: Field) -> int:
    """0 not at all; an exact name fits best, then one cut by a format, then one that contains the word."""
    name = re.sub(r"[\s_\-]", "", field.name.lower())
    score = 0
    for word in wanted.words:
        plain = re.sub(r"[\s_\-]", "", word.lower())
        if name == plain:
            score = max(score, 30)
        elif len(name) >= 2 and plain.startswith(name) and not name.isascii():
            score = max(score, 20)
        elif len(plain) >= 3 and (name.startswith(plain) or (len(name) >= 5 and plain.startswith(name))):
            score = max(score, 18)
        elif len(plain) >= 2 and plain in name and not plain.isascii():
            score = max(score, 12)
    if wanted.name == "code" and field.samples:
        looks = all(re.fullmatch(r"\d{9,19}", sample) for sample in field.samples)
        return score + 5 if looks else (0 if score < 30 else score)
    if wanted.name == "households" and score and field.samples:
        return score if all(re.fullmatch(r"-?\d+(\.\d+)?|nan", sample) for sample in field.samples) else 0
    return score


def road_class(word: Any) -> str | None:
    """The class of line a word of the file means; None if it says nothing we know."""
    text = str(word or "").strip().lower()
    if text in ROADS:
        return text
    for name, words in WORDS.items():
        if any(text == one or (one in text and (not one.isascii() or len(one) > 3)) for one in words):
            return name
    return None


def strength_of(word: Any, chosen: Mapping[str, str]) -> tuple[str, float]:
    """Kind and strength of a line: what a person chose for the word, else what we take it for, else a village road."""
    known = chosen.get(str(word or "").strip()) or road_class(word) or ("village_road" if not word else "track")
    kind, strength, _ = ROADS[known if known in ROADS else "track"]
    return kind, strength
