"""A plan as a picture: one SVG without styles or scripts, so that it may be opened, printed and mailed."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

import shapely
from shapely.geometry.base import BaseGeometry

import geo
from backend.places.layers import Layers, read_layers, to_shapely
from backend.places.models import GridPlan

WIDTH = 900.0
MARGIN = 24.0
LEGEND = 56.0  # below the map
PALE = ("#e6eef2", "#f3ecdc", "#e4efe2", "#efe6ee", "#f2e5df")  # five hues; being neighbours means nothing
INK, WATER, HOUSE, SYNTHETIC = "#22303a", "#8a9aa5", "#9a8f80", "合成示意：边界、道路、房屋均为演示用的合成数据"


def draw_plan(plan: GridPlan) -> str:
    """Grids with their numbers and households, houses and lines beneath, and what the picture is."""
    layers = read_layers(plan.unit)
    grids = list(plan.grids.order_by("code"))
    frame = _Frame(layers.village.bounds)
    parts = []
    for i, grid in enumerate(grids):
        shape = geo.to_metric(to_shapely(grid.polygon), layers.srid)
        parts.append(
            f'<path d="{frame.path(shape)}" fill="{PALE[i % len(PALE)]}" stroke="{INK}" stroke-width="1.4" fill-rule="evenodd"/>'
        )
    parts += _ground(frame, layers)
    parts.append(f'<path d="{frame.path(layers.village)}" fill="none" stroke="{INK}" stroke-width="2.6"/>')
    for grid in grids:
        spot = geo.to_metric(to_shapely(grid.polygon.point_on_surface), layers.srid)
        parts.append(frame.label(spot, [str(int(grid.code[12:])), f"{grid.households}户"]))
    title = f"{plan.unit.short_name}　{plan.get_state_display()}　{len(grids)}个网格"
    parts.append(_text(MARGIN, frame.height + LEGEND - 30, title, size=20))
    if plan.unit.is_unofficial:
        parts.append(_text(WIDTH - 250, frame.height + LEGEND - 30, "村界是草案，非官方", size=15))
    if plan.unit.is_synthetic:
        parts.append(_text(MARGIN, frame.height + LEGEND - 8, SYNTHETIC, size=15))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {frame.height + LEGEND:.0f}" role="img" '
        f'font-family="sans-serif"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


class _Frame:
    """Metres to units of the picture, north up."""

    def __init__(self, bounds: Sequence[float]) -> None:
        west, south, east, north = bounds
        self.west, self.north = west, north
        self.scale = (WIDTH - 2 * MARGIN) / max(east - west, north - south, 1.0)
        self.height = (north - south) * self.scale + 2 * MARGIN

    def path(self, shape: BaseGeometry) -> str:
        drawn = []
        for part in shapely.get_parts(shape):
            rings = [part] if part.geom_type == "LineString" else shapely.get_rings(part)
            for ring in rings:
                x = (shapely.get_coordinates(ring)[:, 0] - self.west) * self.scale + MARGIN
                y = (self.north - shapely.get_coordinates(ring)[:, 1]) * self.scale + MARGIN
                drawn.append("M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True)))
        return "".join(drawn)

    def label(self, spot: BaseGeometry, lines: list[str]) -> str:
        x, y = (spot.x - self.west) * self.scale + MARGIN, (self.north - spot.y) * self.scale + MARGIN
        return "".join(_text(x, y + 18 * i, line, size=18 - 4 * i, middle=True) for i, line in enumerate(lines))


def _ground(frame: _Frame, layers: Layers) -> list[str]:
    lines = shapely.intersection(layers.barriers.geometry.values, layers.village)
    houses = layers.buildings.geometry.values
    return [
        *(f'<path d="{frame.path(line)}" fill="none" stroke="{WATER}" stroke-width="1"/>' for line in lines),
        *(f'<path d="{frame.path(house)}" fill="{HOUSE}"/>' for house in houses),
    ]


def _text(x: float, y: float, text: str, *, size: int, middle: bool = False) -> str:
    anchor = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{INK}" stroke="#ffffff" stroke-width="3" paint-order="stroke"{anchor}>{escape(text)}</text>'
