"""Shapes of the wall: the day so far."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema

from backend.command.schemas import AlertOut, ReportOut


class VisitedOut(Schema):
    """A grid, and when somebody first was there today."""

    grid: str
    at: datetime


class DayOut(Schema):
    """Today so far. ``walking`` is how many were on patrol at the end of each step since ``begin``."""

    begin: datetime
    at: datetime
    step_s: int
    walking: list[int]
    visited: list[VisitedOut]
    reports: list[ReportOut]
    alerts: list[AlertOut]
