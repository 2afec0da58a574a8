from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import Reason, TrackLimits, breaks, decode_track, encode_track, judge_fixes, legs, merge_tracks
from geo.errors import BadTrack, BadTwkb
from tests.proof import proof

NOON = 1_800_000_000_000
#: LINESTRING M (114.5 27.4 1800000000000, 114.6000001 27.5 1800000001000, -0.0000001 -89.9 -2177452800000), as PostGIS 15
#: reads it with ST_GeomFromTWKB.
KNOWN = "e208020380c1fac30880a2a7850280c0e285e36882897a80897ad00f83caf4c408ffc5cedf08cfafcaaac2e701"
#: POINT M (114.5 27.4 1800000000000), likewise.
KNOWN_POINT = "e1080280c1fac30880a2a7850280c0e285e368"


def test_a_track_is_the_bytes_postgis_reads():
    line = encode_track(
        [114.5, 114.6000001, -0.0000001], [27.4, 27.5, -89.9], [1_800_000_000_000, 1_800_000_001_000, -2_177_452_800_000]
    )
    assert line.hex() == KNOWN
    assert encode_track([114.5], [27.4], [1_800_000_000_000]).hex() == KNOWN_POINT


fixes = st.lists(
    st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000), st.integers(-(2**52), 2**52)),
    min_size=1,
    max_size=60,
)


@proof(200, 5000)
@given(fixes=fixes)
def test_what_is_encoded_is_decoded(fixes):
    lon, lat, when = np.array(fixes, dtype=np.int64).T
    back_lon, back_lat, back_when = decode_track(encode_track(lon / 1e7, lat / 1e7, when))
    assert (np.rint(back_lon * 1e7) == lon).all() and (np.rint(back_lat * 1e7) == lat).all()
    assert (back_when == when).all()


def test_a_walk_costs_a_few_bytes_a_fix():
    step = np.arange(600)
    assert len(encode_track(114.5 + step * 5e-5, 27.4 + step * 3e-5, 1_800_000_000_000 + step * 5000)) < 600 * 8


@pytest.mark.parametrize("columns", [([], [], []), ([1.0], [1.0, 2.0], [1]), ([np.nan], [1.0], [1]), (1.0, 1.0, 1)])
def test_no_track_is_no_bytes(columns):
    with pytest.raises(BadTrack):
        encode_track(*columns)


