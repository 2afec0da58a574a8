"""The columns a phone sends as arrays of fixes.

A fix is never dropped for looking wrong: it is kept with bits that say why it may not count. Only what cannot be read at
all is refused. The wire is integers: milliseconds, 1e-7 degrees, half metres, decimetres a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.crs import check_datum, looks_swapped, to_wgs84
from geo.errors import AxisSwapped, BadTrack
from geo.limits import RIDE_MPS, TrackLimits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MAX_FIXES = 5000
#: Mean radius of the earth.
EARTH_RADIUS_M = 6_371_008.8
#: 2020-01-01 in epoch milliseconds; no phone of ours recorded anything before.
EARLIEST_MS = 1_577_836_800_000
#: Half metres and decimetres a second are stored in 16 bits; the largest value means "this or more".
LARGEST = 65_534
#: Stored in place of a speed or course the phone did not know.
UNKNOWN = 65_535
# Epoch milliseconds and their sums stay exact in a float and in the 53 bits of a browser.
_LARGEST_MS = 2**52


class Reason(IntFlag):
    """Why a fix may not count. One byte a fix, stored as it is: bits are never renumbered."""

    LOW_ACCURACY = 1  # worse than counts, kept and flagged
    UNUSABLE_ACCURACY = 2  # worse than flagged, shown only
    JUMP = 4  # too far from the fix before it for the time between them
    OUT_OF_ORDER = 8  # came after a later one
    BAD_CLOCK = 16  # before 2020 or later than the receiver's clock allows
    MOCK = 32  # the phone says the position is simulated
    REPEATED = 64  # same instant as the fix before it
    FAST = 128  # from the fix before it faster than anybody walks or rides, but no jump: driven past, or a bad position


#: Between a fix with one of these and the one before it nothing was walked or ridden.
TOO_FAST = Reason.JUMP | Reason.FAST
#: A fix with one of these is no evidence that anybody was there.
NOT_EVIDENCE = Reason.LOW_ACCURACY | Reason.UNUSABLE_ACCURACY | Reason.BAD_CLOCK | Reason.MOCK


@dataclass(frozen=True, slots=True, eq=False)
class Fixes:
    """Fixes in order of time: arrays of one length, 1 to 5,000 in one item of a phone.

    ``accuracy`` is half metres, ``speed`` decimetres a second, both uint16 as stored, `LARGEST` if at least that,
    `UNKNOWN` where the phone did not know.
    """

    time_ms: Ints
    lon: Floats
    lat: Floats
    accuracy: NDArray[np.uint16]
    speed: NDArray[np.uint16]
    reasons: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.time_ms)

    @property
    def counts(self) -> Bools:
        """Which fixes are evidence."""
        return is_evidence(self.reasons)


def decode_columns(
    *,
    crs: str | None,
    t0: int,
    dt: Sequence[int],
    lon: Sequence[int],
    lat: Sequence[int],
    acc: Sequence[int],
    speed: Sequence[int] | None = None,
    mock: Sequence[int] | None = None,
    clock_offset_ms: int = 0,
    received_ms: int | None = None,
    limits: TrackLimits | None = None,
    fastest_mps: float = RIDE_MPS,
) -> Fixes:
    """Columns of one track item as fixes in WGS 84, sorted by time, each with its reasons.

    Parameters
    ----------
    crs
        Datum of the positions, see `geo.crs.to_wgs84`.
    t0, dt
        Epoch milliseconds of the phone's clock, and differences from it, then from fix to fix; a negative one is flagged.
    lon, lat
        1e-7 degrees, first value, then differences.
    acc, speed, mock
        Half metres, decimetres a second, 0 or 1. Below 0 is unknown; a fix of unknown accuracy is unusable.
    clock_offset_ms, received_ms, limits, fastest_mps
        What to add to the phone's clock to get ours; else see `judge_fixes`.

    Raises
    ------
    BadTrack
        No fix or more than 5,000, lengths differ, a value is no integer, a position off the globe.
    AxisSwapped
        Positions are in China only if longitude and latitude change places.
    MissingCRS, UnknownCRS

    Examples
    --------
    >>> fixes = decode_columns(crs="wgs84", t0=1_800_000_000_000, dt=[0, 5000], lon=[1145000000, 500],
    ...                        lat=[274000000, 0], acc=[10, 120])
    >>> fixes.time_ms.tolist(), fixes.lon.tolist(), fixes.reasons.tolist()
    ([1800000000000, 1800000005000], [114.5, 114.50005], [0, 1])
    """
    check_datum(crs)
    steps = _column("dt", dt)
    count = len(steps)
    if not 1 <= count <= MAX_FIXES:
        raise BadTrack(f"{count} fixes; an item carries 1 to {MAX_FIXES}")
    time_ms = _running_sum("dt", steps, start=_instant(t0) + clock_offset_ms)
    east, north = _degrees(_column("lon", lon, count), _column("lat", lat, count))
    east, north = to_wgs84(east, north, crs=crs)
    speeds = np.full(count, -1) if speed is None else _column("speed", speed, count)
    mocked = np.zeros(count) if mock is None else _column("mock", mock, count, kinds="ib")
    accuracy = _column("acc", acc, count)
    return judge_fixes(
        time_ms, east, north, accuracy, speeds, mocked != 0, received_ms=received_ms, limits=limits, fastest_mps=fastest_mps
    )


def judge_fixes(
    time_ms: Ints,
    lon: Floats,
    lat: Floats,
    accuracy: Ints,
    speed: Ints,
    is_mock: Bools,
    *,
    received_ms: int | None = None,
    limits: TrackLimits | None = None,
    fastest_mps: float = RIDE_MPS,
) -> Fixes:
    """Readings in order of arrival as fixes in order of time, each with the reasons why it may not count.

    Parameters
    ----------
    time_ms, lon, lat
        Epoch milliseconds, degrees of WGS 84.
    accuracy, speed
        Half metres and decimetres a second, below 0 where unknown.
    is_mock
        Where the phone says the position is simulated.
    received_ms
        Epoch milliseconds of our clock; what is later by more than the limit has a bad clock. None: not checked.
    limits
        The county's, or the defaults.
    fastest_mps
        What is too fast for this patrol: the county's speed of riding, of walking if it is known to be on foot.
    """
    limits = limits or TrackLimits()
    accuracy_m = np.where(accuracy < 0, np.inf, accuracy / 2.0)
    latest = np.inf if received_ms is None else received_ms + limits.clock_ahead_s * 1000.0
    too_coarse = accuracy_m > limits.flagged_accuracy_m
    reasons = (
        np.where((accuracy_m > limits.counts_accuracy_m) & ~too_coarse, Reason.LOW_ACCURACY, 0)
        | np.where(too_coarse, Reason.UNUSABLE_ACCURACY, 0)
        | np.where((time_ms < EARLIEST_MS) | (time_ms > latest), Reason.BAD_CLOCK, 0)
        | np.where(is_mock, Reason.MOCK, 0)
        | np.where(_came_late(time_ms), Reason.OUT_OF_ORDER, 0)
    ).astype(np.uint8)
    order = np.argsort(time_ms, kind="stable")
    when, east, north, bits = time_ms[order], lon[order], lat[order], reasons[order]
    bits[1:] |= np.where(np.diff(when) == 0, np.uint8(Reason.REPEATED), np.uint8(0))
    bits |= judge_speeds(when, east, north, accuracy_m[order], bits, limits=limits, fastest_mps=fastest_mps)
    return Fixes(when, east, north, _stored(accuracy[order]), _stored(speed[order]), bits)


def judge_speeds(
    time_ms: Ints,
    lon: Floats,
    lat: Floats,
    accuracy_m: Floats,
    reasons: NDArray[np.uint8],
    *,
    limits: TrackLimits,
    fastest_mps: float = RIDE_MPS,
) -> NDArray[np.uint8]:
    """`Reason.JUMP` or `Reason.FAST` for each fix too far from the usable fix before it, else 0.

    Fixes in order of time with the reasons known so far. What both accuracies explain is no distance.
    """
    found = np.zeros(len(time_ms), dtype=np.uint8)
    usable = np.flatnonzero((reasons & int(Reason.UNUSABLE_ACCURACY | Reason.BAD_CLOCK)) == 0)
    if len(usable) > 1:
        slack_m = accuracy_m[usable][1:] + accuracy_m[usable][:-1]
        far_m = np.maximum(0.0, distances_m(lon[usable], lat[usable]) - slack_m)
        seconds = np.diff(time_ms[usable]) / 1000.0
        jumped = far_m > limits.jump_mps * seconds
        found[usable[1:]] = np.where(jumped, Reason.JUMP, np.where(far_m > fastest_mps * seconds, Reason.FAST, 0))
    return found


def is_evidence(reasons: ArrayLike) -> Bools:
    """Which fixes are evidence that somebody was there, from their reasons."""
    spoiled: Bools = (np.asarray(reasons, dtype=np.int64) & int(NOT_EVIDENCE)) != 0
    return ~spoiled


def distances_m(lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Metres from each position to the next, one fewer than given; degrees, good to 0.5 % over 100 km.

    >>> distances_m([114.0, 114.0], [27.0, 27.001]).round(1).tolist()
    [111.2]
    """
    east, north = np.radians(np.asarray(lon, dtype=np.float64)), np.radians(np.asarray(lat, dtype=np.float64))
    half = np.sin(np.diff(north) / 2) ** 2 + np.cos(north[1:]) * np.cos(north[:-1]) * np.sin(np.diff(east) / 2) ** 2
    metres: Floats = 2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0)))
    return metres


