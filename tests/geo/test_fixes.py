from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import Reason, TrackLimits, decode_columns, judge_fixes
from geo.errors import AxisSwapped, BadTrack, GeoError, MissingCRS, UnknownCRS
from geo.fixes import LARGEST, UNKNOWN, distances_m
from geo.limits import WALK_MPS
from tests.proof import proof

NOON = 1_800_000_000_000


def columns(count=3, **changes):
    """A walk of ``count`` fixes at 1 m/s, five seconds apart, accurate to 5 m."""
    walk = {
        "crs": "wgs84",
        "t0": NOON,
        "dt": [0] + [5000] * (count - 1),
        "lon": [1_145_000_000] + [500] * (count - 1),
        "lat": [274_000_000] + [0] * (count - 1),
        "acc": [10] * count,
    }
    return walk | changes


def test_a_plain_walk_has_no_reason_against_it():
    fixes = decode_columns(**columns(speed=[10, -1, 12]))
    assert fixes.time_ms.tolist() == [NOON, NOON + 5000, NOON + 10000]
    assert np.allclose(fixes.lon, [114.5, 114.50005, 114.5001]) and np.allclose(fixes.lat, 27.4)
    assert fixes.accuracy.tolist() == [10, 10, 10] and fixes.speed.tolist() == [10, UNKNOWN, 12]
    assert fixes.reasons.tolist() == [0, 0, 0] and fixes.counts.all() and len(fixes) == 3


@pytest.mark.parametrize(("half_metres", "reason"), [(100, 0), (101, 1), (400, 1), (401, 2), (10**6, 2), (-1, 2)])
def test_accuracy_up_to_50_counts_and_up_to_200_is_flagged(half_metres, reason):
    assert decode_columns(**columns(acc=[10, half_metres, 10])).reasons[1] == reason


def test_a_fix_too_far_for_its_time_is_a_jump_and_is_kept():
    fixes = decode_columns(**columns(lon=[1_145_000_000, 50_000, 0]))  # 494 m in 5 s
    assert fixes.reasons.tolist() == [0, Reason.JUMP, 0] and len(fixes) == 3


def test_what_both_accuracies_explain_is_no_jump():
    jump = columns(lon=[1_145_000_000, 38_000, 0], acc=[100, 100, 100])  # 375 m in 5 s, 100 m of doubt
    assert decode_columns(**jump).reasons.tolist() == [0, Reason.FAST, 0]
    assert decode_columns(**jump | {"acc": [10, 10, 10]}).reasons[1] == Reason.JUMP


def test_faster_than_anybody_rides_is_flagged_and_still_evidence():
    car = columns(lon=[1_145_000_000, 16_000, 16_000])  # 158 m in 5 s: 31 m/s
    fixes = decode_columns(**car)
    assert fixes.reasons.tolist() == [0, Reason.FAST, Reason.FAST] and fixes.counts.all()
    assert not decode_columns(**car, fastest_mps=40).reasons.any()


def test_a_patrol_on_foot_is_judged_by_walking():
    ride = columns(lon=[1_145_000_000, 6_000, 6_000], acc=[2, 2, 2])  # 59 m in 5 s: 12 m/s
    assert not decode_columns(**ride).reasons.any()
    assert decode_columns(**ride, fastest_mps=WALK_MPS).reasons.tolist() == [0, Reason.FAST, Reason.FAST]


def test_what_both_accuracies_explain_is_not_fast():
    ride = columns(lon=[1_145_000_000, 6_000, 6_000], acc=[40, 40, 40])
    assert not decode_columns(**ride, fastest_mps=WALK_MPS).reasons.any()


def test_a_useless_fix_does_not_make_its_neighbours_jump():
    fixes = decode_columns(**columns(lon=[1_145_000_000, 500_000, -499_500], acc=[10, 2000, 10]))
    assert fixes.reasons.tolist() == [0, Reason.UNUSABLE_ACCURACY, 0]


def test_a_late_comer_is_flagged_and_sorted():
    fixes = decode_columns(**columns(dt=[0, 10_000, -4_000]))
    assert fixes.time_ms.tolist() == [NOON, NOON + 6000, NOON + 10_000]
    assert fixes.reasons.tolist() == [0, Reason.OUT_OF_ORDER, 0]
    assert np.allclose(fixes.lon, [114.5, 114.5001, 114.50005])


def test_the_same_instant_twice_is_flagged_and_kept():
    assert decode_columns(**columns(dt=[0, 0, 5000])).reasons.tolist() == [0, Reason.REPEATED, 0]


@pytest.mark.parametrize("year_ms", [-2_177_452_800_000, 0, 2_147_483_648_000])
def test_the_years_1901_1970_and_2038_are_kept_with_a_bad_clock(year_ms):
    fixes = decode_columns(**columns(t0=year_ms), received_ms=NOON)
    assert (fixes.reasons & Reason.BAD_CLOCK).all() and fixes.time_ms[0] == year_ms and not fixes.counts.any()


