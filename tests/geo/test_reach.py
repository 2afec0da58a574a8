from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import PlaceLimits, Stays, legs, stays_at
from geo.errors import BadTrack
from tests.geo.walks import make_walk
from tests.proof import proof

HERE = [(0.0, 0.0)]


def total_s(found: Stays) -> float:
    return float(found.dwell_s.sum())


def straight(speed_mps=1.0, offset_m=0.0, every_s=7.0, half_m=200.0):
    """A straight walk past the origin at a distance."""
    x = np.arange(-half_m, half_m, speed_mps * every_s)
    return np.rint((x + half_m) / speed_mps * 1000).astype(int), np.column_stack([x, np.full(len(x), offset_m)])


@pytest.mark.parametrize("offset_m", [0.0, 10.0, 29.9])
@pytest.mark.parametrize("every_s", [1.0, 7.0, 90.0])
def test_a_walk_past_a_place_is_there_for_the_chord_however_rare_its_fixes(offset_m, every_s):
    when, xy = straight(offset_m=offset_m, every_s=every_s)
    found = stays_at(when, xy, [range(len(when))], HERE)
    chord_m = 2 * np.sqrt(30**2 - offset_m**2)
    assert len(found.place) == 1 and found.dwell_s[0] == pytest.approx(chord_m, abs=0.01)
    assert found.entry_ms[0] == pytest.approx((200 - chord_m / 2) * 1000, abs=2)
    assert found.exit_ms[0] == pytest.approx((200 + chord_m / 2) * 1000, abs=2)
    assert found.n[0] == (np.hypot(*xy.T) <= 30).sum()


def test_a_walk_farther_off_was_not_there():
    when, xy = straight(offset_m=30.1)
    assert not len(stays_at(when, xy, [range(len(when))], HERE).place)


def test_short_stays_are_told_with_their_true_length():
    when, xy = straight(speed_mps=12.0)
    found = stays_at(when, xy, [range(len(when))], HERE)
    assert found.dwell_s[0] == pytest.approx(5.0, abs=0.01)


def test_accuracy_widens_the_place_up_to_the_most():
    when, xy = straight()
    for accuracy_m, reach_m in [(10, 40), (50, 80), (90, 100), (5000, 100)]:
        found = stays_at(when, xy, [range(len(when))], HERE, accuracy_m=accuracy_m)
        assert found.dwell_s[0] == pytest.approx(2 * reach_m, abs=0.01)


def test_accuracy_changes_evenly_between_two_fixes():
    # Comes nearer by 1 m/s while the reach shrinks from 80 to 30 m over 100 s: there from 100 - t = 80 - t / 2, at 40 s.
    found = stays_at([0, 100_000], [(100, 0), (0, 0)], [[0, 1]], HERE, accuracy_m=[50, 0])
    assert found.entry_ms.tolist() == [40_000] and found.exit_ms.tolist() == [100_000] and found.n.tolist() == [1]
    # Stands still while the phone grows surer: there until the reach is less than the distance.
    found = stays_at([0, 100_000], [(55, 0), (55, 0)], [[0, 1]], HERE, accuracy_m=[50, 0])
    assert (found.entry_ms.tolist(), found.exit_ms.tolist()) == ([0], [50_000])
    found = stays_at([0, 100_000], [(55, 0), (55, 0)], [[0, 1]], HERE, accuracy_m=[0, 50])
    assert (found.entry_ms.tolist(), found.exit_ms.tolist()) == ([50_000], [100_000])


def test_each_place_has_its_radius():
    when, xy = straight()
    found = stays_at(when, xy, [range(len(when))], [(0, 0), (0, 0), (0, 0)], radius_m=[5, float("nan"), 100])
    assert found.dwell_s.round(2).tolist() == [10.0, 60.0, 200.0]
    limits = PlaceLimits(radius_m=20, most_radius_m=20)
    assert stays_at(when, xy, [range(len(when))], HERE, accuracy_m=9, limits=limits).dwell_s[0] == pytest.approx(40, abs=0.01)


def test_coming_back_is_another_stay():
    xy = [(0, 0), (200, 0), (0, 0)]
    found = stays_at([0, 200_000, 400_000], xy, [[0, 1, 2]], HERE)
    assert found.entry_ms.tolist() == [0, 370_000] and found.exit_ms.tolist() == [30_000, 400_000]
    assert found.n.tolist() == [1, 1]


