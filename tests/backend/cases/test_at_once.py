"""Two desks at the same moment: one step is taken, the other desk is told; no number is given twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from backend.cases import actions
from backend.cases.models import Case
from backend.problems import Conflict
from tests.backend.cases.scene import case_at, make_report, make_scene

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], Case]) -> list[str]:
    """Run acts at once, each on a connection of its own; the states they ended in, or the problem's slug."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Case]) -> str:
        try:
            start.wait(10)
            return act().state
        except Conflict as problem:
            return problem.slug
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_of_two_desks_that_assign_at_once_one_is_told() -> None:
    scene = make_scene()
    case, at = case_at(scene, "registered"), timezone.now()
    told = together(
        *(
            lambda who=who: actions.assign_case(case, scene.office, by=who, at=at, expected="registered")
            for who in (scene.dispatcher, scene.chief)
        )
    )
    assert told == ["assigned", "case_moved"]
    assert case.transitions.filter(operation="assign").count() == 1


def test_of_two_desks_that_decide_on_a_report_at_once_one_is_told() -> None:
    scene = make_scene()
    report, at = make_report(scene.worker, scene.grid), timezone.now()
    told = together(
        lambda: actions.register_case(report, by=scene.operator, at=at),
        lambda: actions.reject_report(report, reason="不归镇里管", by=scene.chief, at=at),
    )
    assert told in (["case_moved", "registered"], ["case_moved", "rejected"])
    assert Case.objects.get().transitions.count() == 2


def test_reports_registered_at_once_get_numbers_of_their_own() -> None:
    scene = make_scene()
    reports, at = [make_report(scene.worker, scene.grid) for _ in range(4)], timezone.now()
    told = together(*(lambda one=one: actions.register_case(one, by=scene.operator, at=at) for one in reports))
    assert told == ["registered"] * 4
    numbers = sorted(Case.objects.values_list("number", flat=True))
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003", "0004"]
