"""What became of what a person reported, in words for that person. Nobody else's words are in it but the reason of a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from backend.accounts.models import User
from backend.cases.models import Case, Transition
from backend.field.models import Report
from backend.phone.wire import epoch_ms

REPORTED_FOR = timedelta(days=30)
AT_MOST = 100
ON_THE_WAY = {
    "registered": "立案了，等派给单位",
    "returned": "立案了，正在换一个单位办",
    "assigned": "派给了{office}，等签收",
    "handling": "{office}正在办",
    "feedback": "{office}办完了，还要请别人核查",
    "post_verify": "{office}办完了，正在核查",
    "rework": "核查没通过，{office}要再办一次",
    "closed": "办好了，核查过，结案了",
}


def reported_rows(user: User, at: datetime) -> Iterator[dict[str, Any]]:
    """One's own reports of thirty days, each with where it stands now."""
    reports = Report.objects.filter(person=user, received_at__gt=at - REPORTED_FOR).select_related("kind")
    newest = list(reports.order_by("-received_at", "-pk")[:AT_MOST])
    cases = Case.objects.visible_to(user).filter(reporter=user, report__in=[report.uuid for report in newest])
    known = {case.report: case for case in cases.select_related("office", "kept__office")}
    refused = Transition.objects.filter(case__in=known.values(), operation="reject")
    reasons = dict(refused.values_list("case", "note"))
    for report in newest:
        case = known.get(report.uuid)
        yield {
            "id": str(report.uuid),
            "kind": report.kind.name if report.kind else "其他",
            "text": report.text[:80],
            "at": epoch_ms(report.occurred_at),
            "state": case.state if case else "submitted",
            "number": _number(case),
            "words": _words(case, reasons),
            "moved_at": epoch_ms(case.moved_at if case else report.received_at),
        }


def _number(case: Case | None) -> str:
    if case is None:
        return ""
    return case.kept.number if case.kept else case.number


def _words(case: Case | None, reasons: dict[int, str]) -> str:
    if case is None:
        return "镇里收到了，还没受理"
    if case.state == "rejected":
        return f"没有立案。镇里说：{reasons.get(case.pk, '')}"
    if case.kept:
        return f"和另一条上报是同一件事，一起办。{_on_the_way(case.kept)}"
    return _on_the_way(case)


def _on_the_way(case: Case) -> str:
    return ON_THE_WAY.get(case.state, "").format(office=case.office.name if case.office else "单位")
