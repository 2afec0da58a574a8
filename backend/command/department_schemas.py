"""Shapes of department grids laid over the comprehensive ones."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Schema


class DepartmentReportOut(Schema):
    """How well the cells fit: square metres, and households that stand in none of them."""

    cells: int
    overlap_m2: float
    uncovered_m2: float
    outside_m2: float
    uncovered_households: int


class DepartmentRowOut(Schema):
    id: int
    unit: str
    unit_name: str
    department: str
    source: str
    synthetic: bool
    made_at: datetime
    made_by: str
    cells: int
    computed_at: datetime | None
    report: DepartmentReportOut | None
    roles: dict[str, int]


class CrosswalkRowOut(Schema):
    """One pair. Shares are parts of the cell; an empty cell or grid is the rest."""

    cell: str
    cell_name: str
    grid: str
    grid_name: str
    village_name: str
    area_m2: float
    area_share: float
    households: int
    household_share: float
    role: str
    role_name: str


class DepartmentOut(DepartmentRowOut):
    rows: list[CrosswalkRowOut]
    may_change: bool = Field(description="whether this person may lay it over again or remove it")


class DepartmentShapesOut(Schema):
    cells: dict[str, Any]
    grids: dict[str, Any]
