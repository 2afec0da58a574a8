"""What became of a person's calls for help, for the phone they came from: who saw it, who ended it and with which word."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from backend.accounts.models import Office, User
from backend.field.models import HelpCall
from backend.phone.wire import epoch_ms

SHOWN_FOR = timedelta(days=7)
NUMBERS = 2


def help_rows(user: User, at: datetime) -> Iterator[dict[str, Any]]:
    """One's own calls that run, and those of seven days."""
    recent = Q(ended_at=None) | Q(received_at__gt=at - SHOWN_FOR)
    for call in HelpCall.objects.filter(recent, person=user).select_related("seen_by", "ended_by").order_by("called_at", "pk"):
        yield {
            "id": str(call.uuid),
            "state": call.state,
            "called_at": epoch_ms(call.called_at),
            "received_at": epoch_ms(call.received_at),
            "seen_at": epoch_ms(call.seen_at) if call.seen_at else 0,
            "seen_by": call.seen_by.name if call.seen_by else "",
            "ended_at": epoch_ms(call.ended_at) if call.ended_at else 0,
            "ended_by": call.ended_by.name if call.ended_by else "",
            "is_own_end": call.ended_by_person,
            "word": call.end_word,
        }


def help_phones(codes: set[str]) -> list[dict[str, str]]:
    """Numbers of the townships these codes lie in, the centre's first, else the county's; only those given to the public."""
    townships = {f"{code[:9]}000" for code in codes if len(code.rstrip("0")) > 6}
    counties = {f"{code[:6]}000000" for code in codes}
    known = list(Office.objects.filter(unit__code__in=townships | counties).exclude(phone="").select_related("unit"))
    offices = [office for office in known if office.unit.code in townships] or [row for row in known if row.kind == "centre"]
    ordered = sorted(offices, key=lambda office: (office.kind != "centre", office.unit.code, office.code))
    return [{"name": f"{office.unit.short_name}{office.name}", "number": office.phone} for office in ordered[:NUMBERS]]
