"""The code table and the county polygons, read from files: every bad line is named, and then nothing is stored."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import transaction

from backend.units.models import AdminUnit, stem
from geo.crs import county_metric_srid

COLUMNS = ["code", "name", "level", "parent_code", "kind"]
LEVELS = ["city", "county", "township", "village"]
# What the table itself says of townships and villages; for the levels above it says nothing, the name's last sign does.
KINDS = {
    "街道": "street",
    "镇": "town",
    "乡": "township",
    "类似乡级单位": "estate",
    "居民委员会": "community",
    "村民委员会": "village",
    "类似村级单位": "other",
}
NAMED = {("city", "市"): "city", ("county", "区"): "district", ("county", "县"): "county", ("county", "市"): "county_city"}


class BadTable(ValueError):
    """The file cannot be loaded. The text lists each bad line with its number; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    code: str
    name: str
    level: str
    parent_code: str
    kind: str


def read_rows(path: Path) -> list[Row]:
    """Rows of a code table. Raises BadTable naming every bad line."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        if next(reader, None) != COLUMNS:
            raise BadTable(f"{path.name}:1: the first line must be {','.join(COLUMNS)}")
        rows, problems = [], []
        for fields in reader:
            try:
                rows.append(_row(reader.line_num, fields))
            except BadTable as problem:
                problems.append(str(problem))
    problems += _problems_between(rows)
    if problems:
        raise BadTable("\n".join(f"{path.name}:{problem}" for problem in problems))
    return rows


def load_units(rows: list[Row], *, edition: str, since: date) -> int:
    """Store the rows of one edition, all or none; loading the same again changes nothing. Returns how many there are."""
    ids: dict[str, int] = {}
    with transaction.atomic():
        for level in LEVELS:
            units = [
                AdminUnit(
                    code=row.code,
                    level=row.level,
                    kind=row.kind,
                    name=row.name,
                    parent_id=ids.get(row.parent_code),
                    edition=edition,
                    valid=(since, None),
                )
                for row in rows
                if row.level == level
            ]
            AdminUnit.objects.bulk_create(
                units,
                update_conflicts=True,
                unique_fields=["code", "edition"],
                update_fields=["level", "kind", "name", "parent"],
                batch_size=1000,
            )
            codes = [unit.code for unit in units]
            ids |= dict(AdminUnit.objects.filter(edition=edition, code__in=codes).values_list("code", "pk"))
    return len(ids)


def load_county_boundaries(path: Path, *, edition: str, source: str) -> int:
    """Store county polygons (GeoJSON, WGS84, property ``code``) and the metric system each county measures in."""
    features = json.loads(path.read_text("utf-8"))["features"]
    with transaction.atomic():
        for feature in features:
            shape = GEOSGeometry(json.dumps(feature["geometry"]), srid=4326)
            boundary = shape if isinstance(shape, MultiPolygon) else MultiPolygon(shape, srid=4326)
            found = AdminUnit.objects.filter(code=feature["properties"]["code"], edition=edition).update(
                boundary=boundary, boundary_source=source, metric_srid=county_metric_srid(shapely.from_wkb(bytes(boundary.wkb)))
            )
            if not found:
                raise BadTable(f"{path.name}: no unit {feature['properties']['code']} in edition {edition}")
    return len(features)


def _row(line: int, fields: list[str]) -> Row:
    if len(fields) != len(COLUMNS):
        raise BadTable(f"{line}: {len(COLUMNS)} columns are needed, {len(fields)} are there")
    code, name, level, parent_code, kind_word = (field.strip() for field in fields)
    if not re.fullmatch(r"\d{12}", code):
        raise BadTable(f"{line}: the code {code!r} does not have twelve digits; keep codes as text")
    if not name:
        raise BadTable(f"{line}: the name is empty")
    if level not in LEVELS:
        raise BadTable(f"{line}: the level {level!r} is none of {', '.join(LEVELS)}")
    kind = KINDS.get(kind_word) if kind_word else NAMED.get((level, name[-1]))
    if kind is None:
        raise BadTable(f"{line}: the kind {kind_word!r} of {name} is not known")
    return Row(line, code, name, level, parent_code, kind)


def _problems_between(rows: list[Row]) -> list[str]:
    """What only shows when rows are seen together: codes twice, parents missing or not above."""
    known: dict[str, Row] = {}
    problems = []
    for row in rows:
        if row.code in known:
            problems.append(f"{row.line}: the code {row.code} stands already in line {known[row.code].line}")
        known.setdefault(row.code, row)
    for row in rows:
        parent = known.get(row.parent_code)
        if row.level == LEVELS[0]:
            continue
        if parent is None:
            problems.append(f"{row.line}: the parent {row.parent_code} of {row.code} is not in the table")
        elif LEVELS.index(parent.level) != LEVELS.index(row.level) - 1 or not row.code.startswith(stem(parent.code)):
            problems.append(f"{row.line}: {row.code} does not lie in its parent {row.parent_code}")
    return problems
