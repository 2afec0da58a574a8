"""What a phone is told about the person it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from backend.accounts.actions import NOTICE_VERSION, has_consented, record_consent
from backend.accounts.live import wake_desks
from backend.accounts.models import AccessEntry, Consent, Device, User
from backend.accounts.tickets import live_address
from backend.audits.models import RetentionHold
from backend.field.models import ReportKind
from backend.phone.auth import has_duty
from backend.phone.helped import help_phones
from backend.phone.notice import NOTICE
from backend.phone.retention import Erased, erase_tracks
from backend.phone.schemas import LimitsOut
from backend.phone.trackers.keeping import forget_sealed
from backend.phone.wire import epoch_ms
from backend.places.models import GridDuty
from backend.places.rules import rules_at
from notifications.ways import push_key

LOOKS = 50


def person_of(user: User) -> dict[str, Any]:
    return {"id": user.uuid, "name": user.name}


def about_me(device: Device, *, at: datetime) -> dict[str, Any]:
    """Duties, posts, consent, limits, kinds of report, and who looked at this person."""
    user = device.user
    duties = list(GridDuty.objects.valid_at(at).filter(user=user).select_related("grid__village").order_by("grid__code"))
    posts = list(user.posts.valid_at(at).select_related("unit").order_by("unit__code", "role"))
    counties = {f"{duty.grid.code[:6]}000000" for duty in duties} | {f"{post.unit.code[:6]}000000" for post in posts}
    consent = user.consents.filter(notice_version=NOTICE_VERSION).last()
    return {
        "person": person_of(user),
        "device": device.uuid,
        "grids": [{"code": duty.grid.code, "name": duty.grid.name, "role": duty.role} for duty in duties],
        "posts": [{"role": post.role, "unit": post.unit.code, "unit_name": post.unit.name} for post in posts],
        "can_upload_only": not has_duty(user, at=at),
        "notice": {"version": NOTICE_VERSION, "text": NOTICE},
        "consent": consent.decision if consent else None,
        "limits": _limits(min(counties, default=""), at),
        "report_kinds": list(ReportKind.objects.filter(county__code__in=counties)),
        "live_url": live_address(),
        "push_key": push_key(),
        "synthetic": any(duty.grid.village.is_synthetic for duty in duties),
        "looks": _looks(user),
        "holds": _holds(user),
        "help_phones": help_phones({duty.grid.code for duty in duties} | {post.unit.code for post in posts}),
    }


def _limits(county: str, at: datetime) -> LimitsOut:
    rules = rules_at(county, at)
    return LimitsOut(gap_s=round(rules.track.gap_s), dwell_s=round(rules.place.dwell_s))


def answer_notice(user: User, *, notice_version: str, decision: str, at: datetime) -> dict[str, Any]:
    """Keep the answer to the notice on tracks. Whoever takes consent back is on no map from this moment, and their tracks go."""
    with transaction.atomic():
        consent = record_consent(user, notice_version=notice_version, decision=decision, at=at)
        gone = Erased(0, 0)
        if decision != Consent.Decision.GIVEN and not has_consented(user):
            gone = erase_tracks(user, at=at)
            forget_sealed(user)
            wake_desks()
    return {"decision": consent.decision, "erased": gone.erased, "held_back": gone.held_back}


def _looks(user: User) -> list[dict[str, Any]]:
    entries = AccessEntry.objects.filter(about=user).exclude(by=user).select_related("by")[:LOOKS]
    return [{"at": epoch_ms(entry.at), "by": entry.by.name, "what": entry.what, "reason": entry.reason} for entry in entries]


def _holds(user: User) -> list[dict[str, Any]]:
    rows = RetentionHold.objects.in_force().filter(person=user)
    return [
        {"first_day": row.first_day, "last_day": row.last_day, "ground": row.get_ground_display(), "reason": row.reason}
        for row in rows
    ]
