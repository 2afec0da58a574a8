"""The health report of an uploaded layer: what the geometry room found, what names and columns say, what is left to choose."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

import geo
from backend.places.fields import FIELDS, ROADS, road_class
from backend.places.finding_words import PASSED, SKIP, SYSTEMS, choices_of, words_of
from backend.places.layers import metric_srid, to_shapely
from backend.places.models import Building, GridPlan, LayerImport
from backend.places.village_names import Match, match_villages
from backend.units.models import AdminUnit
from geo.datum import undo_shift
from geo.issues import Issue
from geo.layers import check_layer

GRAVITY = {"error": 0, "warning": 1, "note": 2, "ok": 3}
NAMED_AT_MOST, MARKED_AT_MOST = 6, 300
GEO_KIND = {"department": "village", "key_place": "place"}
#: Ground that changed by less is the same ground: aligning borders and rounding move a little.
MOVED_M2 = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """Findings as the page shows them, the layer as it would be taken in (degrees of WGS 84 if its system is known)."""

    findings: list[dict[str, Any]]
    layer: gpd.GeoDataFrame
    marks: list[dict[str, Any]]

    @property
    def unsolved(self) -> int:
        return sum(one["level"] == "error" and not one["answer"] for one in self.findings)


def examine(row: LayerImport, raw: gpd.GeoDataFrame, letters: str = "") -> Health:
    """Look a layer over with what was chosen so far. Nothing is changed but what somebody asked for."""
    answers = row.choices.get("answers", {})
    layer, done = _as_chosen(row, raw, answers)
    villages = _villages(row.unit)
    matches = _match(row, layer, villages, answers)
    names = {unit.code: unit.short_name for unit in villages}
    issues = _together([*done, *_issues(row, layer, answers)])
    seen: set[str] = set()
    findings = [_finding(issue, layer, names, answers, seen) for issue in issues]
    findings += _about_columns(row, layer, matches, names, answers)
    codes = {one["code"] for one in findings}
    findings += _passed(row.kind, codes, layer, letters)
    findings.sort(key=lambda one: (GRAVITY[one["level"]], bool(one["answer"]), one["code"], one["key"]))
    marks = _number(findings, layer)
    return Health(findings, layer, marks)


def _as_chosen(row: LayerImport, raw: gpd.GeoDataFrame, answers: dict[str, str]) -> tuple[gpd.GeoDataFrame, list[Issue]]:
    """The layer under the system, order of axes and datum somebody chose, its columns named as we name them."""
    named = {ours: theirs for ours, theirs in row.choices.get("fields", {}).items() if theirs in raw.columns}
    layer = gpd.GeoDataFrame({ours: raw[theirs] for ours, theirs in named.items()}, geometry=raw.geometry, crs=raw.crs)
    done: list[Issue] = []
    before = {}
    if row.kind != LayerImport.Kind.DEPARTMENT:
        before = {issue.code: issue for issue in check_layer(layer, _geo_kind(row), **_around(row)).issues} if answers else {}
    for key in ("MissingCRS", "CRSMismatch"):
        if answers.get(key) in SYSTEMS:
            layer = layer.set_crs(CRS.from_epsg(int(answers[key])), allow_override=True)
            done += [before[key]] if key in before else []
    if answers.get("AxisSwapped") == "swap":
        layer = layer.set_geometry(shapely.transform(layer.geometry.values, lambda xy: xy[:, ::-1]), crs=layer.crs)
        done += [before["AxisSwapped"]] if "AxisSwapped" in before else []
    mistake = answers.get("DatumShiftSuspected", "")
    if mistake and layer.crs is not None:
        found = [i for i in check_layer(layer, _geo_kind(row), **_around(row)).issues if i.code == "DatumShiftSuspected"]
        done += found
        if found and mistake != "as_named":
            layer = undo_shift(layer, mistake)
    return layer, done


def _geo_kind(row: LayerImport) -> Any:
    return GEO_KIND.get(row.kind, row.kind)


def _around(row: LayerImport) -> dict[str, Any]:
    """What is there already and the layer is compared with."""
    county = AdminUnit.objects.current().filter(code=f"{row.unit.code[:6]}000000").first()
    found: dict[str, Any] = {"county": to_shapely(county.boundary) if county and county.boundary else None}
    below = AdminUnit.objects.current().below(row.unit.code).filter(level=AdminUnit.Level.VILLAGE, boundary__isnull=False)
    if row.kind == LayerImport.Kind.BUILDING:
        found["villages"] = _frame([to_shapely(unit.boundary) for unit in below if unit.boundary])
    if row.kind in (LayerImport.Kind.VILLAGE, LayerImport.Kind.BARRIER):
        houses = Building.objects.filter(village__in=AdminUnit.objects.below(row.unit.code))
        found["houses"] = _frame([to_shapely(house) for house in houses.values_list("outline", flat=True)[:20_000]])
        if row.kind == LayerImport.Kind.VILLAGE and row.unit.level == AdminUnit.Level.TOWNSHIP and row.unit.boundary:
            found["township"] = to_shapely(row.unit.boundary)
    return found


def _frame(shapes: list[BaseGeometry]) -> gpd.GeoDataFrame | None:
    return gpd.GeoDataFrame(geometry=shapes, crs=4326) if shapes else None


def _villages(unit: AdminUnit) -> list[AdminUnit]:
    return list(AdminUnit.objects.current().below(unit.code).filter(level=AdminUnit.Level.VILLAGE).order_by("code"))


def _match(row: LayerImport, layer: gpd.GeoDataFrame, villages: list[AdminUnit], answers: dict[str, str]) -> list[Match]:
    """Which village each row is; written into the column ``code``, so that conflicts name villages."""
    if row.kind != LayerImport.Kind.VILLAGE:
        return []
    matches = match_villages(zip(text(layer, "code"), text(layer, "name"), strict=True), villages)
    known = {unit.code for unit in villages}
    matches = [
        Match(answers[f"name:{i}"], one.proposals) if answers.get(f"name:{i}") in known else one
        for i, one in enumerate(matches)
    ]
    said = text(layer, "name")
    layer["said"] = said
    layer["code"] = [one.code or said[i] or f"第{i + 1}行" for i, one in enumerate(matches)]
    return matches


def _issues(row: LayerImport, layer: gpd.GeoDataFrame, answers: dict[str, str]) -> list[Issue]:
    around = _around(row)
    if answers.get("DatumShiftSuspected"):  # decided: what is compared now is only how it fits
        around = {key: value for key, value in around.items() if key in ("township", "villages")}
    found = list(check_layer(layer, _geo_kind(row), **around).issues)
    if row.kind == LayerImport.Kind.DEPARTMENT:
        found = [issue for issue in found if issue.code not in ("BorderConflict", "RepairedGap", "UncoveredHole")]
    if answers.get("DatumShiftSuspected"):
        found = [issue for issue in found if issue.code != "DatumShiftSuspected"]
    return found


def _finding(
    issue: Issue, layer: gpd.GeoDataFrame, names: dict[str, str], answers: dict[str, str], before: set[str]
) -> dict[str, Any]:
    figures = dict(issue.figures)
    key: str = issue.code
    if issue.code in ("BorderConflict", "InvalidBoundary", "UncoveredHole", "HoleInBoundary", "SeveralParts"):
        key = f"{issue.code}:{'-'.join(map(str, issue.rows))}:{figures.get('form', '')}".rstrip(":")
    while key in before:  # the same two villages may meet at several places
        key += "+"
    before.add(key)
    title, advice = words_of(issue, names)
    level = "error" if issue.code == "BorderConflict" and figures.get("form") == "overlap" else issue.level
    choices = choices_of(issue, names)
    return {
        "key": key,
        "code": issue.code,
        "level": level,
        "title": title,
        "where": _where(issue, layer, names),
        "advice": advice,
        "choices": choices,
        "answer": _valid_answer(answers.get(key, ""), choices),
        "rows": list(issue.rows),
        "place": list(issue.place) if issue.place else None,
        "figures": figures,
        "mark": None,
    }


def _together(issues: list[Issue]) -> list[Issue]:
    """Borders that are aligned by a few centimetres are one line of the report, not one for each village."""
    aligned = [issue for issue in issues if issue.code == "RepairedGap"]
    if len(aligned) < 2:
        return issues
    worst = max(aligned, key=lambda issue: abs(float(issue.figures["area_m2"])))
    rows = tuple(row for issue in aligned for row in issue.rows)
    return [issue for issue in issues if issue.code != "RepairedGap"] + [replace(worst, rows=rows)]


def _valid_answer(answer: str, choices: list[dict[str, str]]) -> str:
    return answer if answer in [choice["value"] for choice in choices] else ""


def _where(issue: Issue, layer: gpd.GeoDataFrame, names: dict[str, str]) -> str:
    if not issue.rows:
        return f"全部 {len(layer)} 个"
    column = "code" if "code" in layer.columns else "name" if "name" in layer.columns else ""
    if not column:
        shown = "、".join(f"第{row + 1}行" for row in issue.rows[:NAMED_AT_MOST])
    else:
        said = [str(layer[column].iloc[row]) for row in issue.rows[:NAMED_AT_MOST]]
        shown = "、".join(names.get(word, word) for word in said)
    return shown + ("……" if len(issue.rows) > NAMED_AT_MOST else "")


def _about_columns(
    row: LayerImport,
    layer: gpd.GeoDataFrame,
    matches: list[Match],
    names: dict[str, str],
    answers: dict[str, str],
) -> list[dict[str, Any]]:
    found = []
    for i, one in enumerate(matches):
        if one.code and f"name:{i}" not in answers:
            continue
        choices = [{"value": code, "label": f"{names[code]} {code[9:]}"} for code in one.proposals]
        choices.append({"value": SKIP, "label": "跳过这一行"})
        others = [{"value": code, "label": f"{name} {code[9:]}"} for code, name in names.items() if code not in one.proposals]
        said = layer["said"].iloc[i]
        advice = choices[0]["label"]
        found.append(
            _own(
                f"name:{i}",
                "NameUnknown",
                "error",
                f"“{said[:40] or f'第{i + 1}行'}”对不上",
                "名称和编码都不在本地单位里",
                advice,
            )
            | {
                "choices": choices + others,
                "answer": _valid_answer(answers.get(f"name:{i}", ""), choices + others),
                "rows": [i],
            }
        )
    codes = [one.code for one in matches if one.code]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        rows = [i for i, one in enumerate(matches) if one.code == code]
        found.append(
            _own(f"twice:{code}", "VillageTwice", "error", f"{names[code]}有 {len(rows)} 行", "一个村只能有一行", "合成一个村")
            | {
                "choices": [{"value": "merge", "label": "合成一个"}, {"value": "first", "label": "只用第一行"}],
                "answer": _valid_answer(answers.get(f"twice:{code}", ""), [{"value": "merge"}, {"value": "first"}]),
                "rows": rows,
            }
        )
    if row.kind == LayerImport.Kind.VILLAGE:
        found += _in_force(row, layer, names, answers)
    if row.kind == LayerImport.Kind.BARRIER and "class" in layer.columns:
        found += _unknown_classes(layer, answers)
    if row.kind in (LayerImport.Kind.PLACE, LayerImport.Kind.KEY_PLACE):
        bare = [i for i, name in enumerate(text(layer, "name")) if not name]
        if bare:
            choice = [{"value": SKIP, "label": "跳过"}]
            found.append(
                _own("NameMissing", "NameMissing", "error", f"{len(bare)} 个没有名称", "", "跳过，或在“对字段”里选名称那一列")
                | {"choices": choice, "answer": _valid_answer(answers.get("NameMissing", ""), choice), "rows": bare}
            )
    return found


def has_moved(unit: AdminUnit, shape: BaseGeometry, srid: int) -> bool:
    """Whether a village's ground, in metres, is another than the one it has; corners more on the same line are none."""
    if unit.boundary is None:
        return True
    old = geo.to_metric(to_shapely(unit.boundary), srid)
    return bool(shapely.symmetric_difference(old, shape).area > MOVED_M2)


