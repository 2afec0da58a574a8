"""What can be wrong with a layer: a stable code each, how grave it is, and the figures its sentence is made of.

Sentences here are English. Whoever shows them to people in another language writes them anew from ``code`` and ``figures``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from geo.crs import LonLat

LayerKind = Literal["village", "building", "barrier", "place"]
#: ``error``: nothing can be made of these rows. ``warning``: a person decides. ``note``: it is dealt with, and said.
Level = Literal["error", "warning", "note"]
Figure = int | float | str

IssueCode = Literal[
    "MissingCRS",
    "CRSMismatch",
    "AxisSwapped",
    "DatumShiftSuspected",
    "OutsideRegion",
    "OutsideCounty",
    "EmptyLayer",
    "WrongKind",
    "InvalidBoundary",
    "HoleInBoundary",
    "SeveralParts",
    "RepeatedPoints",
    "Spike",
    "HeightsDropped",
    "BorderConflict",
    "RepairedGap",
    "UncoveredHole",
    "BuildingWithoutVillage",
    "BuildingAcrossBorder",
    "BadWeight",
    "BadBarrier",
    "ClosedWay",
    "BridgeOrTunnel",
    "DuplicateShape",
    "DuplicateLine",
]


class Kind(NamedTuple):
    """How grave an issue is and which figures come with it."""

    level: Level
    figures: tuple[str, ...] = ()


#: Every code there is. ``rows`` of an issue say where in the layer, ``figures`` hold the names listed here.
ISSUES: dict[IssueCode, Kind] = {
    "MissingCRS": Kind("error"),
    # ``given`` and ``likely`` are EPSG codes as text, ``likely`` empty if nothing fits.
    # ``reason``: degrees_named_metres | metres_named_degrees | zone_prefix | zone_prefix_lost | other_zone
    "CRSMismatch": Kind("error", ("given", "likely", "reason")),
    "AxisSwapped": Kind("error"),
    # ``mistake`` as in `geo.shift.Mistake`, such as gcj02_as_wgs84; `geo.datum.undo_shift` takes it. Shares in [0, 1] of rows outside as given and once converted back; the shift leads from where
    # things are to where the layer says, ``bearing_deg`` clockwise from north. ``against``: county | villages | houses
    "DatumShiftSuspected": Kind(
        "error", ("mistake", "distance_m", "bearing_deg", "outside_before", "outside_after", "against")
    ),
    "OutsideRegion": Kind("error", ("count",)),
    "OutsideCounty": Kind("error", ("count",)),
    "EmptyLayer": Kind("error", ("count",)),
    # ``wanted``: point | line | polygon | "point or polygon"
    "WrongKind": Kind("error", ("count", "wanted")),
    # ``reason`` as the geometry engine says it, such as Self-intersection
    "InvalidBoundary": Kind("error", ("reason",)),
    "HoleInBoundary": Kind("note", ("count",)),
    "SeveralParts": Kind("note", ("parts",)),
    "RepeatedPoints": Kind("note", ("count",)),
    "Spike": Kind("note", ("count",)),
    "HeightsDropped": Kind("note", ("count",)),
    # ``form``: overlap | gap | inlet | beyond (the township). ``first``, ``second``: codes of villages (or row numbers), empty
    # where there is none; ``proposed`` is the one it would go to.
    "BorderConflict": Kind("warning", ("form", "first", "second", "area_m2", "width_m", "proposed")),
    "RepairedGap": Kind("note", ("village", "area_m2")),
    "UncoveredHole": Kind("warning", ("area_m2", "village")),
    "BuildingWithoutVillage": Kind("error", ("count",)),
    "BuildingAcrossBorder": Kind("note", ("count",)),
    # ``column``: households | workload
    "BadWeight": Kind("error", ("count", "column")),
    "BadBarrier": Kind("error", ("count",)),
    "ClosedWay": Kind("note", ("count",)),
    "BridgeOrTunnel": Kind("note", ("count",)),
    # Twice the same village, house or place: counted twice unless one is removed.
    "DuplicateShape": Kind("warning", ("count",)),
    "DuplicateLine": Kind("note", ("count",)),
}


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with a layer.

    ``rows`` are positions in the layer, empty if all of it is meant; ``place`` is a position on the map if there is one.
    """

    code: IssueCode
    what: str
    remedy: str
    rows: tuple[int, ...] = ()
    place: LonLat | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How grave it is: ``error``, ``warning`` or ``note``."""
        return ISSUES[self.code].level


@dataclass(frozen=True, slots=True)
class LayerReport:
    """What was found in a layer of ``count`` rows."""

    kind: LayerKind
    count: int
    issues: tuple[Issue, ...]

    @property
    def is_usable(self) -> bool:
        """Whether nothing stands in the way: no issue is an error. Warnings and notes may be there."""
        return all(issue.level != "error" for issue in self.issues)
