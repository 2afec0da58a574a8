"""Limits by which fixes are judged. They are data of the county; these are the defaults."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackLimits:
    """When a fix counts and when a track is cut.

    Accuracies are radii in metres as the phone claims them, speeds metres a second, times seconds.
    """

    #: A fix counts as evidence up to this accuracy.
    counts_accuracy_m: float = 50.0
    #: A fix up to this accuracy is shown with a flag, above it is shown only.
    flagged_accuracy_m: float = 200.0
    #: Between two fixes faster than this nothing was walked, ridden or driven.
    jump_mps: float = 60.0
    #: Longer without a fix is a gap.
    gap_s: float = 120.0
    #: A device that declares its interval is allowed this multiple of it ...
    gap_intervals: float = 2.5
    #: ... but never more than this.
    longest_gap_s: float = 600.0
    #: How far ahead of the receiver a phone's clock may be.
    clock_ahead_s: float = 300.0

    def gap_for(self, interval_s: float | None = None) -> float:
        """Seconds without a fix that are still no gap, for a device that declares its interval or does not.

        >>> TrackLimits().gap_for(), TrackLimits().gap_for(10), TrackLimits().gap_for(100), TrackLimits().gap_for(3600)
        (120.0, 120.0, 250.0, 600.0)
        """
        if interval_s is None:
            return self.gap_s
        return min(max(self.gap_s, self.gap_intervals * interval_s), self.longest_gap_s)


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    """When a key place was reached. Metres and seconds."""

    #: Shorter stays are kept too, and say that they were short.
    dwell_s: float = 60.0
    #: Of a place that states none.
    radius_m: float = 30.0
    #: The radius grows by the fix's accuracy, up to this.
    most_radius_m: float = 100.0


@dataclass(frozen=True, slots=True)
class CoverageLimits:
    """What a leg has seen, and how a grid's share is classed. Metres, days, shares."""

    #: To each side of a leg.
    view_m: float = 40.0
    #: Ground this near to a road, lane, house, bank or key place is patrolled.
    ground_m: float = 60.0
    simplify_m: float = 1.0
    #: Without a visit for so long a grid is a blind spot.
    blind_days: float = 7.0
    classes: tuple[float, ...] = (0.40, 0.60, 0.80, 0.95)