def _in_force(
    row: LayerImport, layer: gpd.GeoDataFrame, names: dict[str, str], answers: dict[str, str]
) -> list[dict[str, Any]]:
    """Villages whose grids in force would not fill them any more: somebody has to agree that they are divided anew."""
    codes = {code for code in layer["code"] if code in names}
    held = GridPlan.objects.published().filter(unit__code__in=codes).select_related("unit")
    if layer.crs is None or not held:
        return []
    srid = metric_srid(row.unit)
    degrees = np.asarray(shapely.make_valid(layer.to_crs(4326).geometry.values), dtype=object)
    moved = []
    for plan in held:
        rows = np.flatnonzero((layer["code"] == plan.unit.code).to_numpy())
        shapes = [shape for shape in degrees[rows] if shape is not None and not shape.is_empty]
        if shapes and has_moved(plan.unit, geo.to_metric(shapely.union_all(shapes), srid), srid):
            moved += [(names[plan.unit.code], int(at)) for at in rows]
    if not moved:
        return []
    choices = [{"value": "redivide", "label": "入库，并算好重划的草案"}, {"value": SKIP, "label": "跳过这些村"}]
    shown = "、".join(dict.fromkeys(name for name, _ in moved[:NAMED_AT_MOST])) + ("……" if len(moved) > NAMED_AT_MOST else "")
    title = f"{len({name for name, _ in moved})} 个村有正在用的网格，村界要变"
    said = _own(
        "GridsInForce", "GridsInForce", "error", title, shown, "入库后网格对不上新村界，要重划。草案会算好，等您看过再发布。"
    )
    answer = _valid_answer(answers.get("GridsInForce", ""), choices)
    return [said | {"choices": choices, "answer": answer, "rows": [at for _, at in moved]}]


