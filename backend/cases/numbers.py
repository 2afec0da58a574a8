"""Numbers of cases: 洲湖-2026-0001, counted in each township and year."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models.functions import Length

from backend.cases.models import Case
from backend.units.models import AdminUnit


def next_number(township: AdminUnit, *, at: datetime) -> str:
    """The next free number; the township's row stays locked until the transaction ends, so two desks never get the same."""
    AdminUnit.objects.select_for_update(no_key=True).get(pk=township.pk)
    name = re.sub("(镇|乡|街道|街道办事处)$", "", township.name) or township.name
    beginning = f"{name}-{at.astimezone(ZoneInfo(settings.COUNTY_TIME_ZONE)).year}-"
    taken = Case.objects.filter(township=township, number__startswith=beginning)
    last = taken.order_by(Length("number").desc(), "-number").values_list("number", flat=True).first()
    return f"{beginning}{int(last.rpartition('-')[2]) + 1 if last else 1:04d}"
