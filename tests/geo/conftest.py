"""The bestiary of geometry, and a village to divide."""

from __future__ import annotations

import pytest
import shapely

from tests.geo.villages import Village, make_village


@pytest.fixture(autouse=True)
def media_root() -> None:
    """Pure geometry has no media and no settings."""


@pytest.fixture(scope="session")
def village() -> Village:
    """A village of 120 houses with three roads."""
    return make_village(4, houses=120)


BESTIARY = {
    "point": shapely.Point(1, 2),
    "point z": shapely.Point(1, 2, 3),
    "empty point": shapely.Point(),
    "multipoint": shapely.MultiPoint([(0, 0), (1, 1)]),
    "line": shapely.LineString([(0, 0), (1, 1)]),
    "line z": shapely.LineString([(0, 0, 1), (1, 1, 2)]),
    "empty line": shapely.LineString(),
    "ring": shapely.LinearRing([(0, 0), (1, 0), (1, 1)]),
    "multiline": shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 3)]]),
    "polygon": shapely.box(0, 0, 1, 1),
    "polygon with hole": shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], holes=[[(3, 3), (6, 3), (6, 6), (3, 6)]]),
    "bow-tie": shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]),
    "empty polygon": shapely.Polygon(),
    "multipolygon": shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]),
    "empty collection": shapely.GeometryCollection(),
    "collection": shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]),
}
AREAL = ("polygon", "polygon with hole", "multipolygon")


@pytest.fixture(params=sorted(BESTIARY))
def beast(request: pytest.FixtureRequest) -> shapely.Geometry:
    """Every kind of geometry, one after another."""
    return BESTIARY[request.param]