def test_nobody_stays_across_a_gap():
    when, xy = [0, 100_000, 900_000, 1_000_000], [(0, 0)] * 4
    found = stays_at(when, xy, legs(when, [0] * 4), HERE)
    assert found.dwell_s.tolist() == [100.0, 100.0] and found.n.tolist() == [2, 2]


def test_a_leg_of_one_fix_is_a_stay_of_no_length():
    found = stays_at([0, 900_000, 905_000], [(0, 0), (10, 0), (10, 0)], [[0], [1, 2]], HERE)
    assert found.dwell_s.tolist() == [0.0, 5.0] and found.n.tolist() == [1, 2]
    assert stays_at([0, 1], [(0, 0), (0, 0)], [[0], [1]], HERE).n.tolist() == [1, 1]


def test_nothing_in_nothing_out():
    for time_ms, xy, cut, places in [([], [], [], HERE), ([0], [(0, 0)], [[0]], []), ([0], [(0, 0)], [[]], HERE)]:
        assert [len(column) for column in stays_at(time_ms, xy, cut, places)] == [0] * 5


def test_what_cannot_be_read_is_refused():
    good = {"time_ms": [0, 1], "xy": [(0, 0), (1, 1)], "legs": [[0, 1]], "places": HERE}
    for change in (
        {"xy": [(0, 0)]},
        {"xy": [(0, 0), (np.nan, 1)]},
        {"places": [1, 2, 3]},
        {"accuracy_m": [-1, 1]},
        {"accuracy_m": [1, 1, 1]},
        {"radius_m": [1, 2]},
        {"radius_m": -5},
    ):
        with pytest.raises(BadTrack):
            stays_at(**good | change)


@proof(40, 2000)
@given(seed=st.integers(0, 10**6))
def test_stays_agree_with_looking_every_moment(seed):
    rng = np.random.default_rng(seed)
    xy = make_walk(seed, fixes=30, side_m=300, step_m=25)
    when = np.cumsum(rng.integers(1, 60, len(xy))) * 1000
    accuracy, places = rng.uniform(0, 90, len(xy)), rng.uniform(0, 300, (5, 2))
    found = stays_at(when, xy, [np.arange(len(xy))], places, accuracy_m=accuracy)
    moments = np.arange(when[0], when[-1], 20)
    x, y, reach = (np.interp(moments, when, column) for column in (*xy.T, np.minimum(30 + accuracy, 100)))
    for place, (east, north) in enumerate(places):
        is_there = np.hypot(x - east, y - north) <= reach
        mine = found.place == place
        said = np.zeros(len(moments), dtype=bool)
        for entry, leave in zip(found.entry_ms[mine], found.exit_ms[mine], strict=True):
            said |= (moments >= entry) & (moments <= leave)
        # Only moments at a crossing may differ.
        assert (is_there != said).sum() <= 2 * mine.sum() + 1
        assert found.dwell_s[mine].sum() == pytest.approx(is_there.sum() * 0.02, abs=0.05 * (1 + mine.sum()))


@proof(40, 2000)
@given(seed=st.integers(0, 10**6))
def test_a_fix_more_on_the_straight_way_changes_no_stay(seed):
    rng = np.random.default_rng(seed)
    xy, places = make_walk(seed, fixes=20, side_m=300, step_m=25), rng.uniform(0, 300, (5, 2))
    when = np.arange(20) * 10_000
    more_when = np.arange(39) * 5_000
    more_xy = np.column_stack([np.interp(more_when, when, column) for column in xy.T])
    few, many = stays_at(when, xy, [np.arange(20)], places), stays_at(more_when, more_xy, [np.arange(39)], places)
    assert few.place.tolist() == many.place.tolist()
    assert np.abs(few.entry_ms - many.entry_ms).max(initial=0) <= 1 and np.abs(few.exit_ms - many.exit_ms).max(initial=0) <= 1


def test_many_places_are_asked_at_once():
    walk = make_walk(1, fixes=3000, side_m=3000)
    places = np.random.default_rng(1).uniform(0, 3000, (2000, 2))
    together = stays_at(np.arange(len(walk)) * 5000, walk, [np.arange(len(walk))], places)
    assert len(together.place) > 20 and (np.diff(together.place) >= 0).all()
    some = np.unique(together.place)[:10]
    alone = [total_s(stays_at(np.arange(len(walk)) * 5000, walk, [np.arange(len(walk))], places[i : i + 1])) for i in some]
    assert alone == pytest.approx([together.dwell_s[together.place == i].sum() for i in some])
