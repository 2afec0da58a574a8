"""By which limits a county judges."""

from __future__ import annotations

from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db.models import Q
from django.utils import timezone

from backend.accounts.models import User
from backend.units.models import AdminUnit


class RuleSetQuerySet(models.QuerySet["RuleSet"]):
    def visible_to(self, user: User) -> Self:
        """How a county judges is open to everybody with a post in it."""
        codes = {f"{beginning[:6]}000000" for beginning in user.stems(timezone.now())}
        return self.filter(county__code__in=codes)


class RuleSet(models.Model):
    """A county's limits, one version in force at a time. What was judged says by which version; old versions stay readable."""

    county = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="rule_sets")
    version = models.PositiveSmallIntegerField()
    limits = models.JSONField(default=dict, help_text="what differs from the defaults, by group")
    valid = DateTimeRangeField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        ordering = ["county", "version"]
        constraints = [
            models.UniqueConstraint(fields=["county", "version"], name="one_rule_set_per_county_and_version"),
            models.CheckConstraint(condition=Q(version__gte=1), name="rule_set_versions_begin_at_1"),
            ExclusionConstraint(
                name="one_rule_set_in_force_per_county_and_time",
                expressions=[("county", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
            ),
        ]

    def __str__(self) -> str:
        return f"rules {self.version} of {self.county_id}"
