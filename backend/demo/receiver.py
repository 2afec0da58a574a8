"""What a cheap phone makes of a walk: noise that wanders, silences with their cause, and the odd things phones do."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.demo.streets import Points, Streets
from geo import from_wgs84

Ints = NDArray[np.int64]
MEMORY = 0.93  # from one fix to the next, how much of the error stays
JUMP_M = 2600.0


@dataclass(frozen=True, slots=True)
class Oddities:
    """What is wrong with one phone. Silences are (share of the walk, seconds, cause)."""

    step_s: int = 6
    noise_m: float = 4.5
    silences: Sequence[tuple[float, int, str]] = ()
    coarse: tuple[float, float] | None = None  # share of the walk with 90 m of error: a narrow valley
    jump_at: float | None = None
    mock: tuple[float, float] | None = None
    is_gcj02: bool = False  # says wgs84 and sends the other datum, as some map software does
    clock_ms: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Fixes of one walk as the phone wrote them down, and the silences it knows of."""

    time_ms: Ints
    lon: Ints
    lat: Ints
    acc: Ints
    speed: Ints
    course: Ints
    mock: Ints
    gaps: list[dict[str, Any]] = field(default_factory=list)

    def columns(self, begin_ms: int, end_ms: int, *, patrol: str, clock_ms: int = 0) -> dict[str, Any] | None:
        """The body of a track item over ``begin_ms <= t < end_ms``; none if the phone heard nothing then."""
        i, j = np.searchsorted(self.time_ms, [begin_ms, end_ms])
        if i == j:
            return None
        body: dict[str, Any] = {"patrol": patrol, "crs": "wgs84", "t0": int(self.time_ms[i]) + clock_ms}
        body |= {"dt": _deltas(self.time_ms[i:j], first=0), "lon": _deltas(self.lon[i:j]), "lat": _deltas(self.lat[i:j])}
        body |= {name: getattr(self, name)[i:j].tolist() for name in ("acc", "speed", "course")}
        if self.mock[i:j].any():
            body["mock"] = self.mock[i:j].tolist()
        if gaps := [gap for gap in self.gaps if begin_ms <= gap["to"] < end_ms]:
            body["gaps"] = [gap | {"from": gap["from"] + clock_ms, "to": gap["to"] + clock_ms} for gap in gaps]
        return body


def hear(
    streets: Streets, seconds: NDArray[np.float64], line: Points, *, start_ms: int, rng: random.Random, odd: Oddities
) -> Heard:
    """Listen to a walk (metres at seconds) every ``odd.step_s`` seconds."""
    draw = np.random.default_rng(rng.getrandbits(32))
    t = np.arange(0.0, seconds[-1], odd.step_s)
    walk = np.column_stack([np.interp(t, seconds, line[:, 0]), np.interp(t, seconds, line[:, 1])])
    share = t / seconds[-1]
    spread = np.full(len(t), odd.noise_m)
    if odd.coarse:
        spread[(share >= odd.coarse[0]) & (share < odd.coarse[1])] = 45.0
    error, noise = np.zeros((len(t), 2)), draw.normal(size=(len(t), 2))
    for i in range(1, len(t)):
        error[i] = MEMORY * error[i - 1] + (1 - MEMORY**2) ** 0.5 * noise[i]
    seen = walk + error * spread[:, None]
    if odd.jump_at is not None:
        seen[(share >= odd.jump_at) & (share < odd.jump_at + 2.5 * odd.step_s / seconds[-1])] += (JUMP_M, -JUMP_M / 2)
    step = np.diff(walk, axis=0, prepend=walk[:1])
    lonlat = streets.degrees(seen)
    lon, lat = from_wgs84(lonlat[:, 0], lonlat[:, 1], crs="gcj02") if odd.is_gcj02 else lonlat.T
    time_ms = start_ms + np.round(t * 1000 + draw.uniform(-300, 300, len(t))).astype(np.int64)
    mock = (share >= odd.mock[0]) & (share < odd.mock[1]) if odd.mock else np.zeros(len(t), bool)
    heard, gaps = np.ones(len(t), bool), []
    for where, length_s, cause in odd.silences:
        begin, end = where * seconds[-1], where * seconds[-1] + length_s
        heard &= (t <= begin) | (t >= end)
        if end < seconds[-1]:
            gaps.append({"from": start_ms + round(begin * 1000), "to": start_ms + round(end * 1000), "cause": cause})
    moved = np.hypot(*step.T)
    course = np.where(moved > 0.5, np.degrees(np.arctan2(step[:, 0], step[:, 1])) % 360, -1)
    acc = 2 * (spread + 3 + draw.gamma(2, 1, len(t)))
    speed, east, north = moved / odd.step_s * 10, np.asarray(lon) * 1e7, np.asarray(lat) * 1e7

    def kept(column: NDArray[Any]) -> Ints:
        return np.round(column[heard]).astype(np.int64)

    return Heard(kept(time_ms), kept(east), kept(north), kept(acc), kept(speed), kept(course), kept(mock), gaps)


def _deltas(values: Ints, *, first: int | None = None) -> list[int]:
    steps = np.diff(values, prepend=values[:1])
    steps[0] = values[0] if first is None else first
    return [int(step) for step in steps]
