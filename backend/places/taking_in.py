"""A checked layer becomes ground: the rows of the villages it covers are replaced, everything at once or nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import User
from backend.places.departments import LONGEST_DEPARTMENT, Cell, take_in_department
from backend.places.division_runs import divide_units
from backend.places.fields import strength_of
from backend.places.finding_words import SKIP
from backend.places.health import has_moved, text
from backend.places.layers import metric_srid, to_column, to_shapely
from backend.places.models import Barrier, Building, Grid, GridPlan, KeyPlace, LayerImport, PlaceGroup
from backend.places.village_borders import follow_ground, outdate_drafts
from backend.units.models import AdminUnit
from geo.boundaries import normalize_boundaries

POINT_HOUSE_M = 4.0  # half the side of the square that stands for a house of which only a point is known
MOST_HOUSEHOLDS = 32_767
RISKS = {
    "high": ("高", "重大", "红", "high"),
    "medium": ("中", "较大", "黄", "橙", "medium"),
    "low": ("低", "一般", "蓝", "low"),
}


def settle_rows(layer: gpd.GeoDataFrame, findings: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """The layer after what was answered for rows: skipped, mended, said once, weighed anew."""
    layer = layer.copy()
    shapes = np.asarray(layer.geometry.values, dtype=object).copy()
    skipped: set[int] = {int(i) for i in np.flatnonzero(layer.geometry.isna() | layer.geometry.is_empty)}
    for one in findings:
        answer, rows = one["answer"], one["rows"]
        if answer == SKIP:
            skipped |= set(rows)
        elif answer == "mend":
            for row in rows:
                shapes[row] = shapely.make_valid(shapes[row], method="structure")
        elif answer == "one" and "households" in layer.columns:
            layer["households"] = layer["households"].astype(object)  # a column of words takes no number otherwise
            layer.loc[layer.index[rows], "households"] = 1
        elif answer == "first":
            skipped |= set(rows[1:])
    for one in findings:
        if one["code"] == "DuplicateShape" and one["answer"] != "keep":
            skipped |= _repeated(layer.geometry, set(one["rows"]), skipped)
    layer = layer.set_geometry(list(shapes), crs=layer.crs)
    return layer[~layer.index.isin(list(skipped))]


def _repeated(drawn: gpd.GeoSeries, rows: set[int], skipped: set[int]) -> set[int]:
    """Of rows that repeat a shape those whose shape is taken in already; the first goes in if what it repeats was skipped."""
    keys = shapely.to_wkb(shapely.normalize(shapely.force_2d(np.asarray(drawn.values, dtype=object))))
    seen = {key for row, key in enumerate(keys) if row not in rows and row not in skipped}
    again = set()
    for row in sorted(rows - skipped):
        if keys[row] in seen:
            again.add(row)
        seen.add(keys[row])
    return again


def put_villages(
    row: LayerImport, layer: gpd.GeoDataFrame, findings: list[dict[str, Any]], *, by: User | None, at: datetime
) -> dict[str, Any]:
    """Boundaries of the villages in the layer, neighbours with the same corners; conflicts as somebody decided.

    Where a border moved, houses and places follow their ground, older drafts cannot be published any more, and villages with
    grids in force are divided anew in the background.
    """
    srid = metric_srid(row.unit)
    known = {unit.code: unit for unit in AdminUnit.objects.current().below(row.unit.code).select_for_update()}
    shapes: dict[str, BaseGeometry] = {}
    for code, group in layer[layer["code"].isin(list(known))].groupby("code"):
        shapes[str(code)] = geo.to_metric(shapely.union_all(shapely.make_valid(group.geometry.values)), srid)
    for one in findings:
        if one["code"] == "BorderConflict":
            _settle_conflict(shapes, one, layer["code"].to_dict(), srid)
    codes = sorted(shapes)
    villages = gpd.GeoDataFrame({"code": codes}, geometry=[shapes[code] for code in codes], crs=f"EPSG:{srid}")
    lines = [geo.to_metric(to_shapely(line), srid) for line in _lines_near(row.unit)]
    done = normalize_boundaries(villages, gpd.GeoDataFrame(geometry=lines, crs=f"EPSG:{srid}") if lines else None)
    source = f"导入：{row.file_name}"[:200]
    moved = []
    for code, shape in zip(done.villages["code"], done.villages.geometry, strict=True):
        unit = known[str(code)]
        if has_moved(unit, shape, srid):
            moved.append(unit)
        unit.boundary, unit.boundary_source = to_column(geo.to_lonlat(shape, srid)), source
        unit.is_synthetic, unit.is_unofficial = bool(row.choices.get("synthetic", False)), False
        unit.save(update_fields=["boundary", "boundary_source", "is_synthetic", "is_unofficial"])
    follow_ground(moved)
    outdate_drafts(moved)
    again = [unit.code for unit in moved if GridPlan.objects.published().filter(unit=unit).exists()]
    run = divide_units(row.unit, by=by, at=at, villages=again) if again else None
    return {
        "villages": len(codes),
        "aligned": len(done.report.repaired),
        "units": codes,
        "again": again,
        "run": run.pk if run else None,
    }


def _settle_conflict(shapes: dict[str, BaseGeometry], one: dict[str, Any], codes: dict[Any, str], srid: int) -> None:
    """Ground of two goes to the one it was given to; a gap is filled by the one it was given to."""
    figures, said = one["figures"], one["answer"].removeprefix("row:")
    owner = codes.get(int(said), "") if said.isdigit() else ""
    pair = [codes.get(row, "") for row in one["rows"]]
    if owner not in shapes or figures.get("form") not in ("overlap", "gap"):
        return
    if figures["form"] == "overlap":
        for code in pair:
            if code != owner and code in shapes:
                shapes[code] = shapely.difference(shapes[code], shapes[owner], grid_size=0.001)
        return
    place = geo.to_metric(shapely.Point(one["place"]), srid)
    together = shapely.union_all(list(shapes.values()), grid_size=0.001)
    for part in shapely.get_parts(together):
        for ring in getattr(part, "interiors", ()):
            if shapely.Polygon(ring).intersects(place):
                shapes[owner] = shapely.union(shapes[owner], shapely.Polygon(ring), grid_size=0.001)


def _lines_near(unit: AdminUnit) -> Iterable[GEOSGeometry]:
    return Barrier.objects.filter(unit__in=AdminUnit.objects.current().below(unit.code)).values_list("line", flat=True)


def put_buildings(row: LayerImport, layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """Houses of the villages they stand in; each belongs to the village with its larger part, one in no village is left out."""
    srid = metric_srid(row.unit)
    units = [unit for unit in _villages(row.unit) if unit.boundary]
    metric = [geo.to_metric(to_shapely(unit.boundary), srid) for unit in units if unit.boundary]
    houses: list[tuple[BaseGeometry, int]] = []
    for shape, said in zip(layer.geometry, _households(layer), strict=True):
        for i, part in enumerate(_outlines(geo.to_metric(shape, srid))):
            houses.append((part, said if i == 0 else 0))
    owners = _owners([shape for shape, _ in houses], metric)
    rows, covered = [], set()
    for (shape, households), owner in zip(houses, owners, strict=True):
        if owner < 0:
            continue
        covered.add(units[owner].pk)
        outline = _column(geo.to_lonlat(shape, srid))
        rows.append(Building(village=units[owner], outline=outline, households=households))
    gone, _ = Building.objects.filter(village__in=covered).delete()
    Building.objects.bulk_create(rows, batch_size=2000)
    codes = sorted(unit.code for unit in units if unit.pk in covered)
    total = sum(one.households for one in rows)
    return {"houses": len(rows), "households": total, "left_out": len(houses) - len(rows), "replaced": gone, "units": codes}


def _outlines(shape: BaseGeometry) -> list[BaseGeometry]:
    if shape.geom_type in ("Point", "MultiPoint"):
        return [shapely.box(p.x - POINT_HOUSE_M, p.y - POINT_HOUSE_M, p.x + POINT_HOUSE_M, p.y + POINT_HOUSE_M)
                for p in shapely.get_parts(shape)]  # fmt: skip
    parts = [part for part in shapely.get_parts(shapely.make_valid(shape)) if part.geom_type == "Polygon"]
    return sorted(parts, key=lambda part: -part.area)


def _households(layer: gpd.GeoDataFrame) -> list[int]:
    if "households" not in layer.columns:
        return [1] * len(layer)
    counts = []
    for value in text(layer, "households"):
        try:
            counts.append(min(max(round(float(value)), 0), MOST_HOUSEHOLDS))
        except (ValueError, OverflowError):
            counts.append(1)
    return counts


def _owners(shapes: list[BaseGeometry], grounds: list[BaseGeometry]) -> list[int]:
    """Position of the village with the larger part of each house; -1 for none."""
    if not shapes or not grounds:
        return [-1] * len(shapes)
    house, ground = shapely.STRtree(grounds).query(shapes, predicate="intersects")
    shared = shapely.area(shapely.intersection(np.array(shapes, dtype=object)[house], np.array(grounds, dtype=object)[ground]))
    best: dict[int, tuple[float, int]] = {}
    for h, g, area in zip(house.tolist(), ground.tolist(), shared.tolist(), strict=True):
        best[h] = max(best.get(h, (-1.0, -1)), (area, -g))
    return [-best[i][1] if i in best else -1 for i in range(len(shapes))]


def put_barriers(row: LayerImport, layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """Lines of the unit; those there before, of the unit and everything in it, go."""
    chosen = {key.removeprefix("class:"): answer for key, answer in row.choices.get("answers", {}).items() if answer}
    below = AdminUnit.objects.current().below(row.unit.code)
    gone, _ = Barrier.objects.filter(unit__in=below).delete()
    apart = [_yes(bridge) or _yes(tunnel) for bridge, tunnel in zip(text(layer, "bridge"), text(layer, "tunnel"), strict=True)]
    rows: list[Barrier] = []
    count: dict[str, int] = defaultdict(int)
    columns = zip(layer.geometry, text(layer, "class"), text(layer, "name"), apart, strict=True)
    for shape, word, name, is_apart in columns:
        kind, strength = strength_of(word, chosen)
        for part in shapely.get_parts(shape):
            if part.geom_type != "LineString" or part.length == 0:
                continue
            line = _column(part)
            rows.append(Barrier(unit=row.unit, line=line, kind=kind, name=name[:60], strength=0.0 if is_apart else strength))
            count[kind] += 1
    Barrier.objects.bulk_create(rows, batch_size=2000)
    return {"lines": len(rows), "kinds": dict(count), "replaced": gone, "units": [row.unit.code]}


def _yes(value: str) -> bool:
    return value.lower() in ("1", "t", "true", "y", "yes", "是", "有", "桥", "隧道", "viaduct")


def put_key_places(row: LayerImport, layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """Places to be reached. One of a name its village has already is moved there; none goes, for tasks and records are about them."""
    units = [unit for unit in _villages(row.unit) if unit.boundary]
    owners = _owners_of_points([shapely.point_on_surface(shape) for shape in layer.geometry], units)
    names, kinds, risks = (text(layer, column) for column in ("name", "kind", "risk"))
    known = {(place.village_id, place.name): place for place in KeyPlace.objects.filter(village__in=units).order_by("-pk")}
    done, fresh = 0, 0
    for i, shape in enumerate(layer.geometry):
        unit, name = owners.get(i), names[i][:60]
        if unit is None or not name:
            continue
        point = _column(shapely.point_on_surface(shape))
        place = known.get((unit.pk, name)) or KeyPlace(village=unit, name=name)
        fresh += place.pk is None
        place.point, place.kind, place.risk = point, (kinds[i] or place.kind or "重点部位")[:20], risk_of(risks[i], place.risk)
        place.is_synthetic = bool(row.choices.get("synthetic", False))
        grid = Grid.objects.current().filter(village=unit, polygon__intersects=point).order_by("code").first()
        place.grid_code = grid.code if grid else ""
        place.save()
        known[unit.pk, name] = place
        done += 1
    codes = sorted({unit.code for unit in owners.values()})
    return {"key_places": done, "fresh": fresh, "left_out": len(layer) - done, "units": codes}


def risk_of(word: str, otherwise: str = "") -> str:
    """High, medium or low from what offices write; what says nothing stays as it was, else medium."""
    for risk, words in RISKS.items():
        if any(one in word.lower() for one in words):
            return risk
    return otherwise or "medium"


def _owners_of_points(points: list[BaseGeometry], units: list[AdminUnit]) -> dict[int, AdminUnit]:
    """The village each point lies in, the one with the lower code on a border."""
    grounds = [to_shapely(unit.boundary) for unit in units if unit.boundary]
    at = shapely.STRtree(grounds).query(points, predicate="intersects") if grounds else np.zeros((2, 0), dtype=int)
    return {int(point): units[int(ground)] for point, ground in sorted(zip(*at, strict=True), reverse=True)}


def put_places(row: LayerImport, layer: gpd.GeoDataFrame) -> dict[str, Any]:
    """Natural villages of the villages they lie in; those there before go."""
    units = [unit for unit in _villages(row.unit) if unit.boundary]
    points = [shapely.point_on_surface(shape) for shape in layer.geometry]
    rows, covered = [], set()
    owner = _owners_of_points(points, units)
    for i, (point, name) in enumerate(zip(points, text(layer, "name"), strict=True)):
        if i not in owner or not name:
            continue
        unit = owner[i]
        covered.add(unit.pk)
        rows.append(PlaceGroup(village=unit, name=name[:60], point=_column(point)))
    gone, _ = PlaceGroup.objects.filter(village__in=covered).delete()
    PlaceGroup.objects.bulk_create(rows, batch_size=2000)
    codes = sorted(unit.code for unit in units if unit.pk in covered)
    return {"places": len(rows), "left_out": len(points) - len(rows), "replaced": gone, "units": codes}


def put_department(row: LayerImport, layer: gpd.GeoDataFrame, *, by: User | None, at: datetime) -> dict[str, Any]:
    """A department's cells, laid over ours in the background."""
    codes, names = text(layer, "code"), text(layer, "name")
    cells = [
        Cell(code or f"{i + 1:03d}", name or code or f"{i + 1:03d}", shape)
        for i, (code, name, shape) in enumerate(zip(codes, names, layer.geometry, strict=True))
    ]
    department = (str(row.choices.get("department", "")) or row.file_name.rpartition(".")[0]).strip()[:LONGEST_DEPARTMENT]
    synthetic = bool(row.choices.get("synthetic", False))
    done = take_in_department(row.unit, department, cells, by=by, at=at, source=row.file_name, is_synthetic=synthetic)
    return {"cells": len(cells), "department": department, "layer": done.pk, "units": [row.unit.code]}


def _column(shape: BaseGeometry) -> Any:
    """A geometry in degrees as its column wants it."""
    return GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=4326)


def _villages(unit: AdminUnit) -> list[AdminUnit]:
    return list(AdminUnit.objects.current().below(unit.code).filter(level=AdminUnit.Level.VILLAGE).order_by("code"))
