"""Whatever is tried in whatever order by whomever, the record explains the state, and the database agrees."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backend.accounts.models import User
from backend.cases import actions
from backend.cases.models import Case
from backend.cases.moves import HANDLED, MOVES, VERIFIED, triples
from backend.problems import Problem
from tests.backend.cases.scene import Scene, make_report, make_scene
from tests.proof import proof

pytestmark = pytest.mark.django_db
TRIES = ("register", "reject", "merge", "assign", "return", "reject_case", "start", "feedback", "ask_check", "close", *VERIFIED)
#: Steps that bring a case far, so that random ones are tried everywhere along its way.
AHEAD = ("register", "assign", "start", "feedback", "ask_check", "pass", "close")
plays = st.lists(st.tuples(st.sampled_from(TRIES), st.integers(0, 2), st.integers(0, 4)), max_size=14)


def attempt(scene: Scene, reports: list[Any], name: str, which: int, by: User) -> None:
    at, report = timezone.now(), reports[which]
    case = Case.objects.filter(report=report.uuid).first()
    on_report = {
        "register": lambda: actions.register_case(report, by=by, at=at),
        "reject": lambda: actions.reject_report(report, reason="不归镇里管", by=by, at=at),
        "merge": lambda: actions.merge_report(report, Case.objects.exclude(report=report.uuid).get(), by=by, at=at),
    }
    if name in on_report:
        on_report[name]()
    elif case is not None:
        on_case = {
            "assign": lambda: actions.assign_case(case, scene.office, by=by, at=at),
            "return": lambda: actions.return_case(case, reason="不归我们", by=by, at=at),
            "reject_case": lambda: actions.reject_case(case, reason="不归镇里管", by=by, at=at),
            "start": lambda: actions.start_handling(case, by=by, at=at),
            "feedback": lambda: actions.give_feedback(case, text="办了", by=by, at=at),
            "ask_check": lambda: actions.ask_check(case, by=by, at=at),
            "close": lambda: actions.close_case(case, by=by, at=at),
        } | {result: lambda: actions.verify_case(case, result=name, note="看了", by=by, at=at) for result in VERIFIED}
        on_case[name]()


@proof(short=12, long=400)
@given(ahead=st.integers(0, len(AHEAD)), tried=plays)
def test_the_record_of_any_play_gives_the_state(ahead: int, tried: list[tuple[str, int, int]]) -> None:
    with transaction.atomic():
        scene = make_scene()
        people = [scene.operator, scene.dispatcher, scene.handler, scene.colleague, scene.worker]
        reports = [make_report(scene.worker, scene.grid, text=str(n)) for n in range(3)]
        for step in [(name, 0, 2 if name in HANDLED else 0) for name in AHEAD[:ahead]] + tried:
            try:
                attempt(scene, reports, step[0], step[1], people[step[2]])
            except (Problem, Case.DoesNotExist, Case.MultipleObjectsReturned):
                continue
        for case in Case.objects.all():
            explain(case)
        transaction.set_rollback(True)


def explain(case: Case) -> None:
    """Replay the record by the table of moves."""
    state, handlers, passed = "", set(), False
    for seq, step in enumerate(case.transitions.all(), 1):
        assert step.seq == seq and step.begins == state
        assert (step.operation, step.begins, step.ends) in triples()
        assert step.operation not in VERIFIED or step.by_id not in handlers
        assert passed == (step.operation == "close")
        handlers |= {step.by_id} if step.operation in HANDLED else set()
        state, passed = MOVES[step.operation].ends, step.operation == "pass"
    assert state == case.state
    assert (case.kept_id is not None) == (state == "merged")
    assert bool(case.number) == any(step.operation == "register" for step in case.transitions.all())
