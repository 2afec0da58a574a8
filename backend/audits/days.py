"""Coverage of a grid on a day, with everything that made the figure; and which days wait to be computed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from django.contrib.gis.db import models
from django.db.models import F, Func, Q
from django.utils import timezone

from backend.accounts.models import User, in_stems
from backend.audits.grounds import PatrollableGround
from backend.field.sight import CENTRE_AND_SUPERVISOR
from backend.places.models import Grid


class SeenShape(Func):
    """A stored TWKB shape as the WKB that shapely reads."""

    template = "ST_AsBinary(ST_GeomFromTWKB(%(expressions)s))"
    output_field = models.BinaryField()


class AsSeen(Func):
    """WKB in metres as TWKB of decimetres: a tenth of the bytes, and PostGIS reads it too."""

    template = "ST_AsTWKB(ST_GeomFromWKB(%(expressions)s), 1)"
    output_field = models.BinaryField()


class CoverageDayQuerySet(models.QuerySet["CoverageDay"]):
    def visible_to(self, user: User) -> Self:
        """Figures of grids in the units of a centre, a supervisor or an administrator; no person is in them."""
        return self.filter(in_stems("grid__code", user.stems(timezone.now(), CENTRE_AND_SUPERVISOR)))

    def current(self) -> Self:
        return self.filter(superseded_at=None)

    def known_at(self, at: datetime) -> Self:
        """The figures as they stood at an instant, whatever arrived later."""
        return self.filter(computed_at__lte=at).filter(Q(superseded_at=None) | Q(superseded_at__gt=at))

    def forget_ways(self) -> int:
        """What of sealed days tells where and when somebody went: shapes, pieces of track, ends of silences. Figures stay."""
        return self.update(seen=None, legs=[], silences=[], first_at=None)

    def between(self, first: date, last: date) -> Self:
        return self.filter(day__gte=first, day__lte=last)


class CoverageDay(models.Model):
    """What was seen of one grid on one day. A day nobody came has no row. A row is never changed: another figure is another row.
    Only when its day is sealed, what tells of anybody's way is taken out of it.

    The grid is the one of the plan in force then, so a re-division leaves old days as they were.
    """

    grid = models.ForeignKey(Grid, on_delete=models.CASCADE, related_name="coverage_days")
    ground = models.ForeignKey(PatrollableGround, on_delete=models.RESTRICT, related_name="days")
    day = models.DateField(help_text="the county's calendar day")
    rule_version = models.PositiveSmallIntegerField()
    seen = models.BinaryField(
        null=True, help_text="TWKB in decimetres of the ground's srid: ground that was seen; gone when the day is sealed"
    )
    seen_m2 = models.PositiveBigIntegerField()
    ground_m2 = models.PositiveBigIntegerField()
    no_entry_m2 = models.PositiveBigIntegerField(default=0)
    not_recorded_m2 = models.PositiveBigIntegerField(default=0)
    roads_seen_m = models.PositiveIntegerField(default=0)
    banks_seen_m = models.PositiveIntegerField(default=0)
    places_due = models.PositiveSmallIntegerField(default=0)
    places_reached = models.PositiveSmallIntegerField(default=0)
    visits = models.PositiveIntegerField(default=0)
    duration_s = models.PositiveIntegerField(default=0, help_text="time during which anybody was there; two at once count once")
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    evidence = models.JSONField(default=dict, help_text="key places reached by their best grade: A, B, C, D")
    legs = models.JSONField(default=list, help_text="the pieces of track that made the figure or were left out, and why")
    places = models.JSONField(default=list, help_text="key places due or reached, with the grade")
    refusals = models.JSONField(default=list, help_text="places that could not be entered, with the reason")
    silences = models.JSONField(default=list, help_text="gaps of a patrol with both ends known")
    uncounted = models.JSONField(default=dict, help_text="how many fixes were no evidence, by reason")
    digest = models.CharField(max_length=64, help_text="SHA-256 over everything the figure was made from")
    computed_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)

    objects = CoverageDayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "day"], condition=Q(superseded_at=None), name="one_figure_in_force_per_grid_and_day"
            ),
            models.CheckConstraint(condition=Q(seen_m2__lte=F("ground_m2")), name="no_more_is_seen_than_there_is"),
            models.CheckConstraint(condition=~Q(digest=""), name="every_figure_says_what_made_it"),
        ]
        indexes = [
            models.Index(fields=["grid", "day", "computed_at"], name="coverage_grid_day_known"),
            models.Index(fields=["day"], condition=Q(superseded_at=None), name="coverage_day_in_force"),
        ]

    def __str__(self) -> str:
        return f"coverage of {self.grid_id} on {self.day}"


class TouchedDay(models.Model):
    """Something that counts for a grid's day arrived or changed. The job that computes the day takes its rows away.

    The database does not check the grid: a dozen checks at the commit of every upload, for rows that live for seconds.
    """

    grid = models.ForeignKey(Grid, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    day = models.DateField()
    touched_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["grid", "day"], name="touched_grid_day")]

    def __str__(self) -> str:
        return f"touched {self.grid_id} {self.day}"
