"""One picture of the command centre, and what is new in it since another: encoded once, however many look on."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cached_property
from typing import Any

from backend.command.hub import encode

KEYED = ("people", "reports")  # told row by row; what else there is comes whole when it changed
MOVES = ("lon", "lat", "t", "course", "accuracy_m")  # in this order in a line of `moved`, after the id
FADES = ("is_stale",)  # follows from t and the clock: every desk sees it by itself
LARGEST = 256 * 1024  # a whole picture beyond this is asked for, compressed and at the desk's own pace

Rows = dict[str, dict[str, Any]]


class Frame:
    """``values`` is plain JSON as `CentreOut` says, with the time of drawing under ``at``."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def with_people(self, walkers: list[dict[str, Any]], *, at: datetime) -> Frame:
        """This picture with these people in it: the part that is drawn every second, so it goes past no schema."""
        return Frame(self.values | {"at": at.isoformat(), "people": [_plain(row) for row in walkers]})

    @cached_property
    def rows(self) -> dict[str, Rows]:
        return {name: {row["id"]: row for row in self.values[name]} for name in KEYED}

    def whole(self) -> bytes:
        """The event a desk begins with: the picture, or word to ask for it."""
        body = _json(self.values)
        return encode("tick", body) if len(body) <= LARGEST else encode("ask", "{}")

    def since(self, before: Frame) -> bytes | None:
        """The event that makes this picture of the one before; none if only the clock has gone on."""
        news: dict[str, Any] = {"moved": [], "put": {}, "drop": {}, "set": {}}
        for name in KEYED:
            self._rows_since(name, before.rows[name], news)
        for name, value in self.values.items():
            if name not in (*KEYED, "at") and value != before.values.get(name):
                news["set"][name] = value
        if not any(news.values()):
            return None
        return encode("delta", _json({"at": self.values["at"], **news}))

    def _rows_since(self, name: str, then: Rows, news: dict[str, Any]) -> None:
        now, put = self.rows[name], []
        for key, row in now.items():
            old = then.get(key)
            if old == row:
                continue
            if old is None or _stays(old) != _stays(row) or "lon" not in row or name != "people":
                put.append(row)
            elif any(old[part] != row[part] for part in MOVES):
                news["moved"].append([key, *(row[part] for part in MOVES)])
        if put:
            news["put"][name] = put
        if gone := [key for key in then if key not in now]:
            news["drop"][name] = gone


def _stays(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in MOVES and name not in FADES}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A `WalkerOut` as JSON."""
    started = row["patrol_started_at"]
    return row | {"id": str(row["id"]), "t": row["t"].isoformat(), "patrol_started_at": started and started.isoformat()}


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
