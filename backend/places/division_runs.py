"""Dividing many villages: one job per township, each village a draft of its own, so that nothing done is done twice."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from math import inf
from time import monotonic
from typing import Any

from django.db import DatabaseError, IntegrityError, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from backend.accounts.models import User
from backend.places.drafting import CannotDivide, Choices, draft_plan
from backend.places.models import DivisionRun, GridPlan, TownshipRun
from backend.problems import Conflict, Problem
from backend.units.models import AdminUnit

logger = logging.getLogger(__name__)

DIVIDE_TOWNSHIP = "backend.places.jobs.divide_township"
BEHIND = -10  # an alert that is enqueued meanwhile goes first


class NothingToDivide(Conflict):
    """No village of the selection has a boundary."""

    slug = "nothing_to_divide"
    zh, en = "选中的范围里没有带边界的村。请先入库村界。", "No village there has a boundary. Import one first."


def divide_units(
    scope: AdminUnit, *, by: User | None, at: datetime, choices: Choices | None = None, villages: Iterable[str] | None = None
) -> DivisionRun:
    """Start dividing every village with a boundary in a county or a township, or only those whose codes are given."""
    rows = AdminUnit.objects.current().below(scope.code).filter(level=AdminUnit.Level.VILLAGE).exclude(boundary=None)
    if villages is not None:
        rows = rows.filter(code__in=list(villages))
    by_township: dict[str, list[str]] = defaultdict(list)
    for code in rows.order_by("code").values_list("code", flat=True):
        by_township[f"{code[:9]}000"].append(code)
    townships = {unit.code: unit for unit in AdminUnit.objects.current().filter(code__in=by_township)}
    if not by_township:
        raise NothingToDivide
    asked = asdict(choices or Choices())
    with transaction.atomic():
        AdminUnit.objects.select_for_update(no_key=True).get(pk=scope.pk)
        if going_on := _same_run(scope, asked, by_township):
            return going_on
        run = DivisionRun.objects.create(scope=scope, parameters=asked, made_by=by, made_at=at)
        parts = [TownshipRun(run=run, township=townships[code], villages=inside) for code, inside in by_township.items()]
        for part in TownshipRun.objects.bulk_create(parts):
            divide_later(part)
    logger.info("division.started", extra={"run": run.pk, "townships": len(parts), "by": by.pk if by else None})
    return run


def _same_run(scope: AdminUnit, asked: dict[str, Any], by_township: dict[str, list[str]]) -> DivisionRun | None:
    """A run of just this that is not done: asking again starts nothing twice, and takes up parts whose job was lost."""
    for run in DivisionRun.objects.filter(scope=scope, state=DivisionRun.State.RUNNING, parameters=asked).order_by("-pk"):
        parts = list(run.townships.select_related("township"))
        if {part.township.code: part.villages for part in parts} == dict(by_township):
            for part in parts:
                if part.finished_at is None:
                    divide_later(part)
            return run
    return None


def divide_later(part: TownshipRun) -> None:
    """Enqueue a township's job with the caller's transaction, behind whatever is urgent; one that waits already will do."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(DIVIDE_TOWNSHIP, queueing_lock=f"division {part.pk}", priority=BEHIND).defer(part=part.pk)


def resume_run(run: DivisionRun, *, by: User, at: datetime) -> None:
    """Take up parts whose job was lost, and try once more what failed; villages that have their draft are not done again."""
    with transaction.atomic():
        run = DivisionRun.objects.select_for_update().get(pk=run.pk)
        again = [part for part in run.townships.select_for_update() if part.finished_at is None or part.failures]
        for part in again:
            if part.finished_at is not None:
                waiting = TownshipRun.State.WAITING
                TownshipRun.objects.filter(pk=part.pk).update(state=waiting, failures={}, started_at=None, finished_at=None)
            divide_later(part)
        if again:
            DivisionRun.objects.filter(pk=run.pk).update(state=DivisionRun.State.RUNNING, finished_at=None)
    logger.info("division.resumed", extra={"run": run.pk, "townships": len(again), "by": by.pk, "at": at.isoformat()})


def divide_township(part: TownshipRun, *, at: datetime, seconds: float = inf) -> bool:
    """Draft the villages of a township that have no draft in this run yet, for so many seconds; answers whether all are through.

    May be stopped anywhere and called again: a draft is one transaction, and what was wrong with a village is kept beside it.
    """
    TownshipRun.objects.filter(pk=part.pk).update(state=TownshipRun.State.RUNNING, started_at=part.started_at or at)
    through = set(GridPlan.objects.filter(run=part.run_id).values_list("unit__code", flat=True)) | set(part.failures)
    choices, began = Choices(**part.run.parameters), monotonic()
    left = [code for code in part.villages if code not in through]
    for n, code in enumerate(left):
        if n and monotonic() - began > seconds:
            return False
        wrong = _draft(part, code, choices, at=at)
        if wrong:
            part.failures[code] = wrong
            TownshipRun.objects.filter(pk=part.pk).update(failures=part.failures)
    return True


def _draft(part: TownshipRun, code: str, choices: Choices, *, at: datetime) -> str:
    """What was wrong with the village; nothing if its draft is there. One bad village keeps no other from its grids."""
    try:
        unit = AdminUnit.objects.current().get(code=code)
        draft_plan(unit, by=part.run.made_by, at=at, run=part.run, choices=choices)
    except Problem as problem:
        return problem.detail
    except IntegrityError:  # a worker taken for dead has drafted it meanwhile
        return "" if GridPlan.objects.filter(run=part.run_id, unit__code=code).exists() else CannotDivide.zh
    except DatabaseError:  # the database is away: the job is tried again
        raise
    except Exception:
        logger.exception("division.village_failed", extra={"run": part.run_id, "unit": code})
        return "程序出错，已记录。请把村码告诉管理系统的人。"
    return ""


def finish_township(part: TownshipRun, *, at: datetime) -> None:
    """Say that a township's villages are all through; with the last township the run is done."""
    with transaction.atomic():
        run = DivisionRun.objects.select_for_update().get(pk=part.run_id)
        part.refresh_from_db()
        state = TownshipRun.State.FAILED if part.failures else TownshipRun.State.DONE
        TownshipRun.objects.filter(pk=part.pk).update(state=state, finished_at=at)
        ended = [TownshipRun.State.DONE, TownshipRun.State.FAILED]
        if not run.townships.exclude(state__in=ended).exists():
            DivisionRun.objects.filter(pk=run.pk).update(state=DivisionRun.State.DONE, finished_at=at)
            logger.info("division.done", extra={"run": run.pk})