def _unknown_classes(layer: gpd.GeoDataFrame, answers: dict[str, str]) -> list[dict[str, Any]]:
    words = pd.Series(text(layer, "class"))
    found = []
    for word in sorted(set(words) - {""}):
        if road_class(word) is not None:
            continue
        choices = [{"value": name, "label": f"{label}（{strength:g}）"} for name, (_, strength, label) in ROADS.items()]
        choices.sort(key=lambda choice: choice["value"] != "track")
        key = f"class:{word}"[:60]
        rows = [int(i) for i in words.index[words == word]]
        found.append(
            _own(key, "ClassUnknown", "warning", f"“{word}”是哪种路？", f"{len(rows)} 条", f"当作{ROADS['track'][2]}")
            | {"choices": choices, "answer": _valid_answer(answers.get(key, ""), choices), "rows": rows[:2000]}
        )
    return found


def _own(key: str, code: str, level: str, title: str, where: str, advice: str) -> dict[str, Any]:
    return {
        "key": key,
        "code": code,
        "level": level,
        "title": title,
        "where": where,
        "advice": advice,
        "choices": [],
        "answer": "",
        "rows": [],
        "place": None,
        "figures": {},
        "mark": None,
    }


def _passed(kind: str, codes: set[str], layer: gpd.GeoDataFrame, letters: str) -> list[dict[str, Any]]:
    """What was looked at and is in order; a comparison that could not be made is not called good."""
    if not len(layer):
        return []
    epsg = layer.crs.to_epsg() if layer.crs is not None else None
    system = SYSTEMS.get(str(epsg), f"EPSG:{epsg}" if epsg else "文件自己写的")
    lines = list(PASSED[""]) + list(PASSED.get(kind, ()))
    if letters:
        lines.append(((), f"字段编码 {letters}，读得出中文"))
    if codes & {"MissingCRS", "CRSMismatch", "AxisSwapped"}:
        apart = ("OutsideRegion", "DatumShiftSuspected", "BorderConflict", "BuildingWithoutVillage", "UncoveredHole")
        lines = [line for line in lines if not set(line[0]) & set(apart)]
    good = [(looked, words) for looked, words in lines if not set(looked) & codes]
    return [_own(f"ok:{words}", "ok", "ok", words.format(system=system), "", "") for _, words in good]


