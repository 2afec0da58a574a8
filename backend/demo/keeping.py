"""What the simulated phones know across a restart: their tokens, the patrol that was running, when anybody last cried for help."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any


class Keeping:
    """A small file only its owner can read, written whole each time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, Any]] = {}
        with suppress(OSError, ValueError):
            self.rows = json.loads(path.read_text("utf-8"))

    def of(self, name: str) -> dict[str, Any]:
        return self.rows.get(name, {})

    def put(self, name: str, **values: Any) -> None:
        self.rows[name] = self.of(name) | values
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            json.dump(self.rows, out)
        part.replace(self.path)
