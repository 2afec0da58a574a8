"""The public card of a grid (网格公示牌): one sheet of A4 with its name, extent, people and phones. Public fields only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe
from shapely.geometry.base import BaseGeometry

import geo
from backend.accounts.models import Office
from backend.command.card_words import describe_extent, spoken_phone
from backend.command.people import qr
from backend.command.sign_in import staff_page
from backend.places.layers import grid_srid, to_shapely
from backend.places.models import Barrier, Building, Grid, GridDuty, LandCover, PlaceGroup
from backend.units.models import AdminUnit

WIDTH, HEIGHT = 756.0, 430.0
ROOM = 1.18  # of the grid's own width, so that its neighbours are recognised
ROLES = (GridDuty.Role.CHIEF, GridDuty.Role.WORKER, GridDuty.Role.STAND_IN)


@require_safe
@staff_page
def card(request: HttpRequest, code: str) -> HttpResponse:
    """Whoever may see a grid may print its card."""
    grids = Grid.objects.visible_to(request.user).current()  # type: ignore[arg-type]
    grid = get_object_or_404(grids.select_related("village", "plan"), code=code)
    return render(request, "command/card.html", describe_card(grid))


def describe_card(grid: Grid) -> dict[str, Any]:
    at, srid = timezone.now(), grid_srid(grid)
    shape = geo.to_metric(to_shapely(grid.polygon), srid)
    frame = _Frame(shape)
    ground = _read_ground(grid, frame, srid)
    duties = GridDuty.objects.valid_at(at).filter(grid=grid).select_related("user")
    ranked = sorted(duties, key=lambda duty: (ROLES.index(GridDuty.Role(duty.role)), duty.pk))
    above = {unit.code: unit.name for unit in AdminUnit.objects.current().filter(code__in=_above(grid.code))}
    person = next((duty.user for duty in ranked if duty.role == GridDuty.Role.WORKER), None)
    names = [(frame.x(point), frame.y(point), name) for point, name in ground.groups]
    return {
        "grid": grid,
        "number": int(grid.code[12:]),
        "place": "".join([above.get(code, "") for code in _above(grid.code)] + [grid.village.short_name]),
        "since": grid.valid.lower if grid.valid else None,
        "extent": describe_extent(grid, shape, ground.village, ground.lines, ground.neighbours),
        "inside": [name for point, name in ground.groups if shape.covers(point)],
        "hectares": max(1, round(grid.area_m2 / 1e4)),
        "people": [
            {"role": duty.get_role_display(), "name": duty.user.name, "phone": spoken_phone(duty.user.number)}
            for duty in ranked
        ],
        "has_person": person is not None,
        "dial": qr(f"tel:{person.number}", sized=False) if person and spoken_phone(person.number) else "",
        "centre": _centre(grid),
        "note": _border_note(grid.village),
        "invented": settings.IS_DEMO,
        "box": f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        "layers": ground.drawn,
        "outline": frame.path(shape),
        "dim": f"M0 0H{WIDTH:.0f}V{HEIGHT:.0f}H0Z{frame.path(shape)}",
        "names": [(f"{x:.0f}", f"{y:.0f}", name) for x, y, name in names if 30 < x < WIDTH - 30 and 20 < y < HEIGHT - 20],
        "scale": frame.scale_bar(),
    }


def _centre(grid: Grid) -> Office | None:
    """The governance centre people may complain to: the township's, else the county's, if its phone is known."""
    found = Office.objects.filter(unit__code__in=_above(grid.code), kind="centre").exclude(phone="")
    return found.order_by("-unit__code", "pk").first()


def _border_note(village: AdminUnit) -> str:
    """Whoever reads the card may build a wall by it: a border that is made up or a draft says so on the map itself."""
    if village.is_synthetic:
        return "示意图，边界为合成数据，不作为权属依据"
    return "示意图，村界是草案，非官方，不作为权属依据" if village.is_unofficial else ""


def _above(code: str) -> list[str]:
    return [f"{code[:6]}000000", f"{code[:9]}000"]


class _Frame:
    """Metres to units of the drawing, north up, the grid in the middle."""

    def __init__(self, shape: BaseGeometry) -> None:
        west, south, east, north = shape.bounds
        self.metre = min(WIDTH / max((east - west) * ROOM, 1.0), HEIGHT / max((north - south) * ROOM, 1.0))
        self.west = (west + east) / 2 - WIDTH / 2 / self.metre
        self.north = (south + north) / 2 + HEIGHT / 2 / self.metre
        self.window = shapely.box(self.west, self.north - HEIGHT / self.metre, self.west + WIDTH / self.metre, self.north)

    def x(self, point: BaseGeometry) -> float:
        return float((point.x - self.west) * self.metre)

    def y(self, point: BaseGeometry) -> float:
        return float((self.north - point.y) * self.metre)

    def path(self, shape: BaseGeometry) -> str:
        drawn = []
        for part in shapely.get_parts(shape):
            for line in [part] if part.geom_type == "LineString" else shapely.get_rings(part):
                xy = (shapely.get_coordinates(line) - [self.west, self.north]) * [self.metre, -self.metre]
                drawn.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy))
        return "".join(drawn)

    def scale_bar(self) -> dict[str, Any]:
        metres = max((m for m in (20, 50, 100, 200, 500, 1000, 2000) if m * self.metre <= 130), default=20)
        wide = metres * self.metre
        return {"metres": metres, "from": f"{WIDTH - 20 - wide:.0f}", "to": f"{WIDTH - 20:.0f}", "y": f"{HEIGHT - 16:.0f}"}


@dataclass(frozen=True, slots=True)
class _Ground:
    """What lies in the window: paths by kind, and what the words need."""

    drawn: list[tuple[str, str]]
    village: BaseGeometry
    lines: list[tuple[BaseGeometry, str, str]]
    neighbours: list[tuple[BaseGeometry, str]]
    groups: list[tuple[BaseGeometry, str]]


def _read_ground(grid: Grid, frame: _Frame, srid: int) -> _Ground:
    window = GEOSGeometry(memoryview(shapely.to_wkb(geo.to_lonlat(frame.window, srid))), srid=4326)

    def metres(shape: GEOSGeometry) -> BaseGeometry:
        return geo.to_metric(to_shapely(shape), srid)

    covers = LandCover.objects.filter(shape__intersects=window).order_by("pk").values_list("kind", "shape")
    barriers = Barrier.objects.filter(line__intersects=window).order_by("strength", "pk").values_list("line", "kind", "name")
    houses = Building.objects.filter(outline__intersects=window).order_by("pk").values_list("outline", flat=True)
    others = Grid.objects.current().filter(polygon__intersects=window).exclude(pk=grid.pk).order_by("code")
    groups = PlaceGroup.objects.filter(point__within=window).order_by("pk").values_list("point", "name")
    village = metres(grid.village.boundary or grid.polygon)
    lines = [(metres(line), kind, name) for line, kind, name in barriers]
    neighbours = [(metres(other.polygon), other.name) for other in others]
    drawn = [(kind, frame.path(metres(shape))) for kind, shape in covers]
    drawn += [(f"{kind} {part}", frame.path(line)) for part in ("case", "way") for line, kind, _ in lines]
    drawn += [("house", frame.path(metres(house))) for house in houses]
    drawn += [("other", frame.path(shape)) for shape, _ in neighbours] + [("village", frame.path(village))]
    return _Ground(drawn, village, lines, neighbours, [(metres(point), name) for point, name in groups])
