"""What one step of a case promises: order, reasons, numbers, another pair of eyes, and a record nobody rewrites."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from backend.cases import actions
from backend.cases.models import Case, Transition
from backend.cases.problems import CaseMoved, HandlerCannotVerify, MergeNotPossible, MoveNotPossible, NotThatOffice
from backend.problems import Unreadable
from notifications.models import Alert
from tests.backend.cases.scene import case_at, make_handler, make_office, make_report, make_scene

pytestmark = pytest.mark.django_db


def words(case: Case) -> list[str]:
    return list(case.transitions.values_list("operation", flat=True))


def test_a_case_goes_from_the_report_to_its_close_and_every_step_says_who() -> None:
    scene = make_scene()
    case = case_at(scene, "closed")
    assert case.state == "closed"
    assert words(case) == ["submit", "register", "assign", "start", "feedback", "ask_check", "pass", "close"]
    said = {step.operation: (step.by.name, step.role) for step in case.transitions.all()}
    assert said["submit"] == ("兰小英", "上报人")
    assert said["assign"] == ("邓丽", "派遣员")
    assert said["start"] == ("胡志强", "司法所")


def test_numbers_count_in_the_township_and_year() -> None:
    scene = make_scene()
    now = timezone.now()
    numbers = [case_at(scene, "registered").number for _ in range(2)]
    later = actions.register_case(
        make_report(scene.worker, scene.grid), by=scene.operator, at=now.replace(year=now.year + 1, month=6)
    )
    assert numbers == [f"洲湖-{now.year}-0001", f"洲湖-{now.year}-0002"]
    assert later.number == f"洲湖-{now.year + 1}-0001"


def test_a_report_is_decided_once() -> None:
    scene = make_scene()
    report = make_report(scene.worker, scene.grid)
    actions.reject_report(report, reason="不归镇里管", by=scene.operator, at=timezone.now())
    with pytest.raises(CaseMoved):
        actions.register_case(report, by=scene.chief, at=timezone.now())
    assert Case.objects.get().state == "rejected" and not Case.objects.get().number


def test_who_saw_another_state_is_told_who_moved_it() -> None:
    scene = make_scene()
    case = case_at(scene, "assigned")
    with pytest.raises(CaseMoved, match="邓丽刚改过这里"):
        actions.assign_case(case, scene.office, by=scene.chief, at=timezone.now(), expected="registered")


def test_a_step_that_does_not_begin_here_is_refused() -> None:
    case = case_at(scene := make_scene(), "registered")
    with pytest.raises(MoveNotPossible, match="已立案"):
        actions.close_case(case, by=scene.operator, at=timezone.now())


@pytest.mark.parametrize("result", ["pass", "not_pass", "unable"])
def test_whoever_handled_it_verifies_nothing(result: str) -> None:
    scene = make_scene()
    case = case_at(scene, "post_verify")
    with pytest.raises(HandlerCannotVerify):
        actions.verify_case(case, result=result, note="自己说", by=scene.handler, at=timezone.now())
    with pytest.raises(DatabaseError, match="does not verify"), transaction.atomic():
        step(case, scene.handler, result, "post_verify", {"pass": "post_verify", "not_pass": "rework"}.get(result, "feedback"))


def test_a_colleague_who_took_over_once_is_a_handler_for_good() -> None:
    scene = make_scene()
    now = timezone.now()
    case = case_at(scene, "rework")
    case = actions.start_handling(case, by=scene.colleague, at=now)
    case = actions.give_feedback(case, text="都清走了", by=scene.colleague, at=now)
    case = actions.ask_check(case, by=scene.operator, at=now)
    for one in (scene.handler, scene.colleague):
        with pytest.raises(HandlerCannotVerify):
            actions.verify_case(case, result="pass", by=one, at=now)


def test_a_failed_check_goes_back_to_the_office_and_one_that_could_not_be_done_to_the_centre() -> None:
    scene = make_scene()
    now = timezone.now()
    assert case_at(scene, "rework").state == "rework"
    case = case_at(scene, "post_verify")
    assert actions.verify_case(case, result="unable", note="路断了", by=scene.operator, at=now).state == "feedback"


def test_nothing_is_closed_without_a_check_that_passed() -> None:
    scene = make_scene()
    case = case_at(scene, "post_verify")
    with pytest.raises(MoveNotPossible):
        actions.close_case(case, by=scene.operator, at=timezone.now())
    with pytest.raises(DatabaseError, match="after a check that passed"), transaction.atomic():
        step(case, scene.operator, "close", "post_verify", "closed")


def test_a_refusal_says_why_and_a_result_says_what() -> None:
    scene = make_scene()
    now = timezone.now()
    with pytest.raises(Unreadable):
        actions.reject_report(make_report(scene.worker, scene.grid), reason="  ", by=scene.operator, at=now)
    with pytest.raises(Unreadable):
        actions.give_feedback(case_at(scene, "handling"), text=" ", by=scene.handler, at=now)
    with pytest.raises(Unreadable):
        actions.give_feedback(case_at(scene, "handling"), text="有照片", photos=["ab" * 32], by=scene.handler, at=now)


def test_only_an_office_of_the_township_and_its_own_people_get_a_case() -> None:
    scene = make_scene()
    stranger = make_handler(make_office("PS", "派出所"), "别的人")
    with pytest.raises(NotThatOffice):
        actions.assign_case(
            case_at(scene, "registered"), scene.office, handler=stranger, by=scene.dispatcher, at=timezone.now()
        )


def test_the_people_of_the_office_hear_of_it_each_time() -> None:
    scene = make_scene()
    case_at(scene, "rework")
    told = [sorted(alert.people) for alert in Alert.objects.filter(kind="case_assigned").order_by("pk")]
    assert told == [sorted([scene.handler.pk, scene.colleague.pk])] * 2


def test_a_report_joins_an_open_case_and_no_other() -> None:
    scene = make_scene()
    now = timezone.now()
    kept, done = case_at(scene, "handling"), case_at(scene, "closed")
    merged = actions.merge_report(make_report(scene.worker, scene.grid), kept, by=scene.operator, at=now)
    assert (merged.state, merged.kept, merged.number) == ("merged", kept, "")
    with pytest.raises(MergeNotPossible):
        actions.merge_report(make_report(scene.worker, scene.grid), done, by=scene.operator, at=now)
    with pytest.raises(MergeNotPossible):
        actions.merge_report(make_report(scene.worker, scene.grid), merged, by=scene.operator, at=now)
    assert Case.objects.count() == 3


def test_the_record_is_never_rewritten_and_the_state_never_set_by_hand() -> None:
    case = case_at(make_scene(), "handling")
    refused: list[Any] = [
        lambda: Transition.objects.filter(case=case).update(note="别的"),
        lambda: Transition.objects.filter(case=case).delete(),
        lambda: Case.objects.filter(pk=case.pk).update(state="closed"),
        lambda: Case.objects.filter(pk=case.pk).update(state="somewhere"),
        lambda: step(case, case.reporter, "feedback", "assigned", "feedback"),
        lambda: step(case, case.reporter, "close", "handling", "closed"),
        lambda: step(case, case.reporter, "feedback", "handling", "feedback", note=""),
        lambda: Case.objects.filter(pk=case.pk).update(office=None),
        lambda: Case.objects.filter(pk=case.pk).delete(),
    ]
    for change in refused:
        with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
            change()
    with connection.cursor() as cursor:
        cursor.execute("select state from cases_case where id = %s", [case.pk])
        assert cursor.fetchone() == ("handling",)


def step(case: Case, by: Any, operation: str, begins: str, ends: str, *, note: str = "随便") -> None:
    """A step written past the actions."""
    at = timezone.now() + timedelta(seconds=1)
    seq = case.transitions.count() + 1
    Transition.objects.create(
        case=case, seq=seq, operation=operation, begins=begins, ends=ends, by=by, note=note, at=at, received_at=at
    )