def test_a_clock_that_is_known_to_be_wrong_is_corrected():
    hour = 3_600_000
    assert decode_columns(**columns(t0=NOON + hour), received_ms=NOON).reasons.all()
    fixes = decode_columns(**columns(t0=NOON + hour), clock_offset_ms=-hour, received_ms=NOON)
    assert not fixes.reasons.any() and fixes.time_ms[0] == NOON


def test_a_simulated_position_is_flagged():
    assert decode_columns(**columns(mock=[0, 1, 0])).reasons.tolist() == [0, Reason.MOCK, 0]


def test_a_named_datum_is_converted():
    plain, shifted = decode_columns(**columns()), decode_columns(**columns(crs="gcj02"))
    assert 500 < distances_m([plain.lon[0], shifted.lon[0]], [plain.lat[0], shifted.lat[0]])[0] < 700


def test_large_values_are_stored_as_this_or_more():
    fixes = decode_columns(**columns(acc=[10, 70_000, 10], speed=[0, 10**9, -5]))
    assert fixes.accuracy[1] == LARGEST and fixes.speed.tolist() == [0, LARGEST, UNKNOWN]


@pytest.mark.parametrize("count", [1, 5000])
def test_one_to_five_thousand_fixes_are_read(count):
    assert len(decode_columns(**columns(count))) == count


UNREADABLE = {
    "no fix": {"dt": []},
    "5,001 fixes": columns(5001),
    "a shorter column": {"lon": [1]},
    "a longer column": {"acc": [1] * 4},
    "no column": {"acc": None},
    "not a number": {"acc": [1, float("nan"), 1]},
    "infinity": {"lat": [float("inf"), 0, 0]},
    "text": {"acc": ["1", "2", "3"]},
    "a list in the list": {"lon": [[1], [2], [3]]},
    "ragged": {"lon": [1, [2], 3]},
    "truth values": {"dt": [True, False, True]},
    "beyond 64 bits": {"acc": [2**70, 0, 0]},
    "steps that overflow": {"dt": [2**62, 2**62, 2**62]},
    "sums off the scale": {"dt": [2**51, 2**51, 2**51]},
    "east of 180": {"lon": [1_800_000_001, 0, 0]},
    "north of 90": {"lat": [900_000_001, 0, 0], "lon": [0, 0, 0]},
    "a time as text": {"t0": "2026"},
    "a time as a fraction": {"t0": 1.5},
    "no time": {"t0": None},
    "a time beyond everything": {"t0": 10**400},
    "a scalar": {"acc": 5},
}


@pytest.mark.parametrize("case", sorted(UNREADABLE))
def test_only_the_unreadable_is_refused(case):
    with pytest.raises(BadTrack):
        decode_columns(**columns() | UNREADABLE[case])


def test_swapped_axes_are_named_as_such():
    walk = columns()
    with pytest.raises(AxisSwapped, match="longitude"):
        decode_columns(**walk | {"lon": walk["lat"], "lat": walk["lon"]})


def test_a_track_without_a_datum_is_refused():
    with pytest.raises(MissingCRS):
        decode_columns(**columns(crs=None))
    with pytest.raises(UnknownCRS):
        decode_columns(**columns(crs="mars"))


def test_limits_are_the_countys():
    strict = TrackLimits(counts_accuracy_m=4, jump_mps=0.5)
    fixes = decode_columns(**columns(acc=[0, 0, 10]), limits=strict)
    assert fixes.reasons.tolist() == [0, Reason.JUMP, Reason.LOW_ACCURACY]


@proof(150, 5000)
@given(
    readings=st.lists(
        st.tuples(
            st.integers(NOON - 10**6, NOON + 10**6),
            st.floats(113, 118),
            st.floats(24, 31),
            st.integers(-1, 100_000),
            st.integers(-1, 100_000),
            st.booleans(),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_no_reading_is_ever_dropped(readings):
    when, lon, lat, acc, speed, mock = (np.array(column) for column in zip(*readings, strict=True))
    fixes = judge_fixes(when, lon, lat, acc, speed, mock)
    assert sorted(fixes.time_ms) == fixes.time_ms.tolist() == sorted(when)
    assert sorted(zip(fixes.lon, fixes.lat, strict=True)) == sorted(zip(lon, lat, strict=True))


anything = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(max_size=3), st.booleans(), st.lists(st.integers(), max_size=3)
)


@proof(200, 5000)
@given(changes=st.dictionaries(st.sampled_from(["crs", "t0", "dt", "lon", "lat", "acc", "speed", "mock"]), anything))
def test_nonsense_is_an_error_of_ours_and_nothing_else(changes):
    try:
        decode_columns(**columns() | changes)
    except GeoError as error:
        assert str(error)
