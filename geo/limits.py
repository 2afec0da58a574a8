"""Limits by which fixes, stays and seen ground are judged. They are data of the county; these are the defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass

from geo.errors import BadLimits

#: Metres a second nobody walks, and nobody rides on patrol.
WALK_MPS, RIDE_MPS = 8.0, 25.0


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

    def __post_init__(self) -> None:
        _check_positive(self, "jump_mps", "gap_s", "gap_intervals", "longest_gap_s")
        _check_positive(self, "counts_accuracy_m", "flagged_accuracy_m", "clock_ahead_s", or_zero=True)
        if self.counts_accuracy_m > self.flagged_accuracy_m:
            raise BadLimits(f"counts_accuracy_m {self.counts_accuracy_m} is above flagged_accuracy_m {self.flagged_accuracy_m}")

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
    """When a key place is reached by staying there. Metres and seconds."""

    #: A stay this long is a stay; a shorter one is kept with its length.
    dwell_s: float = 60.0
    #: Of a place that states no radius. As near as this, and what the phone says it may be wrong by, is at the place ...
    radius_m: float = 30.0
    #: ... but never farther than this.
    most_radius_m: float = 100.0

    def __post_init__(self) -> None:
        _check_positive(self, "radius_m", "most_radius_m")
        _check_positive(self, "dwell_s", or_zero=True)
        if self.radius_m > self.most_radius_m:
            raise BadLimits(f"radius_m {self.radius_m} is above most_radius_m {self.most_radius_m}")


@dataclass(frozen=True, slots=True)
class CoverageLimits:
    """Which ground is patrollable and how far a person sees. Metres, days and shares."""

    #: How far to each side of a leg ground is seen.
    view_m: float = 40.0
    #: Ground this near to a road, lane, bank, building or key place is patrollable.
    ground_m: float = 60.0
    #: How far a leg may be moved to have fewer corners; 0 for not at all.
    simplify_m: float = 0.25
    #: A grid without a visit for this many days is a blind spot.
    blind_days: int = 7
    #: Shares at which a grid changes its class, rising.
    classes: tuple[float, ...] = (0.40, 0.60, 0.80, 0.95)

    def __post_init__(self) -> None:
        _check_positive(self, "view_m", "ground_m", "blind_days")
        _check_positive(self, "simplify_m", or_zero=True)
        if self.simplify_m > self.view_m / 4:
            raise BadLimits(f"simplify_m {self.simplify_m} is above a quarter of view_m {self.view_m}")
        rising = all(low < high for low, high in zip(self.classes, self.classes[1:], strict=False))
        if not self.classes or not rising or not all(0.0 < share <= 1.0 for share in self.classes):
            raise BadLimits(f"classes {self.classes} are no rising shares above 0 and up to 1")


def _check_positive(limits: object, *names: str, or_zero: bool = False) -> None:
    for name in names:
        value = getattr(limits, name)
        if not math.isfinite(value) or value < 0 or (value == 0 and not or_zero):
            raise BadLimits(f"{name} is {value}; it must be a number above {'or equal to ' if or_zero else ''}0")
