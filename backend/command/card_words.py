"""The extent of a grid in words, worked out from what lies along its border."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from backend.places.models import Grid

KINDS = {
    "stream": "小溪",
    "river": "河",
    "main_road": "公路",
    "village_road": "村道",
    "street": "街",
    "lane": "小路",
    "rail": "铁路",
}
SIDES = ("东", "南", "西", "北")
NEAR_M = 8.0
STEPS = 240


def describe_extent(
    grid: Grid,
    shape: BaseGeometry,
    village: BaseGeometry,
    lines: Sequence[tuple[BaseGeometry, str, str]],
    neighbours: Sequence[tuple[BaseGeometry, str]],
) -> str:
    """For each side what most of the border there runs along: the village's border, a road or a stream, else the next grid."""
    ring = max(shapely.get_parts(shape), key=shapely.area).exterior
    spots = shapely.line_interpolate_point(ring, np.linspace(0, 1, STEPS, endpoint=False), normalized=True)
    edge = shapely.distance(village.boundary, spots) < NEAR_M
    said = np.full(STEPS, "", dtype=object)
    for other, name in neighbours:
        said[(said == "") & (shapely.distance(other, spots) < NEAR_M)] = name.removeprefix(grid.village.short_name)
    for line, kind, name in lines:
        said[shapely.distance(line, spots) < NEAR_M] = name or KINDS.get(kind, "路")
    said[edge] = "村界"
    middle = shape.centroid
    xy = shapely.get_coordinates(spots) - [middle.x, middle.y]
    side = np.where(np.abs(xy[:, 0]) >= np.abs(xy[:, 1]), np.where(xy[:, 0] > 0, 0, 2), np.where(xy[:, 1] > 0, 3, 1))
    parts = []
    for number, name in enumerate(SIDES):
        words, counts = np.unique(said[(side == number) & (said != "")].astype(str), return_counts=True)
        if len(words):
            parts.append(f"{name}到{words[counts.argmax()]}")
    return "，".join(parts)


def spoken_phone(number: str) -> str:
    """A mobile number in groups; what is no phone number, a staff number, is not printed."""
    return f"{number[:3]} {number[3:7]} {number[7:]}" if re.fullmatch(r"1\d{10}", number) else ""
