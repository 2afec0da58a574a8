from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import Reason, TrackLimits, breaks, decode_track, encode_track, legs
from geo.errors import BadTrack, BadTwkb
from tests.proof import proof

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
    reasons=st.lists(st.sampled_from([0, 0, 0, 1, 2, 4, 8, 16, 32]), min_size=60, max_size=60),
)
def test_no_leg_holds_a_gap_and_every_good_fix_is_in_one(steps, reasons):
    when, bits = np.cumsum(steps), np.array(reasons[: len(steps)])
    found = legs(when, bits)
    for leg in found:
        assert (np.diff(when[leg]) <= TrackLimits().gap_s * 1000).all()
        assert not (bits[leg[1:]] & Reason.JUMP).any()
    good = np.flatnonzero((bits & (1 | 2 | 16 | 32)) == 0)
    assert [i for leg in found for i in leg] == good.tolist()


def test_breaks_of_nothing_are_nothing():
    assert breaks([]).tolist() == [] and breaks([5]).tolist() == [True]
