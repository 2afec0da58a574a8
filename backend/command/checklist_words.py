"""Items and admissions as they are told to a desk."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from backend.patrols.admissions import last_day
from backend.patrols.item_fields import DEFAULTS
from backend.patrols.item_words import HAZARDS, KINDS, LEVELS, OVER, PER, RISKS, say_answer, say_frequency, say_list
from backend.patrols.models import ChecklistItem, ItemAdmission

#: What the codes of an item's fields are called, for forms.
WORDS: dict[str, Any] = {
    "object_kind": dict(ChecklistItem.ObjectKind.choices),
    "evidence_policy": dict(ChecklistItem.Evidence.choices),
    "sight": dict(ChecklistItem.Sight.choices),
    "place_kinds": KINDS,
    "risks": RISKS,
    "per": {**PER, OVER: "预警解除后"},
    "hazard": HAZARDS,
    "level": LEVELS,
}


def describe_item(item: ChecklistItem, *, at: datetime) -> dict[str, Any]:
    today = timezone.localtime(at).date()
    return {
        "entry": item.pk,
        "code": item.code,
        "version": item.version,
        "from_": item.valid.lower,
        "to": last_day(item.valid),
        "standing": standing_of(item.valid, today),
        "fields": {name: getattr(item, name) for name in DEFAULTS},
        "said": {
            "object": say_object(item),
            "frequency": say_frequency(item.frequency),
            "evidence": item.get_evidence_policy_display(),
            "sight": item.get_sight_display(),
            "answer": say_answer(item.answer_type),
        },
    }


def say_object(item: ChecklistItem) -> str:
    """To what it applies: ``重点场所（山塘、小水库，高风险）``."""
    parts = [say_list(item.place_kinds, KINDS[item.object_kind])] if item.place_kinds else []
    parts += [f"{say_list(item.risks, RISKS)}风险"] if item.risks else []
    return item.get_object_kind_display() + (f"（{'，'.join(parts)}）" if parts else "")


def standing_of(valid: Any, today: date) -> str:
    if valid.isempty or (valid.upper is not None and valid.upper <= today):
        return "ended"
    return "coming" if valid.lower is not None and today < valid.lower else "in_force"


def describe_admissions(
    rows: Iterable[ItemAdmission], loads: dict[int, dict[str, Any]], *, at: datetime
) -> list[dict[str, Any]]:
    """``loads``: of open applications, what is shown to who decides; of decided ones what was shown is kept."""
    return [_admission(row, loads.get(row.pk) or row.load_note, at=at) for row in rows]


def _admission(row: ItemAdmission, load: dict[str, Any], *, at: datetime) -> dict[str, Any]:
    names = {
        "applied_by": row.applied_by,
        "decided_by": row.approved_by,
        "withdrawn_by": row.withdrawn_by,
    }
    standing = standing_of(row.valid, timezone.localtime(at).date()) if row.state == ItemAdmission.State.ADMITTED else row.state
    return {
        "admission": row.pk,
        "entry": row.item_id,
        "item": row.item.reference,
        "text": row.item.text,
        "line": row.item.line,
        "frequency": say_frequency(row.item.frequency),
        "minutes": row.item.minutes,
        "unit": row.unit.code,
        "unit_name": row.unit.short_name,
        "office": row.office.name if row.office else row.item.office_name,
        "state": row.state,
        "standing": standing,
        "is_temporary": row.is_temporary,
        "ground": row.ground,
        "from_": None if row.valid.isempty else row.valid.lower,
        "to": last_day(row.valid),
        "applied_at": row.applied_at,
        "decided_at": row.approved_at,
        "decision_note": row.decision_note,
        "withdrawn_at": row.withdrawn_at,
        "withdrawal_ground": row.withdrawal_ground,
        "load": load,
        **{name: person.name if person else "" for name, person in names.items()},
    }
