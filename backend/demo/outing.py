"""One simulated patrol from start to end: where it goes, what the phone hears, and what the worker keeps on the way."""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.demo.receiver import Heard, Oddities, hear
from backend.demo.scenes import Scene, draw_photo
from backend.demo.streets import Streets

MINUTE_MS = 60_000
PACE_MPS = (0.9, 1.35)
STAY_S = (75, 190)  # at a place: longer than the least that counts as having been there
PROBLEM, NO_ENTRY = 0.08, 0.05
REASONS = ("no_one", "road_cut", "weather")
Item = tuple[int, str, dict[str, Any]]


def tag_of(place: str) -> str:
    """What the tag on a key place of the demo says when it is read on the spot."""
    return f"DEMO-{hashlib.sha256(place.encode()).hexdigest()[:10].upper()}"


@dataclass(frozen=True, slots=True)
class Stop:
    """A key place on the way, as the phone was told of it."""

    place: Mapping[str, Any]
    task: Mapping[str, Any] | None = None
    has_tag: bool = False


@dataclass(slots=True, eq=False)
class Outing:
    """``items`` gives what the phone kept in a stretch of time, each thing once."""

    patrol: str
    start_ms: int
    end_ms: int
    heard: Heard
    clock_ms: int
    kept: list[Item] = field(default_factory=list)
    photos: dict[str, bytes] = field(default_factory=dict)

    def items(self, begin_ms: int, end_ms: int) -> Iterator[Item]:
        """Items kept at ``begin_ms <= t < end_ms`` by a true clock; the phone's own clock is in them."""
        track = self.heard.columns(begin_ms, end_ms, patrol=self.patrol, clock_ms=self.clock_ms)
        found = [one for one in self.kept if begin_ms <= one[0] < end_ms]
        if track is not None:
            found.append((int(track["t0"]) - self.clock_ms, "track", track))
        # The start before what lies in the patrol, the end after it.
        yield from sorted(found, key=lambda one: (one[2].get("event") == "end", one[2].get("event") != "start", one[0]))


def plan_outing(
    streets: Streets,
    *,
    start_ms: int,
    minutes: float,
    rng: random.Random,
    odd: Oddities,
    stops: Sequence[Stop] = (),
    scenes: Sequence[tuple[float, Scene]] = (),
    patrol: str = "",
) -> Outing:
    """A patrol of so many minutes past some places, with things to report so many minutes after the start."""
    pace = rng.uniform(*PACE_MPS)
    at = [streets.metres([[stop.place["lon"], stop.place["lat"]]])[0] for stop in stops]
    stays = [rng.uniform(*STAY_S) for _ in stops]
    metres = max(150.0, (minutes * 60 - sum(stays)) * pace)
    line, where = streets.wander(rng, length_m=metres, by=[(float(x), float(y)) for x, y in at])
    seconds = np.concatenate([[0.0], np.hypot(*np.diff(line, axis=0).T).cumsum() / pace]) + np.arange(len(line)) * 1e-6
    line, seconds, reached = _pause(line, seconds, where, stays)
    heard = hear(streets, seconds, line, start_ms=start_ms + 4_000, rng=rng, odd=odd)
    outing = Outing(patrol or str(uuid.UUID(int=rng.getrandbits(128), version=4)), start_ms, 0, heard, odd.clock_ms)
    outing.end_ms = start_ms + 8_000 + round(seconds[-1] * 1000)
    outing.kept.append((start_ms, "patrol", {"event": "start"}))
    for stop, (come, go) in zip(stops, reached, strict=True):
        outing.kept += _at_place(stop, start_ms + round(come * 1000), start_ms + round(go * 1000), rng)
    for after_min, scene in scenes:
        outing.kept.append(_report(outing, streets, scene, min(after_min * 60, float(seconds[-1])), seconds, line, rng))
    outing.kept.append((outing.end_ms, "patrol", {"event": "end", "reason": "person"}))
    for _, _, body in outing.kept:
        body["patrol"] = outing.patrol
    return outing


def _pause(
    line: NDArray[np.float64], seconds: NDArray[np.float64], where: Sequence[int], stays: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[tuple[float, float]]]:
    """Stand still at some vertices; and from when to when one stands there."""
    reached = []
    for k, (index, stay) in enumerate(zip(where, stays, strict=True)):
        i = index + k
        come = float(seconds[i])
        line = np.insert(line, i, line[i], axis=0)
        seconds = np.insert(seconds, i, seconds[i])
        seconds[i + 1 :] += stay
        reached.append((come, come + stay))
    return line, seconds, reached


def _at_place(stop: Stop, come_ms: int, go_ms: int, rng: random.Random) -> Iterator[Item]:
    """Read the tag, answer the task."""
    own = {"task": stop.task["id"]} if stop.task else {}
    key_place = str(stop.place["id"])
    luck = rng.random()
    if luck < NO_ENTRY:
        yield come_ms, "place_check", {"key_place": key_place, "how": "declared", "reason": "路断了，绕不过去", **own}
    elif stop.has_tag and luck < 0.7:
        yield come_ms + 5_000, "place_check", {"key_place": key_place, "how": "tag", "code": tag_of(key_place), **own}
    for i, asked in enumerate(stop.task["items"] if stop.task else ()):
        body: dict[str, Any] = {"task": str(own["task"]), "item": asked["item"], "result": "ok"}
        if luck < NO_ENTRY:
            body |= {"result": "no_entry", "reason": rng.choice(REASONS)}
        elif luck > 1 - PROBLEM:
            body |= {"result": "problem", "note": "看到一点小问题，已经当面说了"}
        yield min(go_ms, come_ms + 20_000 + 12_000 * i), "answer", body


def _report(outing: Outing, streets: Streets, scene: Scene, t: float, seconds: Any, line: Any, rng: random.Random) -> Item:
    """What is seen on the way, where one stands, with a drawing for a photo."""
    spot = (np.interp(t, seconds, line[:, 0]) + rng.gauss(0, 4), np.interp(t, seconds, line[:, 1]) + rng.gauss(0, 4))
    lon, lat = streets.degrees(spot)
    place = {
        "crs": "wgs84",
        "lon": round(float(lon) * 1e7),
        "lat": round(float(lat) * 1e7),
        "acc": rng.randint(10, 40),
        "source": "gps",
    }
    photos = [draw_photo(scene, rng)] if scene.thing and rng.random() < 0.85 else []
    named = {hashlib.sha256(photo).hexdigest(): photo for photo in photos}
    outing.photos |= named
    body = {"kind": scene.kind, "text": scene.text, "urgent": int(scene.is_urgent), "place": place, "photos": list(named)}
    return outing.start_ms + round(t * 1000), "report", body
