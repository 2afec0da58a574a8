"""Dividing many villages: start, look how far it is, see what would change, publish a township."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router

from backend.audits.actions import make_ground_later
from backend.command.admin_schemas import RunIn, RunOut, RunPartIn, RunPreviewOut, RunPublicationOut
from backend.command.jobs import draw_tiles_later
from backend.command.rights import DIVIDE, must_hold
from backend.command.sign_in import StaffRequest
from backend.patrols.actions import move_tasks
from backend.patrols.moving import tasks_that_move
from backend.places.division_runs import divide_units, resume_run
from backend.places.drafting import Choices
from backend.places.models import DivisionRun, GridPlan, TownshipRun
from backend.places.preview import preview_plan
from backend.places.publishing import publish_plan
from backend.problems import Problem
from backend.units.models import AdminUnit

router = Router(tags=["plans"], by_alias=True)
AT_MOST = 20


@router.get("division-runs", response=list[RunOut], operation_id="list_division_runs")
def runs(request: StaffRequest, unit: str = "") -> list[dict[str, Any]]:
    """The newest runs, those of a unit (a township's are also the county's it was a part of) or of all one may divide."""
    rows = DivisionRun.objects.visible_to(request.auth).select_related("scope")
    parts = TownshipRun.objects.filter(township__code=unit).values("run")
    rows = rows.filter(Q(scope__code__startswith=unit) | Q(pk__in=parts))
    return [_run(run) for run in rows.order_by("-pk")[:AT_MOST]]


@router.post("division-runs", response=RunOut, operation_id="divide_units")
def divide(request: StaffRequest, body: RunIn) -> dict[str, Any]:
    user, at = request.auth, timezone.now()
    scope = get_object_or_404(AdminUnit.objects.current().within(user.stems(at)), code=body.unit)
    must_hold(user, DIVIDE, over=[scope.code], at=at)
    chosen = Choices(**{field.name: getattr(body, field.name) for field in fields(Choices)})
    return _run(divide_units(scope, by=user, at=at, choices=chosen, villages=body.villages))


@router.get("division-runs/{int:run}", response=RunOut, operation_id="get_division_run")
def run(request: StaffRequest, run: int) -> dict[str, Any]:
    return _run(_found(request, run))


@router.post("division-runs/{int:run}/resume", response=RunOut, operation_id="resume_division_run")
def resume(request: StaffRequest, run: int) -> dict[str, Any]:
    """Go on with what was left lying or failed."""
    user, at = request.auth, timezone.now()
    found = _found(request, run)
    must_hold(user, DIVIDE, over=[found.scope.code], at=at)
    resume_run(found, by=user, at=at)
    return _run(_found(request, run))


@router.get("division-runs/{int:run}/preview", response=RunPreviewOut, operation_id="preview_division_run")
def preview(request: StaffRequest, run: int, township: str = "") -> dict[str, Any]:
    """What publishing the drafts of a township, or of the whole run, would change: the sums over its villages."""
    at, drafts = timezone.now(), _drafts(_found(request, run), township)
    found = [preview_plan(plan, at=at) for plan in drafts]
    return {
        "villages": len(found),
        "grids": sum(len(one.grids) for one in found),
        "kept": sum(len(one.kept) for one in found),
        "before": sum(len(one.kept) + len(one.gone) for one in found),
        "open_grids": sum(len(one.open_grids) for one in found),
        "moved_households": sum(one.moved_households for one in found),
        "reassigned_households": sum(one.reassigned_households for one in found),
        "tasks": sum(len(tasks_that_move(one.heirs, at=at)) for one in found),
        "worst_max_mean": max((plan.metrics["max_mean"] for plan in drafts), default=None),
    }


@router.post("division-runs/{int:run}/publish", response=RunPublicationOut, operation_id="publish_division_run")
def publish(request: StaffRequest, run: int, body: RunPartIn) -> dict[str, Any]:
    """Put a township's drafts in force. A village that was divided otherwise meanwhile is named and left as it is."""
    user, at = request.auth, timezone.now()
    found = _found(request, run)
    must_hold(user, DIVIDE, over=[found.scope.code, body.township], at=at)
    done, refused = [], []
    with transaction.atomic():
        for plan in _drafts(found, body.township):
            try:
                done.append(publish_plan(plan, by=user, at=at, on_moved=partial(move_tasks, by=user, at=at)))
            except Problem as problem:
                refused.append({"unit": plan.unit.code, "name": plan.unit.short_name, "text": problem.detail})
        make_ground_later()
        draw_tiles_later()
    return {
        "published": len(done),
        "moved_tasks": sum(one.moved_tasks for one in done),
        "carried_duties": sum(one.carried_duties for one in done),
        "open_grids": [grid.code for one in done for grid in one.open_grids],
        "refused": refused,
    }


def _found(request: StaffRequest, run: int) -> DivisionRun:
    return get_object_or_404(DivisionRun.objects.visible_to(request.auth).select_related("scope"), pk=run)


def _drafts(run: DivisionRun, township: str) -> QuerySet[GridPlan]:
    inside = run.plans.filter(state=GridPlan.State.DRAFT, unit__code__startswith=township.removesuffix("000"))
    return inside.select_related("unit").order_by("unit__code")


def _run(run: DivisionRun) -> dict[str, Any]:
    parts = list(run.townships.select_related("township").order_by("township__code"))
    states = dict(run.plans.values_list("unit__code", "state"))
    failed = {code for part in parts for code in part.failures}
    names = {unit.code: unit.short_name for unit in AdminUnit.objects.current().filter(code__in=failed)}
    townships = [
        {
            "township": part.township.code,
            "name": part.township.name,
            "state": part.state,
            "state_name": part.get_state_display(),
            "villages": len(part.villages),
            "done": sum(code in states for code in part.villages),
            "drafts": sum(states.get(code) == GridPlan.State.DRAFT for code in part.villages),
            "failures": [{"code": code, "name": names[code], "text": text} for code, text in sorted(part.failures.items())],
        }
        for part in parts
    ]
    return {
        "id": run.pk,
        "unit": run.scope.code,
        "unit_name": run.scope.name,
        "parameters": run.parameters,
        "state": run.state,
        "state_name": run.get_state_display(),
        "made_at": run.made_at,
        "finished_at": run.finished_at,
        "villages": sum(part["villages"] for part in townships),
        "done": sum(part["done"] for part in townships),
        "drafts": sum(state == GridPlan.State.DRAFT for state in states.values()),
        "townships": townships,
    }
