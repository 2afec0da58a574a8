"""One simulated worker with a phone: goes out, walks, answers, rests, goes out again."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from backend.demo.handset import Handset, Refused
from backend.demo.keeping import Keeping
from backend.demo.outing import MINUTE_MS, Outing, Stop, plan_outing
from backend.demo.receiver import Oddities
from backend.demo.scenes import SCENES, URGENT, Scene
from backend.demo.streets import Streets

OUT_MIN = (35.0, 80.0)
REST_MIN = (3.0, 11.0)
BACK_MIN = (3.0, 26.0)  # at the first start people are out already
OFFLINE_PIECE_MS = 5 * MINUTE_MS
PULL_EVERY = 4  # batches between two questions what is new
SEES = 0.85  # who answers an alert at all, after a while
REPORTS = 0.45  # outings on which something is reported
URGENT_EVERY_MS = 180 * MINUTE_MS
ANSWERS = ("手机放包里，可能锁屏了", "那段在山沟里，没信号", "手机没电了，换了块电池", "不清楚，路是走了的")


class Worker:
    """`step` does what is due now; what cannot be sent waits in the phone."""

    def __init__(
        self,
        number: int,
        grid: str,
        person: str,
        handset: Handset,
        odd: Oddities,
        keeping: Keeping,
        *,
        is_offline: bool = False,
    ) -> None:
        self.number, self.grid, self.person, self.handset = number, grid, person, handset
        self.odd, self.keeping, self.is_offline = odd, keeping, is_offline
        self.enrol: Callable[[], str] = str
        self.outing: Outing | None = None
        self.sent_ms = self.rest_until = 0
        self.steps, self.is_ready, self.is_over = 0, False, False
        self.rng = random.Random(f"shift {person}")  # noqa: S311  the same people behave alike each time
        self.answered: set[str] = set()
        self.films: dict[str, bytes] = {}  # photos not yet with the server, by SHA-256

    def step(self, at: int) -> None:
        if not self.is_ready:
            self._begin(at)
        if self.outing is None and at >= self.rest_until and not self.handset.outbox:
            self._go_out(at)
        self.steps += 1
        self._walk(at)
        if self.steps % PULL_EVERY == self.number % PULL_EVERY and not self._is_out_of_reach():
            self._look(at)
        self._send()

    def _is_out_of_reach(self) -> bool:
        return self.is_offline and self.outing is not None

    def _begin(self, at: int) -> None:
        """Go on with the token of last time; without one, or if the system was made anew, be enrolled."""
        known = self.keeping.of(self.person)
        try:
            if not known.get("token"):
                raise LookupError
            self.handset.resume(known["token"])
            self.handset.pull()
        except (Refused, LookupError) as problem:
            if isinstance(problem, Refused) and problem.status != 401:
                raise
            if "device_revoked" in str(problem):
                self.is_over = True
                raise
            token = self.handset.enrol(self.enrol())["token"]
            known = {}
            self.keeping.put(self.person, token=token, patrol="", until=0)
            self.handset.pull()
        if not self.handset.me()["synthetic"]:
            self.is_over = True
            raise SystemExit("this person's grid is not made up: no phone is simulated here")
        ended = min(at, known.get("until", 0))
        if known.get("patrol"):
            body = {"patrol": known["patrol"], "event": "end", "reason": "shift_over"}
            self.handset.keep("patrol", body, at=ended + self.odd.clock_ms)
            self.handset.send()
        self.sent_ms = max(at - round(self.rng.uniform(*BACK_MIN) * MINUTE_MS), ended)
        self.rest_until = 0 if self.number % 7 else at + round(self.rng.uniform(*REST_MIN) * MINUTE_MS)
        self.is_ready = True

    def _go_out(self, at: int) -> None:
        seen = self.handset.pull()
        grid = seen.get("grid", {}).get(self.grid)
        if grid is None:
            self.rest_until = at + 10 * MINUTE_MS
            return
        ground = self.handset.ground(self.grid)
        start = self.sent_ms if self.outing is None and self.steps == 0 else at
        self.outing = plan_outing(
            Streets(grid["body"]["outline"], ground["lines"]),
            start_ms=start,
            minutes=self.rng.uniform(*OUT_MIN) + (at - start) / MINUTE_MS,
            rng=self.rng,
            odd=self.odd,
            stops=self._stops(seen),
            scenes=[((at - start) / MINUTE_MS + after, scene) for after, scene in self._scenes(at)],
        )
        self.sent_ms = start
        self.keeping.put(self.person, patrol=self.outing.patrol, until=self.outing.end_ms)

    def _stops(self, seen: dict[str, Any]) -> list[Stop]:
        tasks = {row["body"]["place"]: row["body"] for row in seen.get("task", {}).values() if row["body"]["state"] == "open"}
        places = [row["body"] for row in seen.get("key_place", {}).values() if row["body"]["grid"] == self.grid]
        self.rng.shuffle(places)
        places.sort(key=lambda place: place["id"] not in tasks)
        return [Stop(place, tasks.get(place["id"]), place["risk"] == "high") for place in places[: self.rng.randint(0, 2)]]

    def _scenes(self, at: int) -> list[tuple[float, Scene]]:
        """What there is to report, so many minutes from now; seldom something urgent, by one of them at a time."""
        if self.number % 9 == 1 and at - self.keeping.of("urgent").get("at", 0) > URGENT_EVERY_MS:
            self.keeping.put("urgent", at=at)
            return [(1.5, self.rng.choice(URGENT))]
        return [(self.rng.uniform(0.3, 22), self.rng.choice(SCENES))] if self.rng.random() < REPORTS else []

    def _walk(self, at: int) -> None:
        """Keep what the phone heard and the worker did since the last time."""
        outing = self.outing
        if outing is None or (self._is_out_of_reach() and at - self.sent_ms < OFFLINE_PIECE_MS and at < outing.end_ms):
            return
        for moment, kind, body in outing.items(self.sent_ms, at):
            self.handset.keep(kind, body, at=moment + outing.clock_ms)
            if kind == "report":
                self.films.update({sha: outing.photos[sha] for sha in body["photos"]})
        self.sent_ms = at
        if at > outing.end_ms:
            self.outing = None
            self.rest_until = at + round(self.rng.uniform(*REST_MIN) * MINUTE_MS)
            self.keeping.put(self.person, patrol="", until=outing.end_ms)

    def _look(self, at: int) -> None:
        """See what is new: answer alerts, and questions about the walk."""
        seen = self.handset.pull()
        for key, row in seen.get("alert", {}).items():
            if not row["body"]["acknowledged_at"] and self._will_answer(key):
                self.handset.keep("seen", {"alert": key}, at=at + self.odd.clock_ms)
        for key, row in seen.get("flag", {}).items():
            if not row["body"].get("answer") and self._will_answer(key):
                body = {"flag": key, "text": self.rng.choice(ANSWERS)}
                self.handset.keep("flag_answer", body, at=at + self.odd.clock_ms)

    def _will_answer(self, key: str) -> bool:
        if key in self.answered:
            return False
        self.answered.add(key)
        return self.rng.random() < SEES

    def _send(self) -> None:
        if self._is_out_of_reach():
            return
        self.handset.send()
        while self.films:
            sha = next(iter(self.films))
            self.handset.upload(self.films[sha])
            del self.films[sha]
