from __future__ import annotations

import pytest

from geo import CoverageLimits, GeoError, PlaceLimits, TrackLimits


def test_the_defaults_are_those_of_the_design() -> None:
    assert PlaceLimits() == PlaceLimits(dwell_s=60, radius_m=30, most_radius_m=100)
    assert CoverageLimits() == CoverageLimits(
        view_m=40, ground_m=60, simplify_m=0.25, blind_days=7, classes=(0.40, 0.60, 0.80, 0.95)
    )


IMPOSSIBLE = [
    (PlaceLimits, {"radius_m": 0}),
    (PlaceLimits, {"radius_m": 101}),
    (PlaceLimits, {"dwell_s": -1}),
    (CoverageLimits, {"view_m": float("nan")}),
    (CoverageLimits, {"ground_m": -60}),
    (CoverageLimits, {"view_m": float("inf")}),
    (CoverageLimits, {"simplify_m": 11}),
    (CoverageLimits, {"blind_days": 0}),
    (CoverageLimits, {"classes": ()}),
    (CoverageLimits, {"classes": (0.5, 0.5)}),
    (CoverageLimits, {"classes": (0.5, 1.1)}),
    (TrackLimits, {"gap_s": 0}),
    (TrackLimits, {"counts_accuracy_m": 201}),
    (TrackLimits, {"jump_mps": float("nan")}),
]


@pytest.mark.parametrize(("kind", "change"), IMPOSSIBLE)
def test_impossible_limits_are_refused(kind, change) -> None:
    with pytest.raises(GeoError, match=next(iter(change))):
        kind(**change)


def test_a_stay_of_no_length_and_a_leg_as_it_is_are_possible() -> None:
    assert PlaceLimits(dwell_s=0).dwell_s == 0 and CoverageLimits(simplify_m=0).simplify_m == 0
