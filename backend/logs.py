"""How lines of the log are written: what went wrong and where, never the row or the statement it went wrong with."""

from __future__ import annotations

import logging
import re
from types import TracebackType

# PostgreSQL adds the failing row and a piece of the statement to its message: names, words, positions.
VALUES = re.compile(r"^(DETAIL|CONTEXT|LINE \d+): .*(\n\s*\^\s*$)?", re.MULTILINE)
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WithoutValues(logging.Formatter):
    """Tracebacks as usual, but for what the database quotes of people's data."""

    def formatException(self, ei: ExcInfo) -> str:  # noqa: N802  the name is logging's
        return VALUES.sub(r"\1: …", super().formatException(ei))
