"""Coverage as the API shows it, in words a supervisor reads."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import shapely
from django.db.models import Q
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import User
from backend.audits import due
from backend.audits.parts import KINDS
from backend.audits.ranges import GRADES, Coverage, GridRange
from backend.audits.shapes import areas_only
from backend.audits.visits import day_bounds
from backend.audits.why import Why, largest_piece
from backend.command.describe import flag_words
from backend.command.evidence import describe_answers, describe_said, describe_stays, stays_in
from backend.field.models import Flag, PlaceVisit
from backend.places.layers import to_shapely
from backend.places.models import GridPlan, KeyPlace, PlaceGroup
from backend.places.rules import Rules

NOTE = "没有走到，可能是没去，也可能是手机没记到。空白不算违反什么；要看是谁、走了哪里，请写明理由，本人会知道。"
KM = 1000.0


def rule_text(rules: Rules) -> str:
    """The limits in words; where sight ends before the ground does, that no walk along the roads makes the share whole."""
    limits = rules.coverage
    most = limits.view_m / limits.ground_m
    narrow = f"所以路全走完，路两边的地也只算看到约 {most:.0%}。" if most < 1 else ""
    return (
        f"离路、水边、房屋、重点场所 {limits.ground_m:g} 米以内的地要走到；走一段，两边各看 {limits.view_m:g} 米。{narrow}"
        f"定位误差大于 {rules.track.counts_accuracy_m:g} 米的不计，断开超过 {rules.track.gap_s:g} 秒的不连。{due.RULE}"
    )


def describe_coverage(found: Coverage, *, at: datetime) -> dict[str, Any]:
    """The whole answer; grids from the least seen up, those without ground last."""
    ordered = sorted(found.grids, key=lambda row: (row.share is None, row.share or 0.0, row.grid.code))
    seen, ground = (sum(values) for values in ([r.seen.seen_m2 for r in ordered], [r.ground_m2 for r in ordered]))
    return {
        "from_": found.first,
        "to": found.last,
        "computed_at": found.computed_at,
        "pending": found.pending,
        "rule": {"version": found.rules.version, "text": rule_text(found.rules)},
        "classes": list(found.rules.coverage.classes),
        "blind_days": found.rules.coverage.blind_days,
        "synthetic": any(row.grid.village.is_synthetic for row in ordered),
        "summary": {"share": seen / ground if ground else None, "seen_m2": seen, "ground_m2": ground, "grids": len(ordered)},
        "grids": [_grid(row) for row in ordered],
        "blind": blind_spots(found),
        "overdue": overdue_places(found, at=at),
    }


def blind_spots(found: Coverage) -> list[dict[str, Any]]:
    """Grids nobody came to for as many days as the county calls blind, the longest first."""
    blind = [row for row in found.grids if (row.days_without or 0) >= found.rules.coverage.blind_days]
    return [
        {
            "grid": row.grid.code,
            "grid_name": row.grid.name,
            "days": row.days_without,
            "last_at": row.last_visit_at,
            "note": _blind_note(row),
        }
        for row in sorted(blind, key=lambda row: (-(row.days_without or 0), row.grid.code))
    ]


def overdue_places(found: Coverage, *, at: datetime) -> list[dict[str, Any]]:
    """Key places of tasks whose time is over and that nobody reached in these days; the longest ago first, then never."""
    late = [(place, row) for row in found.grids for place in row.due if place.is_over and not place.is_reached]
    last = _last_reached([place.place.pk for place, _ in late])
    rows = [
        {
            "key_place": place.place.uuid,
            "name": place.place.name,
            "grid": row.grid.code,
            "grid_name": row.grid.name,
            "days": (at - last[place.place.pk]).days if place.place.pk in last else None,
            "last_at": last.get(place.place.pk),
        }
        for place, row in late
    ]
    return sorted(rows, key=lambda row: (row["days"] is not None, -(row["days"] or 0), row["grid"], row["name"]))


def describe_why(why: Why, user: User, first: date, last: date, *, as_of: datetime | None) -> dict[str, Any]:
    grid, span = why.grid, (day_bounds(first)[0], day_bounds(last)[1])
    return {
        "code": grid.code,
        "name": grid.name,
        "village": grid.village.short_name,
        "from_": first,
        "to": last,
        "as_of": as_of,
        "share": why.share,
        "seen_m2": why.numbers["seen"],
        "ground_m2": why.ground_m2,
        "is_whole_area": bool(why.ground and why.ground.is_whole),
        "roads_m": why.ground.roads_m if why.ground else 0,
        "roads_seen_m": why.seen.roads_m,
        "banks_m": why.ground.banks_m if why.ground else 0,
        "banks_seen_m": why.seen.banks_m,
        "rule": {"version": why.rules.version, "text": rule_text(why.rules)},
        "plan": _plan(grid.plan),
        "outline": json.loads(shapely.to_geojson(to_shapely(grid.polygon))),
        "parts": _parts(why),
        "days": [
            {
                "day": day.day,
                "share": day.share,
                "seen_m2": day.seen_m2,
                "computed_at": day.row.computed_at if day.row else None,
                "rule_version": day.row.rule_version if day.row else why.rules.version,
                "plan": day.plan,
                "stale": day.is_stale,
                "sealed": day.is_sealed,
            }
            for day in why.days
        ],
        "legs": [_leg(piece) for piece in why.told("legs")],
        "places": _places(why),
        "flags": _flags(why, user),
        "uncounted": {name: why.uncounted[name] for name in ("low_accuracy", "unusable", "mock", "jump", "clock")},
        "visits": describe_stays(user, stays_in(user, grid.code, span)),
        "answers": describe_answers(user, grid.code, span),
        "reports": describe_said(user, grid.code, span),
        "note": NOTE,
    }


def _grid(row: GridRange) -> dict[str, Any]:
    ground = row.ground
    return {
        "code": row.grid.code,
        "name": row.grid.name,
        "village": row.grid.village.short_name,
        "share": row.share,
        "seen_m2": row.seen.seen_m2,
        "ground_m2": row.ground_m2,
        "is_whole_area": bool(ground and ground.is_whole),
        "roads_m": ground.roads_m if ground else 0,
        "roads_seen_m": row.seen.roads_m,
        "banks_m": ground.banks_m if ground else 0,
        "banks_seen_m": row.seen.banks_m,
        "places_due": len(row.due),
        "places_reached": row.places_reached,
        "longest_gap_days": row.longest_gap_days,
        "last_visit_at": row.last_visit_at,
        "visits": row.visits,
        "duration_s": row.duration_s,
        "evidence": {grade: row.evidence[grade] for grade in GRADES},
        "open_flags": row.open_flags,
        "has_person": row.has_person,
    }


def _blind_note(row: GridRange) -> str:
    if not row.has_person:
        return "没有网格员"
    return f"进不去：{row.refusal}" if row.refusal else "没有说明"


def _last_reached(places: list[int]) -> dict[int, datetime]:
    rows = PlaceVisit.objects.filter(key_place__in=places).order_by("t0").values_list("key_place", "t0")
    return dict(rows)


def _plan(plan: GridPlan) -> dict[str, Any]:
    before = GridPlan.objects.filter(unit=plan.unit_id, published_at__lte=plan.published_at).count()
    since = f"{plan.published_at:%Y-%m}" if plan.published_at else "草案"
    return {"id": plan.pk, "published_at": plan.published_at, "label": f"边界方案 {since}（第 {before} 版）"}


def _parts(why: Why) -> list[dict[str, Any]]:
    notes = {
        "seen": _seen_note(why),
        "no_entry": _no_entry_note(why),
        "not_recorded": _silence_note(why),
        "none": _none_note(why),
    }
    return [
        {
            "kind": kind,
            "m2": why.numbers[kind],
            "share": why.numbers[kind] / why.ground_m2 if why.ground_m2 else 0.0,
            "geometry": _geojson(why, kind),
            "note": notes[kind],
        }
        for kind in KINDS
    ]


def _geojson(why: Why, kind: str) -> dict[str, Any] | None:
    if why.shapes is None or why.ground is None:
        return None
    shape: BaseGeometry = areas_only(getattr(why.shapes, kind))
    if shape.is_empty:
        return None
    degrees = shapely.transform(geo.to_lonlat(shape, why.ground.srid), lambda xy: xy.round(6))
    said: dict[str, Any] = json.loads(shapely.to_geojson(degrees))
    return said


def _seen_note(why: Why) -> str:
    days = [row for row in why.rows if row.seen_m2]
    if not days:
        return "没有走到"
    names = "、".join(f"{day.month}月{day.day}日" for day in sorted({row.day for row in days})[-3:])
    return f"{names}{'等' if len({row.day for row in days}) > 3 else ''}，{sum(row.visits for row in why.rows)} 次到访"


def _no_entry_note(why: Why) -> str:
    said = {f"{row['name']}：{row['reason'] or '没有写原因'}" for row in why.told("refusals")}
    return "；".join(sorted(said)) + "。去了，进不去" if said else ""


def _silence_note(why: Why) -> str:
    silences = why.told("silences")
    minutes = round(sum(one["to"] - one["from"] for one in silences) / 60_000)
    return f"{minutes} 分钟空白，按两头之间的直线估计，不算没去，也不算走到" if silences else ""


def _none_note(why: Why) -> str:
    """Where most of it lies, by the name people have for it."""
    if why.shapes is None or why.ground is None or not why.numbers["none"]:
        return ""
    piece = largest_piece(why.shapes.none)
    groups = list(PlaceGroup.objects.filter(village=why.grid.village_id).order_by("pk"))
    if piece.is_empty or not groups:
        return "没有任何记录"
    points = geo.to_metric(shapely.points([(group.point.x, group.point.y) for group in groups]), why.ground.srid)
    away = shapely.distance(points, piece)
    return f"多在{groups[int(away.argmin())].name}一带" if away.min() < KM else "没有任何记录"


def _leg(piece: dict[str, Any]) -> dict[str, Any]:
    told = {name: piece[name] for name in ("item", "patrol", "length_m", "is_late", "counted", "why")}
    return told | {"from_": _instant(piece["from"]), "to": _instant(piece["to"])}


def _places(why: Why) -> list[dict[str, Any]]:
    """Due places first, then those reached without being asked for."""
    shown = {str(row.place.uuid): (row.place, row.grade, row.last_at, True) for row in why.due}
    reached = {row["id"]: row for row in why.told("places") if row["grade"] and row["id"] not in shown}
    for place in KeyPlace.objects.filter(uuid__in=reached).order_by("pk"):
        row = reached[str(place.uuid)]
        shown[row["id"]] = (place, row["grade"], row["at"], False)
    return [
        {
            "id": place.uuid,
            "name": place.name,
            "kind": place.kind,
            "lon": round(place.point.x, 6),
            "lat": round(place.point.y, 6),
            "grade": grade or None,
            "at": at,
            "due": is_due,
        }
        for place, grade, at, is_due in shown.values()
    ]


def _flags(why: Why, user: User) -> list[dict[str, Any]]:
    """Questions about the pieces of track that stand here."""
    legs = why.told("legs")
    about = Q(about_id__in={leg["patrol"] for leg in legs} | {leg["item"] for leg in legs})
    rows = Flag.objects.visible_to(user).filter(about).order_by("raised_at", "pk")
    return [
        {
            "id": flag.uuid,
            "rule": flag.rule,
            "text": flag_words(flag),
            "state": flag.decision or ("answered" if flag.answer else "open"),
        }
        for flag in rows
    ]


def _instant(ms: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms)
