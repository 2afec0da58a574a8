"""What a journey needs of a running system: its address, staff at desks, and workers with phones."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from backend.demo.desk import Desk
from backend.demo.handset import Handset

T = TypeVar("T")


@dataclass
class World:
    """A system under a URL, with the sign-ins made for this installation."""

    url: str
    sign_ins: list[dict[str, str]]
    desks: dict[str, Desk] = field(default_factory=dict)

    @classmethod
    def at(cls, url: str, sign_ins: Path) -> World:
        return cls(url.rstrip("/"), json.loads(sign_ins.read_text("utf-8")))

    def desk(self, role: str) -> Desk:
        """The first person with a role, signed in."""
        if role not in self.desks:
            one = next(row for row in self.sign_ins if row["role"] == role)
            self.desks[role] = Desk(self.url, username=one["username"], password=one["password"])
        return self.desks[role]

    def grids(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.desk("centre_dispatcher").get("grids")
        return rows

    def worker(self, grid: dict[str, Any]) -> tuple[Handset, dict[str, Any]]:
        """A freshly enrolled phone of the person accountable for a grid."""
        person = next(row for row in grid["persons"] if row["role"] == "worker")
        code = self.desk("county_admin").post(f"people/{person['id']}/enrolment-code")["code"]
        phone = Handset(self.url)
        phone.enrol(code)
        phone.pull()
        return phone, person


def today() -> str:
    """The county's calendar day."""
    from zoneinfo import ZoneInfo

    return datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()


def until(look: Callable[[], T], *, seconds: float = 15) -> T:
    """Ask again until the answer is truthy; the last answer otherwise. For what a worker process does in its own time."""
    end = time.monotonic() + seconds
    while not (answer := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return answer
