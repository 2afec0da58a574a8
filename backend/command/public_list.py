"""The published list of a county (事项准入清单): anybody may read what grid staff are asked, by whom and on what ground."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from backend.command.checklist import known_lines
from backend.command.checklist_words import say_object
from backend.patrols.admissions import last_day
from backend.patrols.item_words import say_frequency
from backend.patrols.models import ChecklistItem, ItemAdmission
from backend.units.models import AdminUnit

NO_EVIDENCE = ChecklistItem.Evidence.NONE


@require_safe
def public_list(request: HttpRequest, code: str) -> HttpResponse:
    """No sign-in. Of restricted items only how many there are and whose."""
    units = AdminUnit.objects.current().filter(level=AdminUnit.Level.COUNTY)
    return render(request, "command/public_list.html", describe_list(get_object_or_404(units, code=code)))


def describe_list(county: AdminUnit) -> dict[str, Any]:
    at = timezone.now()
    rows = ItemAdmission.objects.valid_on(at).filter(item__county=county).select_related("item", "unit", "office")
    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    hidden: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows.order_by("item__line", "item__code", "unit__code"):
        office = row.office.name if row.office else row.item.office_name
        if row.item.sight == ChecklistItem.Sight.RESTRICTED:
            hidden[row.item.line, office] += 1
        else:
            lines[row.item.line].append(_public(row, office))
    return {
        "county": county,
        "day": timezone.localtime(at).date(),
        "lines": [{"name": name, "rows": lines[name]} for name in known_lines(county, lines) if name in lines],
        "count": sum(map(len, lines.values())),
        "hidden": [{"line": line, "office": office, "count": count} for (line, office), count in hidden.items()],
        "is_demo": settings.IS_DEMO,
    }


def _public(row: ItemAdmission, office: str) -> dict[str, Any]:
    item = row.item
    asked = "" if item.evidence_policy == NO_EVIDENCE else item.get_evidence_policy_display()
    return {
        "text": item.text,
        "object": say_object(item),
        "frequency": say_frequency(item.frequency) or "派单时才做",
        "office": office,
        "evidence": asked,
        "why": item.necessity_ground if asked else "",
        "minutes": item.minutes,
        "legal": item.legal_ground,
        "unit": row.unit.short_name,
        "is_temporary": row.is_temporary,
        "to": last_day(row.valid),
    }