def _number(findings: list[dict[str, Any]], layer: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Give what has a place a number on the map, and its ground: overlaps as areas, houses as points."""
    if layer.crs is None:
        return []
    degrees = layer.to_crs(4326)
    marks: list[dict[str, Any]] = []
    for one in findings:
        if one["level"] == "ok" or one["place"] is None or one["code"] == "DatumShiftSuspected":
            continue
        number = one["mark"] = 1 + len({mark["properties"]["mark"] for mark in marks})
        properties = {"mark": number, "level": one["level"], "key": one["key"], "code": one["code"]}
        properties["form"] = str(one["figures"].get("form", ""))
        marks.append({"type": "Feature", "properties": properties | {"role": "mark"}, "geometry": _point(one["place"])})
        marks += [
            {"type": "Feature", "properties": properties | {"role": "ground"}, "geometry": shape.__geo_interface__}
            for shape in _grounds(one, degrees)
        ]
    return marks


def _grounds(one: dict[str, Any], degrees: gpd.GeoDataFrame) -> list[BaseGeometry]:
    shapes = [degrees.geometry.iloc[row] for row in one["rows"][:MARKED_AT_MOST]]
    if one["code"] == "BorderConflict" and len(shapes) == 2:
        first, second = (shapely.make_valid(shape) for shape in shapes)
        if one["figures"]["form"] == "overlap":
            return [part for part in shapely.get_parts(shapely.intersection(first, second)) if part.area > 0]
        place = shapely.Point(one["place"])
        together = shapely.union_all(shapely.make_valid(degrees.geometry.dropna().values))
        holes = [shapely.Polygon(ring) for part in shapely.get_parts(together) for ring in part.interiors]
        return [hole for hole in holes if hole.intersects(place)]
    if one["code"] in ("BuildingWithoutVillage", "OutsideCounty"):
        return [shapely.point_on_surface(shape) for shape in shapes if shape is not None and not shape.is_empty]
    return []


def _point(place: list[float]) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [round(value, 7) for value in place]}


def text(layer: gpd.GeoDataFrame, column: str) -> list[str]:
    """A column as text; a whole number read as 360829102201.0 is written without its tail."""
    if column not in layer.columns:
        return [""] * len(layer)
    values = ("" if value is None or value != value else str(value).strip() for value in layer[column])
    return [re.sub(r"^(\d+)\.0$", r"\1", value) for value in values]


def label_fields(kind: str) -> list[dict[str, str]]:
    return [{"name": wanted.name, "label": wanted.label, "otherwise": wanted.otherwise} for wanted in FIELDS.get(kind, ())]
