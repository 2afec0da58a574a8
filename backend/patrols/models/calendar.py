"""Which days are worked in a county, and which dangers are announced: what frequencies hang on."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import DateTimeRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q

from backend.accounts.models import User
from backend.units.models import AdminUnit


class CalendarDay(models.Model):
    """A day the county says something of: worked though a Sunday, free though a Monday, the first day of a festival."""

    class Kind(models.TextChoices):
        WORK = "work", "上班"
        REST = "rest", "休息"

    county = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="calendar_days")
    day = models.DateField()
    kind = models.CharField(max_length=6, choices=Kind)
    festival = models.CharField(max_length=20, blank=True, help_text="its name, on the first day of a festival")
    source = models.CharField(max_length=60, help_text="the notice it was taken from, or who set it")

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["county", "day"], name="one_word_of_a_county_on_a_day"),
            models.CheckConstraint(condition=Q(kind__in=["work", "rest"]), name="calendar_day_kind_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind}"


class AlertLevelQuerySet(models.QuerySet["AlertLevel"]):
    def valid_at(self, at: datetime) -> Self:
        return self.filter(valid__contains=at)


class AlertLevel(models.Model):
    """A danger announced for a unit, from when to when (预警). It raises frequencies and ends by itself."""

    class Hazard(models.TextChoices):
        FIRE = "fire", "森林火险"
        FLOOD = "flood", "洪水"
        STORM = "storm", "暴雨"
        GEOLOGY = "geology", "地质灾害"
        HEAT = "heat", "高温"
        COLD = "cold", "寒潮"

    class Level(models.TextChoices):
        BLUE = "blue", "蓝色"
        YELLOW = "yellow", "黄色"
        ORANGE = "orange", "橙色"
        RED = "red", "红色"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="alert_levels")
    hazard = models.CharField(max_length=10, choices=Hazard)
    level = models.CharField(max_length=10, choices=Level)
    ground = models.CharField(max_length=200, help_text="the notice: who announced it, its number")
    valid = DateTimeRangeField(help_text="half-open; always ends")
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    raised_at = models.DateTimeField()
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="when somebody lifted it before its time")

    objects = AlertLevelQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hazard__in=["fire", "flood", "storm", "geology", "heat", "cold"]), name="alert_hazard_is_known"
            ),
            models.CheckConstraint(condition=Q(level__in=["blue", "yellow", "orange", "red"]), name="alert_level_is_known"),
            models.CheckConstraint(condition=Q(valid__upper_inf=False), name="an_alert_level_always_ends"),
        ]
        indexes = [GistIndex(fields=["valid"], name="alert_level_valid_gist")]

    def __str__(self) -> str:
        return f"{self.hazard} {self.level}"
