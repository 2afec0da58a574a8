"""What a publication would change, written out for the page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.patrols.moving import tasks_that_move
from backend.places.models import BoundaryEdit, PlanEdit
from backend.places.preview import Preview


def describe_preview(found: Preview, *, at: datetime) -> dict[str, Any]:
    return {
        "kept": list(found.kept),
        "gone": list(found.gone),
        "fresh": list(found.fresh),
        "open_grids": list(found.open_grids),
        "households": found.households,
        "moved_households": found.moved_households,
        "reassigned_households": found.reassigned_households,
        "carried_duties": found.carried_duties,
        "ended_duties": [
            {"grid": duty.grid.code, "person": duty.user.name, "role_name": duty.get_role_display()}
            for duty in found.ended_duties
        ],
        "tasks": [
            {
                "title": moving.task.title,
                "grid": moving.task.grid.code,
                "to_grid": moving.grid.code,
                "person": moving.task.person.name if moving.task.person else "",
                "to_person": moving.person.name if moving.person else "",
            }
            for moving in tasks_that_move(found.heirs, at=at)
        ],
        "grids": [
            {
                "code": load.grid.code,
                "name": load.grid.name,
                "households": load.grid.households,
                "workload": load.grid.workload,
                "person": load.person.name if load.person else "",
            }
            for load in found.grids
        ],
        "persons": [
            {"name": load.person.name, "grids": len(load.grids), "households": load.households, "workload": load.workload}
            for load in found.persons
        ],
    }


def describe_edit(edit: PlanEdit | BoundaryEdit) -> dict[str, Any]:
    """A step by hand, as its list shows it."""
    return {
        "seq": edit.seq,
        "kind": edit.kind,
        "kind_name": edit.get_kind_display(),
        "by": edit.by.name if edit.by else "",
        "at": edit.at,
        "undone": hasattr(edit, "undone_by"),
    }
