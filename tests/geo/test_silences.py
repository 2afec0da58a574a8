from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import Gap, GapCause, Reason, legs, silences
from tests.proof import proof


def told(found):
    return [(silence.from_ms // 1000, silence.to_ms // 1000, silence.cause.value) for silence in found]


def test_a_long_time_without_a_fix_is_a_silence_nobody_explained():
    found = silences([0, 60_000, 300_000], [0, 0, 0])
    assert told(found) == [(60, 300, "unknown")] and (found[0].before, found[0].after) == (1, 2) and found[0].seconds == 240


@pytest.mark.parametrize("cause", list(GapCause))
def test_a_declared_gap_gives_its_cause(cause):
    assert told(silences([0, 60_000, 300_000], [0, 0, 0], gaps=[Gap(70_000, 290_000, cause)])) == [(60, 300, cause.value)]


def test_a_short_declared_gap_is_a_silence_too():
    gaps = [Gap(12_000, 28_000, GapCause.PAUSED)]
    assert told(silences([0, 10_000, 30_000, 40_000], [0] * 4, gaps=gaps)) == [(10, 30, "paused")]


def test_the_longest_declared_gap_names_a_silence():
    gaps = [Gap(10_000, 40_000, GapCause.THROTTLED), Gap(50_000, 500_000, GapCause.KILLED), Gap(510_000, 520_000, GapCause.OFF)]
    assert told(silences([0, 600_000], [0, 0], gaps=gaps)) == [(0, 600, "killed")]
    assert told(silences([0, 600_000], [0, 0], gaps=gaps[::-1])) == [(0, 600, "killed")]


def test_positions_too_coarse_to_count_are_no_fix():
    when = np.arange(0, 400_000, 50_000)
    coarse = [0, *[Reason.UNUSABLE_ACCURACY, Reason.LOW_ACCURACY] * 3, 0]
    assert told(silences(when, coarse)) == [(0, 350, "no_fix")]
    mock = [0, *[Reason.UNUSABLE_ACCURACY, Reason.MOCK] * 3, 0]
    assert told(silences(when, mock)) == [(0, 350, "unknown")]


def test_the_ends_of_a_patrol_are_silent_where_nothing_was_recorded():
    found = silences(
        [1_000_000, 1_005_000], [0, 0], began_ms=0, ended_ms=2_000_000, gaps=[Gap(0, 900_000, GapCause.NO_PERMISSION)]
    )
    assert told(found) == [(0, 1000, "no_permission"), (1005, 2000, "unknown")]
    assert [(silence.before, silence.after) for silence in found] == [(None, 0), (1, None)]


def test_a_patrol_without_a_track_is_one_silence():
    assert told(silences([], [], began_ms=0, ended_ms=3_600_000)) == [(0, 3600, "unknown")]
    assert told(silences([5000], [Reason.UNUSABLE_ACCURACY], began_ms=0, ended_ms=3_600_000)) == [(0, 3600, "no_fix")]
    assert silences([], []) == [] and silences([], [], began_ms=0) == [] and silences([], [], ended_ms=0) == []


def test_a_declared_interval_widens_what_is_no_silence():
    assert silences([0, 240_000], [0, 0], interval_s=100) == []


@proof(150, 5000)
@given(
    steps=st.lists(st.integers(0, 300_000), min_size=1, max_size=40),
    reasons=st.lists(st.sampled_from([0, 0, 0, 1, 2, 32]), min_size=40, max_size=40),
    gaps=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(list(GapCause))), max_size=4),
)
def test_a_leg_ends_at_every_silence_and_nowhere_else(steps, reasons, gaps):
    when, bits = np.cumsum(steps), np.array(reasons[: len(steps)])
    declared = [Gap(min(a, b), max(a, b), cause) for a, b, cause in gaps]
    found = silences(when, bits, gaps=declared)
    cut = legs(when, bits, gaps=declared)
    ends = [(int(a[-1]), int(b[0])) for a, b in zip(cut, cut[1:], strict=False)]
    assert [(silence.before, silence.after) for silence in found] == ends
