"""When a thing happened, judged from a phone whose clock may be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backend.places.rules import DEFAULTS, Rules

EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)
# JavaScript's largest exact integer; anything beyond is no instant.
LARGEST_MS = 2**53


@dataclass(frozen=True, slots=True)
class Sent:
    """The phone's clocks when it sent, and ours when it arrived."""

    received_at: datetime
    sent_at: int | None = None
    boot: str = ""
    mono: int | None = None

    @property
    def received_ms(self) -> int:
        return round(self.received_at.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Moment:
    """``at`` is what we go by, ``shift_ms`` what was added to the phone's clock to get it; a guess is our own clock at arrival."""

    at: datetime
    shift_ms: int = 0
    is_clock_wrong: bool = False
    is_guess: bool = False
    is_late: bool = False

    @property
    def at_ms(self) -> int:
        return round(self.at.timestamp() * 1000)


def judge_moment(sent: Sent, at: int | None, *, boot: str = "", mono: int | None = None, rules: Rules = DEFAULTS) -> Moment:
    """Correct the phone's time of an item.

    The wall clock is believed while it agrees with ours at sending. Otherwise the time that went by since counts: by the
    monotonic clock if the phone's session is the same, else by the wall clock's own difference. Monotonic clocks stand
    still while a phone sleeps, so they are not used to doubt a wall clock that is right.
    """
    if at is None or abs(at) > LARGEST_MS:
        return Moment(sent.received_at, is_clock_wrong=at is not None, is_guess=True)
    corrected = at
    if sent.sent_at is not None and abs(sent.received_ms - sent.sent_at) > rules.clock_slack_s * 1000:
        has_mono = bool(boot) and boot == sent.boot and mono is not None and sent.mono is not None and mono <= sent.mono
        age = sent.mono - mono if has_mono and mono is not None and sent.mono is not None else sent.sent_at - at
        corrected = sent.received_ms - age
    return _moment(sent, at, corrected, timedelta(hours=rules.late_h))


def _moment(sent: Sent, at: int, corrected: int, late: timedelta) -> Moment:
    low, high = EARLIEST.timestamp() * 1000, (sent.received_at + AHEAD).timestamp() * 1000
    if not low <= corrected <= high:
        return Moment(sent.received_at, sent.received_ms - at, is_clock_wrong=True, is_guess=True)
    instant = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=corrected)
    return Moment(instant, corrected - at, is_clock_wrong=corrected != at, is_late=sent.received_at - instant > late)
