"""What the command centre sees at one moment: the same for everybody whose posts reach over the same units."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from backend.accounts.models import User, in_stems
from backend.command.case_rows import wall
from backend.command.describe import describe_reports, describe_walkers
from backend.command.help_calls import describe_help_calls
from backend.command.messages import SHOWN, describe_alerts
from backend.field.models import CENTRE_AND_SUPERVISOR, HelpCall, LastPosition, Report
from backend.places.models import Grid
from notifications.models import Alert

RECENT = timedelta(hours=48)
AT_MOST, ALERTS = 200, 20  # rows of a kind in one frame


def snapshot(user: User, *, at: datetime) -> dict[str, Any]:
    """People on patrol, reports of two days, alerts, grids nobody is accountable for, the lanes of cases, calls for help."""
    stems = user.stems(at, CENTRE_AND_SUPERVISOR)
    inside = in_stems("grid_code", stems) | (Q(grid_code="") & in_stems("home_code", stems))
    reports = Report.objects.visible_to(user).filter(inside, received_at__gte=at - RECENT)
    return {
        "at": at,
        "people": people(user, at=at),
        "reports": describe_reports(list(reports.select_related("kind", "person").order_by("-received_at", "-pk")[:AT_MOST])),
        "alerts": describe_alerts(_alerts(user, at=at)),
        "alarms": alarms(user, at=at),
        "lanes": wall(user, at=at),
        "help_calls": help_calls(stems, at=at),
    }


def people(user: User, *, at: datetime) -> list[dict[str, Any]]:
    """Who is on patrol, in the order of the grids."""
    return describe_walkers(LastPosition.objects.visible_to(user).order_by("grid_code", "person"), at=at)


def help_calls(stems: Iterable[str], *, at: datetime) -> list[dict[str, Any]]:
    """Who called for help in these areas: what runs, and what ended before anybody looked. Newest first."""
    rows = HelpCall.objects.in_areas(stems).on_the_wall(at).select_related("person", "seen_by", "ended_by")
    return describe_help_calls(list(rows.order_by("-called_at", "-pk")[:AT_MOST]))


def _alerts(user: User, *, at: datetime) -> list[Alert]:
    inside = in_stems("area_stem", user.stems(at, CENTRE_AND_SUPERVISOR))
    recent = Alert.objects.filter(inside, kind__in=SHOWN, updated_at__gte=at - RECENT)
    return list(recent.select_related("made_by").order_by("-made_at", "-pk")[:ALERTS])


def alarms(user: User, *, at: datetime) -> list[dict[str, str]]:
    stems = user.stems(at, CENTRE_AND_SUPERVISOR)
    open_grids = Grid.objects.visible_to(user).filter(in_stems("code", stems)).without_person(at).order_by("code")
    return [
        {"kind": "grid_without_person", "grid": grid.code, "grid_name": grid.name, "text": f"{grid.name}没有责任人"}
        for grid in open_grids[:AT_MOST]
    ]


def scope_of(user: User, *, at: datetime) -> tuple[str, ...]:
    """Names everything a snapshot depends on of a person: equal scopes see equal frames."""
    return tuple(
        [f"see:{stem}" for stem in user.stems(at)] + [f"live:{stem}" for stem in user.stems(at, CENTRE_AND_SUPERVISOR)]
    )