def _column(name: str, values: Sequence[int], count: int | None = None, *, kinds: str = "i") -> Ints:
    try:
        column = np.asarray(values)
    except (ValueError, OverflowError) as error:
        raise BadTrack(f"{name} is no list of integers") from error
    if column.ndim == 1 and column.size == 0:
        column = column.astype(np.int64)
    if column.ndim != 1 or column.dtype.kind not in kinds:
        raise BadTrack(f"{name} must be a list of integers")
    if count is not None and len(column) != count:
        raise BadTrack(f"{name} has {len(column)} values where dt has {count}")
    return column.astype(np.int64)


def _instant(t0: int) -> int:
    if isinstance(t0, bool) or not isinstance(t0, int) or abs(t0) > _LARGEST_MS:
        raise BadTrack("t0 must be epoch milliseconds, an integer")
    return t0


def _running_sum(name: str, steps: Ints, *, start: int = 0) -> Ints:
    # Bounded steps first: 5,000 of them cannot overflow 64 bits, so the check of the sums is a real one.
    if np.abs(steps.astype(np.float64)).max() > _LARGEST_MS:
        raise BadTrack(f"{name} holds a step that is too large")
    sums: Ints = start + np.cumsum(steps)
    if np.abs(sums).max() > _LARGEST_MS:
        raise BadTrack(f"{name} adds up to a value that is out of range")
    return sums


def _degrees(lon: Ints, lat: Ints) -> tuple[Floats, Floats]:
    east, north = _running_sum("lon", lon) / 1e7, _running_sum("lat", lat) / 1e7
    if looks_swapped(east, north):
        raise AxisSwapped("lon holds latitudes and lat longitudes; send longitude in lon")
    if (np.abs(east) > 180.0).any() or (np.abs(north) > 90.0).any():
        raise BadTrack("a position is off the globe: lon within 180, lat within 90 degrees, in 1e-7 degrees")
    return east, north


def _came_late(time_ms: Ints) -> Bools:
    late = np.zeros(len(time_ms), dtype=np.bool_)
    late[1:] = time_ms[1:] < np.maximum.accumulate(time_ms)[:-1]
    return late


def _stored(column: Ints) -> NDArray[np.uint16]:
    return np.where(column < 0, UNKNOWN, np.minimum(column, LARGEST)).astype(np.uint16)