@proof(200, 5000)
@given(end=st.integers(0, len(KNOWN) // 2 - 1))
def test_bytes_cut_off_anywhere_are_refused(end):
    with pytest.raises(BadTwkb):
        decode_track(bytes.fromhex(KNOWN)[:end])


@pytest.mark.parametrize("twkb", ["", "e20802", "e2080200", "010802", "e20802" + "ff" * 12 + "01", "e2080202020202"])
def test_other_bytes_are_refused(twkb):
    with pytest.raises(BadTwkb):
        decode_track(bytes.fromhex(twkb))


def test_a_leg_ends_at_a_gap_at_a_jump_and_at_a_declared_pause():
    when = np.array([0, 100, 200, 321, 400, 500, 600]) * 1000
    reasons = [0, 0, 0, 0, 0, Reason.JUMP, 0]
    assert [leg.tolist() for leg in legs(when, reasons)] == [[0, 1, 2], [3, 4], [5, 6]]
    paused = legs(when, np.zeros(7, int), gaps=[(110_000, 190_000)])
    assert [leg.tolist() for leg in paused] == [[0, 1], [2], [3, 4, 5, 6]]


def test_a_declared_interval_widens_the_gap_to_ten_minutes_at_most():
    when = np.array([0, 240, 840, 1441]) * 1000
    none = np.zeros(4, int)
    assert [len(leg) for leg in legs(when, none)] == [1, 1, 1, 1]
    assert [len(leg) for leg in legs(when, none, interval_s=100)] == [2, 1, 1]
    assert [len(leg) for leg in legs(when, none, interval_s=3600)] == [3, 1]


def test_what_is_no_evidence_is_no_part_of_a_leg_and_bridges_none():
    when = np.array([0, 100, 200, 300]) * 1000
    assert [leg.tolist() for leg in legs(when, [0, Reason.MOCK, Reason.LOW_ACCURACY, 0])] == [[0], [3]]
    assert [leg.tolist() for leg in legs(when, [0, Reason.OUT_OF_ORDER, 0, Reason.REPEATED])] == [[0, 1, 2, 3]]
    assert legs(when, [Reason.BAD_CLOCK] * 4) == [] and legs([], []) == []


@proof(150, 5000)
@given(
    steps=st.lists(st.integers(0, 300_000), min_size=1, max_size=60),
    reasons=st.lists(st.sampled_from([0, 0, 0, 1, 2, 4, 8, 16, 32, 128]), min_size=60, max_size=60),
)
def test_no_leg_holds_a_gap_and_every_good_fix_is_in_one_unless_it_leapt_there_and_away(steps, reasons):
    when, bits = np.cumsum(steps), np.array(reasons[: len(steps)])
    found = legs(when, bits)
    for leg in found:
        assert (np.diff(when[leg]) <= TrackLimits().gap_s * 1000).all()
        assert not (bits[leg[1:]] & (Reason.JUMP | Reason.FAST)).any()
    used = [i for leg in found for i in leg]
    good = np.flatnonzero((bits & (1 | 2 | 16 | 32)) == 0)
    assert used == sorted(used) and set(used) <= set(good.tolist())
    for i in set(good.tolist()) - set(used):
        after = bits[i + 1 : good[good > i][0] + 1]
        assert (after & (4 | 128)).any() and (bits[: i + 1] & (4 | 128)).any()


def test_a_lone_fix_that_leapt_there_and_away_is_in_no_leg():
    when = np.arange(5) * 1000
    assert [leg.tolist() for leg in legs(when, [0, 0, 4, 4, 0])] == [[0, 1], [3, 4]]
    assert [leg.tolist() for leg in legs(when, [0, 128, 128, 128, 0])] == [[0], [3, 4]]
    # Leapt there and stayed, leapt there at the end, left after a gap: somebody was there.
    assert [leg.tolist() for leg in legs(when, [0, 0, 4, 0, 0])] == [[0, 1], [2, 3, 4]]
    assert [leg.tolist() for leg in legs(when, [0, 0, 0, 0, 4])] == [[0, 1, 2, 3], [4]]
    assert [leg.tolist() for leg in legs([0, 1000, 900_000], [0, 4, 4])] == [[0], [1], [2]]
    # The fix that tells the way back may be too coarse to count.
    assert [leg.tolist() for leg in legs(when, [0, 0, 4, 4 | 1, 0])] == [[0, 1], [4]]


readings = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.floats(114.4, 114.41),
        st.floats(27.4, 27.41),
        st.sampled_from([-1, 0, 10, 50, 120, 500]),
        st.booleans(),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda reading: reading[0],
)


def judged(rows):
    when, lon, lat, accuracy, mock = (np.array(column) for column in zip(*rows, strict=True))
    return judge_fixes(NOON + when * 1000, lon, lat, accuracy, np.full(len(when), 10), mock)


def columns_of(fixes):
    return [column.tolist() for column in (fixes.time_ms, fixes.lon, fixes.lat, fixes.accuracy, fixes.speed, fixes.reasons)]


@proof(150, 5000)
@given(rows=readings, data=st.data())
def test_pieces_in_any_order_and_overlap_make_the_track_they_were_cut_from(rows, data):
    rows = sorted(rows)
    index = st.integers(0, len(rows))
    cuts = data.draw(st.lists(st.tuples(index, index), max_size=5))
    pieces = [rows] + [rows[a:b] for a, b in cuts if a < b]
    half = len(rows) // 2
    pieces += [rows[:half], rows[half:]] if half else []
    merged = merge_tracks([judged(piece) for piece in data.draw(st.permutations(pieces))])
    assert columns_of(merged) == columns_of(judged(rows))


@proof(100, 5000)
@given(one=readings, other=readings)
def test_merging_is_the_same_both_ways_and_again(one, other):
    both = merge_tracks([judged(one), judged(other)])
    assert columns_of(both) == columns_of(merge_tracks([judged(other), judged(one)]))
    assert columns_of(both) == columns_of(merge_tracks([both, judged(one)])) == columns_of(merge_tracks([both]))
    assert both.time_ms.tolist() == sorted({NOON + reading[0] * 1000 for reading in one + other})


def test_of_two_fixes_of_one_instant_the_better_judged_stays():
    coarse, fine, mock = (
        judged([(5, lon, 27.4, acc, is_mock)])
        for lon, acc, is_mock in [(114.4, 90, False), (114.41, 8, False), (114.42, 2, True)]
    )
    for order in ([coarse, fine, mock], [mock, fine, coarse], [fine, mock, coarse]):
        assert merge_tracks(order).lon.tolist() == [114.41]
    assert merge_tracks([]) is None


def test_a_leap_between_two_pieces_is_found_when_they_are_merged():
    here, there = judged([(0, 114.40, 27.4, 10, False)]), judged([(5, 114.41, 27.4, 10, False)])
    assert not here.reasons.any() and not there.reasons.any()
    assert merge_tracks([there, here]).reasons.tolist() == [0, Reason.JUMP]


def test_breaks_of_nothing_are_nothing():
    assert breaks([]).tolist() == [] and breaks([5]).tolist() == [True]
