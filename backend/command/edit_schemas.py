"""Shapes of changes made by hand: borders of a draft, borders of villages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from backend.command.schemas import Feature

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Degrees = Annotated[tuple[Longitude, Latitude], Field(description="longitude, latitude; a number that is none is refused")]
Line = Annotated[list[Degrees], Field(min_length=2, max_length=5000)]


class StepIn(Schema):
    """``line`` replaces a border from its beginning to its end; or the house at ``house`` goes to the grid ``to``.

    Or ``grid`` is cut in two along ``line``, which goes through it from border to border; or the grids of ``border`` are made one.
    """

    kind: Literal["move_border", "move_building", "split_grid", "merge_grids"]
    border: str = ""
    grid: str = ""
    line: Annotated[list[Degrees], Field(max_length=5000)] = []
    house: Degrees | None = None
    to: str = ""


class EditIn(StepIn):
    """``head`` is the last step the person has seen."""

    head: int = Field(ge=0)


class HeadIn(Schema):
    head: int = Field(ge=0)


class BorderOut(Schema):
    """A stretch between two grids; ``slides`` tells of both ends whether they may go along the village border."""

    id: str
    first: str
    second: str
    line: list[Degrees]
    length_m: int
    slides: tuple[bool, bool]


class EditOut(Schema):
    seq: int
    kind: str
    kind_name: str
    by: str
    at: datetime
    undone: bool


class EditingOut(Schema):
    """Everything needed to change a draft: ``may_edit`` is false once it is published."""

    head: int
    may_edit: bool
    borders: list[BorderOut]
    edits: list[EditOut]


class GridChangeOut(Schema):
    code: str
    name: str
    households: tuple[int, int]
    workload: tuple[float, float]


class StepOut(Schema):
    """What a step does to the grids it touches, and whether the village is still tiled."""

    head: int
    changes: list[GridChangeOut]
    gap_m2: float
    overlap_m2: float
    cut_buildings: int
    max_mean: float
    grids: Feature


class BorderStepIn(Schema):
    """``head`` is the last step the person has seen; ``redivide`` agrees that villages with grids in force are divided anew."""

    head: int = Field(ge=0)
    redivide: bool = False


class VillageRingIn(BorderStepIn):
    ring: Annotated[list[Degrees], Field(min_length=3, max_length=5000)]


class VillageSplitIn(BorderStepIn):
    """The piece that holds ``keep`` (else the larger) stays the unit's, the other becomes that of ``to``."""

    to: str
    line: Line
    keep: Degrees | None = None


class PlaceIn(Schema):
    unit: str
    at: Degrees


class VillagePlacesIn(BorderStepIn):
    """One place of each village; borders run halfway between them."""

    places: Annotated[list[PlaceIn], Field(min_length=1, max_length=400)]


class VillageBordersOut(Schema):
    """Borders of a township's villages. ``unofficial`` ones are drafts made here; ``missing`` villages have none yet."""

    township: str
    name: str
    head: int
    outline: Feature
    villages: Feature
    missing: list[dict[str, str]]
    edits: list[EditOut]


class VillageStepOut(VillageBordersOut):
    """``changed`` villages have other ground now, ``drafts`` are plans that divide them anew."""

    changed: list[str]
    drafts: list[int]
