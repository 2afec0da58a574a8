"""A plan published between looking and giving: nothing is put on a grid that is no longer in force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.patrols.actions import assign_task
from backend.patrols.models import Task
from backend.places.duties import assign_duty
from backend.places.models import Grid, GridDuty, GridPlan
from backend.problems import Conflict
from tests.backend.builders import make_checklist, make_township, make_village, make_worker

pytestmark = pytest.mark.django_db


def grid_retired_after_it_was_read() -> Grid:
    village = make_village()
    make_worker(village.grids[0])
    make_checklist(make_township())
    grid = Grid.objects.select_related("plan").get(pk=village.grids[0].pk)
    GridPlan.objects.filter(pk=village.plan.pk).update(state="retired", retired_at=timezone.now())
    return grid


def test_a_task_is_not_given_on_a_grid_retired_meanwhile() -> None:
    grid, now = grid_retired_after_it_was_read(), timezone.now()
    with pytest.raises(Conflict):
        assign_task(grid, items=["FH-01@1"], ground="防火", window=(now, now + timedelta(days=1)), by=None, at=now)
    assert not Task.objects.exists()


def test_nobody_becomes_accountable_for_a_grid_retired_meanwhile() -> None:
    grid, now = grid_retired_after_it_was_read(), timezone.now()
    holder = GridDuty.objects.get(grid=grid)
    with pytest.raises(Conflict):
        assign_duty(grid, holder.user, role="stand_in", by=None, at=now)
    assert GridDuty.objects.count() == 1
