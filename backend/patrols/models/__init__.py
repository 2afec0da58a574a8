"""What is asked for on the ground: checklist items, who admitted them, calendars, obligations, tasks, answers, patrols."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef

from backend.accounts.models import User
from backend.patrols.models.answers import Answer
from backend.patrols.models.calendar import AlertLevel, CalendarDay
from backend.patrols.models.items import ChecklistItem, ItemAdmission
from backend.patrols.models.patrols import Patrol
from backend.patrols.models.tasks import Obligation, Task
from backend.places.models import Grid, GridDuty, GridQuerySet

__all__ = [
    "AlertLevel",
    "Answer",
    "CalendarDay",
    "ChecklistItem",
    "ItemAdmission",
    "Obligation",
    "Patrol",
    "Task",
    "grids_of",
]


def grids_of(user: User, at: datetime) -> GridQuerySet:
    """Grids the person has a duty in at an instant."""
    return Grid.objects.filter(Exists(GridDuty.objects.valid_at(at).filter(grid=OuterRef("pk"), user=user)))
