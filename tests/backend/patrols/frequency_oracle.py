"""What is due, told minute by minute: slow, and written without looking at how `backend.patrols.frequency` does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from backend.patrols.frequency import Danger

CHINA = timedelta(hours=8)
RANK = {"blue": 0, "yellow": 1, "orange": 2, "red": 3}
Span = tuple[datetime, datetime]


class Oracle:
    """All minutes of some months around the days that are asked about; China has no summer time since 1991."""

    def __init__(self, first: date, last: date, around: int = 400) -> None:
        self.start = datetime.combine(first - timedelta(days=around), datetime.min.time())
        days = (last - first).days + 2 * around
        self.days = [self.start.date() + timedelta(days=n) for n in range(days)]
        self.minute = np.arange(days * 1440)
        self.first, self.last = self._minute_of(first), self._minute_of(last)

    def windows(
        self,
        rules: Sequence[Mapping[str, Any]],
        works: Mapping[date, bool],
        festivals: Sequence[date],
        dangers: Sequence[Danger],
        held: tuple[date | None, date | None],
    ) -> set[Span]:
        found: set[Span] = set()
        inside = np.ones(len(self.minute), dtype=bool)
        if held[0]:
            inside &= self.minute >= self._minute_of(held[0])
        if held[1]:
            inside &= self.minute < self._minute_of(held[1])
        for rule in rules:
            for part in self._parts(rule, works, festivals, dangers):
                ok = inside[part.start : part.stop].copy()
                if "season" in rule:
                    ok &= self._in_season(rule["season"])[part.start : part.stop]
                if "alert" in rule and rule["per"] != "alert_over":
                    ok &= self._in_danger(rule["alert"], dangers)[part.start : part.stop]
                for run in _runs(ok):
                    begin, end = part.start + run.start, part.start + run.stop
                    if 2 * (end - begin) >= part.stop - part.start and begin < self.last and end > self.first:
                        found.add((self._instant(begin), self._instant(end)))
        return found

    def _parts(
        self, rule: Mapping[str, Any], works: Mapping[date, bool], festivals: Sequence[date], dangers: Sequence[Danger]
    ) -> list[slice]:
        per, times = rule["per"], rule.get("times", 1)
        if per == "alert_over":
            raised = self._in_danger(rule["alert"], dangers)
            ends = np.flatnonzero(raised[:-1] & ~raised[1:]) + 1
            return [slice(int(end), int(end) + 60 * rule["hours"]) for end in ends]
        if per == "festival":
            return [slice(self._minute_of(day - timedelta(days=7)), self._minute_of(day)) for day in festivals]
        groups: dict[Any, list[int]] = {}
        for number, day in enumerate(self.days):
            name = {
                "day": day,
                "work_day": day if works.get(day, day.isoweekday() < 6) else None,
                "week": day.isocalendar()[:2],
                "month": (day.year, day.month),
                "quarter": (day.year, (day.month + 2) // 3),
                "year": day.year,
            }[per]
            if name is not None:
                groups.setdefault(name, []).append(number)
        parts = []
        for numbers in groups.values():
            unit, length = (1, 1440) if per in ("day", "work_day") else (1440, len(numbers))
            edges = [numbers[0] * 1440 + unit * (length * n // times) for n in range(times + 1)]
            parts += [slice(a, b) for a, b in zip(edges, edges[1:], strict=False) if a < b]
        return parts

    def _in_season(self, season: Sequence[str]) -> np.ndarray:
        begin, end = (tuple(map(int, one.split("-"))) for one in season)

        def is_in(day: date) -> bool:
            here = (day.month, day.day)
            return begin <= here <= end if begin <= end else here >= begin or here <= end

        return np.repeat([is_in(day) for day in self.days], 1440)

    def _in_danger(self, alert: Mapping[str, str], dangers: Sequence[Danger]) -> np.ndarray:
        raised = np.zeros(len(self.minute), dtype=bool)
        for one in dangers:
            if one.hazard == alert["hazard"] and RANK[one.level] >= RANK[alert["from"]]:
                begin, end = (
                    round((at.replace(tzinfo=None) + CHINA - self.start).total_seconds() / 60) for at in (one.begin, one.end)
                )
                raised[max(0, begin) : max(0, end)] = True
        return raised

    def _minute_of(self, day: date) -> int:
        return (day - self.start.date()).days * 1440

    def _instant(self, minute: int) -> datetime:
        return (self.start + timedelta(minutes=int(minute)) - CHINA).replace(tzinfo=UTC)


def _runs(ok: np.ndarray) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.r_[0, ok.astype(np.int8), 0]))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
