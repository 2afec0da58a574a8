"""The command centre's API under /api/command/: a session at a desk, rows through `visible_to`, changes through actions."""

from __future__ import annotations

from ninja import Router

from backend.command import (
    admissions,
    case_steps,
    cases,
    centre,
    checklist,
    compliance,
    county_days,
    coverage,
    departments,
    division_runs,
    editing,
    flags,
    ground,
    help_calls,
    holds,
    imports,
    lines,
    messages,
    people,
    photos,
    plans,
    rules,
    sms_numbers,
    task_board,
    tasks,
    village_borders,
    visits,
)
from backend.command.sign_in import StaffSession

router = Router(auth=StaffSession())
for part in (
    ground,
    centre,
    help_calls,
    messages,
    photos,
    task_board,
    tasks,
    visits,
    cases,
    case_steps,
    coverage,
    compliance,
    lines,
    departments,
    division_runs,
    flags,
    holds,
    imports,
    plans,
    editing,
    village_borders,
    rules,
    people,
    sms_numbers,
    checklist,
    admissions,
    county_days,
):
    router.add_router("", part.router)
