"""Administrative units: county, township, village, with the code that holds everything together."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import DateRangeField
from django.db.models import Q
from django.db.models.functions import Collate

MADE_UP = "边界为合成示意，不代表真实界线"
DRAFTED = "村界是草案，非官方"


class AdminUnitQuerySet(models.QuerySet["AdminUnit"]):
    def current(self) -> Self:
        return self.filter(valid__upper_inf=True)

    def below(self, code: str) -> Self:
        """The unit itself and everything in it; ``code`` may be the short form (6 or 9 digits)."""
        return self.filter(code__startswith=stem(code))

    def within(self, stems: Iterable[str]) -> Self:
        """Units in any of the stems; no stem, no units."""
        query = Q(pk__in=[])
        for beginning in stems:
            query |= Q(code__startswith=beginning)
        return self.filter(query)

    def search(self, words: str) -> Self:
        """By a part of the name or the beginning of the code, in pinyin order."""
        words = words.strip()
        by = Q(code__startswith=words) if words.isdigit() else Q(name__contains=words)
        return self.filter(by).order_by(Collate("name", "zh-x-icu"), "code")


class AdminUnit(models.Model):
    """A county, township or village of one edition of the code table. Codes are text: they start with zeros when cut."""

    class Level(models.TextChoices):
        CITY = "city", "设区市"
        COUNTY = "county", "县"
        TOWNSHIP = "township", "乡镇"
        VILLAGE = "village", "村"

    class Kind(models.TextChoices):
        """What the unit is, as published: never guessed from the range its code lies in."""

        CITY = "city", "设区市"
        DISTRICT = "district", "市辖区"
        COUNTY = "county", "县"
        COUNTY_CITY = "county_city", "县级市"
        STREET = "street", "街道"
        TOWN = "town", "镇"
        TOWNSHIP = "township", "乡"
        ESTATE = "estate", "园区、农场等"
        COMMUNITY = "community", "社区（居委会）"
        VILLAGE = "village", "村（村委会）"
        OTHER = "other", "其他"

    code = models.CharField(max_length=12)
    level = models.CharField(max_length=8, choices=Level)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=60)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    edition = models.CharField(max_length=20, help_text="the dated release of the code table, e.g. 2023-06-30")
    valid = DateRangeField()
    boundary = models.MultiPolygonField(srid=4326, null=True, blank=True)
    boundary_source = models.CharField(max_length=200, blank=True)
    is_synthetic = models.BooleanField(default=False, help_text="the boundary is made up for demonstration")
    is_unofficial = models.BooleanField(default=False, help_text="the boundary is a draft made here; every map says so")
    metric_srid = models.IntegerField(null=True, blank=True, help_text="counties only: EPSG code used for metres")

    objects = AdminUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=Q(valid__upper_inf=True), name="one_current_unit_per_code"),
            models.UniqueConstraint(fields=["code", "edition"], name="one_unit_per_code_and_edition"),
            models.CheckConstraint(condition=Q(code__regex=r"^\d{12}$"), name="unit_code_has_twelve_digits"),
            models.CheckConstraint(
                condition=Q(level__in=["city", "county", "township", "village"]), name="unit_level_is_a_known_level"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=[
                        "city",
                        "district",
                        "county",
                        "county_city",
                        "street",
                        "town",
                        "township",
                        "estate",
                        "community",
                        "village",
                        "other",
                    ]
                ),
                name="unit_kind_is_a_known_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def stem(self) -> str:
        return stem(self.code)

    @property
    def short_name(self) -> str:
        return short_name(self.name)


def border_note(units: Iterable[AdminUnit]) -> str:
    """What has to stand wherever boundaries of these units are shown: made up, or drafts made here. Nothing if they are neither."""
    units = list(units)
    said = [
        MADE_UP if any(unit.is_synthetic for unit in units) else "",
        DRAFTED if any(unit.is_unofficial for unit in units) else "",
    ]
    return "；".join(words for words in said if words)


def short_name(name: str) -> str:
    """What people say: 王屯村 for 王屯村村委会, 南区社区 for 南区社区居委会."""
    short = re.sub("(居民委员会|居委会)$", "", name)
    return re.sub("村?(村民委员会|村委会)$", "村", short) or name


def stem(code: str) -> str:
    """The digits all units below share: 4 for the city, 6 for a county, 9 for a township, 12 for a village."""
    if len(code) != 12:
        return code
    for digits in (4, 6, 9):
        if not code[digits:].strip("0"):
            return code[:digits]
    return code
