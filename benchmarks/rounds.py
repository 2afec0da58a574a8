"""Interleaved rounds, medians, ratios. A machine's speed drifts; a ratio of medians from the same run does not."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: Does the work of one round; answers how many units it did.
Case = Callable[[], float]
DEFAULT_ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))


@dataclass
class Bench:
    """One benchmark: its rates by case, what was aimed at, and what was seen besides."""

    name: str
    unit: str
    rates: dict[str, float] = field(default_factory=dict)
    spread: dict[str, tuple[float, float]] = field(default_factory=dict)
    goals: list[tuple[str, float, float, bool]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def run(self, cases: Mapping[str, Case], *, rounds: int = DEFAULT_ROUNDS, warm_up: bool = True) -> None:
        """Each case once a round, in turn; units a second of the wall clock, median over rounds."""
        if warm_up:
            for case in cases.values():
                case()
        seen: dict[str, list[float]] = {name: [] for name in cases}
        for number in range(rounds):
            order = list(cases.items())
            for name, case in order if number % 2 == 0 else reversed(order):
                began = time.perf_counter()
                done = case()
                seen[name].append(done / (time.perf_counter() - began))
        for name, rates in seen.items():
            self.keep(name, rates)

    def keep(self, name: str, rates: list[float]) -> None:
        self.rates[name] = statistics.median(rates)
        self.spread[name] = (min(rates), max(rates))

    def ratio(self, ours: str, theirs: str) -> float:
        return self.rates[ours] / self.rates[theirs]

    def goal(self, what: str, seen: float, *, at_least: float) -> None:
        self.goals.append((what, seen, at_least, seen >= at_least))

    def limit(self, what: str, seen: float, *, at_most: float) -> None:
        self.goals.append((what, seen, at_most, seen <= at_most))

    def note(self, sentence: str) -> None:
        self.notes.append(sentence)

    def report(self) -> int:
        """Print everything, keep it as JSON, and answer 1 if a goal was missed."""
        out = [f"## {self.name}", "", f"| case | {self.unit} | min – max |", "|---|---:|---:|"]
        for name, rate in self.rates.items():
            low, high = self.spread[name]
            out.append(f"| {name} | {rate:,.0f} | {low:,.0f} – {high:,.0f} |")
        if self.goals:
            out += ["", "| goal | seen | aimed at | |", "|---|---:|---:|---|"]
            out += [
                f"| {what} | {seen:,.3g} | {aim:,.3g} | {'met' if met else '**missed**'} |"
                for what, seen, aim, met in self.goals
            ]
        out += [""] + [f"- {sentence}" for sentence in self.notes]
        print("\n".join(out), flush=True)
        self._save()
        return 0 if all(met for *_, met in self.goals) else 1

    def _save(self) -> None:
        folder = Path(os.environ.get("BENCH_OUT", ".local/bench"))
        folder.mkdir(parents=True, exist_ok=True)
        body = {"name": self.name, "unit": self.unit, "rates": self.rates, "goals": self.goals, "notes": self.notes}
        (folder / f"{self.name}.json").write_text(json.dumps(body, ensure_ascii=False, indent=1), "utf-8")


def skip(bench: Bench, peer: str, why: str) -> None:
    """A peer that is not here is said, never left out silently."""
    bench.note(f"{peer}: not run, {why}")
    print(f"{bench.name}: {peer} not run, {why}", file=sys.stderr)
