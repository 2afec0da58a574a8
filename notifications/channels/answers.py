"""What HTTP itself says in an answer, whoever the vendor is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT_S = 24 * 3600  # what somebody between us and the vendor may ask of us at most


def retry_after(headers: Mapping[str, str]) -> int | None:
    """The seconds of a ``Retry-After``, given as such or as a date; None if there is none or nobody can read it."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]), LONGEST_WAIT_S)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return min(max(0, round((then - datetime.now(UTC)).total_seconds())), LONGEST_WAIT_S)
