"""What every interpreter gets, gives back and refuses with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    ValidationError,
)

from backend.accounts.models import Device, User
from backend.phone.clock import Moment, Sent, judge_moment
from backend.places.rules import DEFAULTS, Rules
from backend.statements import Asked, Row
from geo import GeoError, LonLat, looks_swapped, to_wgs84
from geo.errors import MissingCRS, UnknownCRS

Body = TypeVar("Body", bound="TimedBody")


class Unfit(Exception):
    """The body cannot be read: it is kept, with this code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Arrived:
    """One inbox row as an interpreter needs it. ``is_replay`` is a rebuild: nothing is announced again.

    ``home`` is a grid of the person when it arrived, ``rules`` those of its county then.
    """

    item: UUID
    kind: str
    person: User
    device: Device
    sent: Sent
    home: str = ""
    rules: Rules = DEFAULTS
    is_replay: bool = False
    #: The answer to the question of its kind that was asked when its row was written; None: not asked.
    foreknown: Row | None = None

    def moment(self, body: TimedBody) -> Moment:
        return judge_moment(self.sent, body.at, boot=body.boot, mono=body.mono, rules=self.rules)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Codes, the most important first; none means ok. ``flagged`` are those somebody should look at, about ``about_id``.

    What ``is_expired`` came after the time it is kept for: its body is not kept either.
    """

    codes: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()
    patrol: UUID | None = None
    evidence: dict[str, Any] = field(default_factory=dict)
    is_expired: bool = False
    #: What is still to be written, with whatever journey comes next.
    after: tuple[Asked, ...] = ()

    @property
    def code(self) -> str:
        return self.codes[0] if self.codes else "ok"


def storable(text: Any) -> Any:
    """Words without what no column can hold: NUL, and half an emoji that a keyboard left behind."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode() if isinstance(text, str) else text


def word(said: Any, most: int) -> str:
    """The beginning of a word or number that only adds to something; whatever else stands there says nothing."""
    return str(storable(str(said)))[:most] if isinstance(said, str | int | float) else ""


Storable = BeforeValidator(storable)
Text = Annotated[str, Storable, StringConstraints(strict=True, max_length=20_000)]
# A person's words are kept whole in the inbox; where a column is shorter, the row holds their beginning.
ShortText = Annotated[str, Storable, StringConstraints(strict=True, max_length=40)]
Sha256 = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]


Degrees = Annotated[StrictInt, Field(ge=-(10**10), le=10**10, description="1e-7 degrees")]
Urgency = Annotated[StrictInt, Field(ge=0, le=1)]


def _only_int(value: Any) -> Any:
    return value if type(value) is int else None


def _only_session(value: Any) -> Any:
    return value if isinstance(value, str) and len(value) <= 64 else ""


class TimedBody(BaseModel):
    """What every body carries: the phone's clock, and its monotonic clock with the session it counts from."""

    model_config = ConfigDict(extra="ignore")

    at: StrictInt | None = None
    mono: Annotated[StrictInt | None, BeforeValidator(_only_int)] = None
    boot: Annotated[str, BeforeValidator(_only_session)] = ""


class Place(BaseModel):
    """A position as a phone sends it: 1e-7 degrees of a named datum, accuracy in half metres."""

    model_config = ConfigDict(extra="ignore")

    crs: str | None = None
    lon: Degrees
    lat: Degrees
    acc: Annotated[StrictInt, Field(le=10**9)] | None = None
    source: ShortText = "gps"

    def where(self) -> LonLat:
        lon, lat = self.lon / 1e7, self.lat / 1e7
        if looks_swapped(lon, lat):
            raise Unfit("axes_swapped")
        if abs(lon) > 180 or abs(lat) > 90:
            raise Unfit("body_invalid")
        try:
            east, north = to_wgs84(lon, lat, crs=self.crs)
        except GeoError as error:
            raise Unfit(geo_code(error)) from error
        return LonLat(float(east), float(north))

    @property
    def accuracy_m(self) -> float | None:
        return self.acc / 2 if self.acc is not None and self.acc >= 0 else None


def read(shape: type[Body], body: Any) -> Body:
    """The body in its shape, or `Unfit`."""
    try:
        return shape.model_validate(body)
    except ValidationError as error:
        raise Unfit("body_invalid") from error


def geo_code(error: GeoError) -> str:
    if isinstance(error, MissingCRS):
        return "crs_missing"
    return "crs_unknown" if isinstance(error, UnknownCRS) else "body_invalid"


def clock_notes(moment: Moment) -> tuple[str, ...]:
    """What the clock gives cause to say."""
    return (("clock_wrong",) if moment.is_clock_wrong else ()) + (("late",) if moment.is_late else ())
