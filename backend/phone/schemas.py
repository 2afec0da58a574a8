"""The phone's wire, as docs/phone-protocol.md says it. Times are epoch milliseconds."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal
from uuid import UUID

from ninja import Field, Schema


class EnrolIn(Schema):
    code: str = Field(min_length=4, max_length=40)
    device_name: str = Field("", max_length=120)


class PersonOut(Schema):
    id: UUID
    name: str


class EnrolOut(Schema):
    token: str
    device: UUID
    person: PersonOut
    notice_version: str


class DutyOut(Schema):
    code: str
    name: str
    role: str


class PostOut(Schema):
    role: str
    unit: str
    unit_name: str


class NoticeOut(Schema):
    version: str
    text: str


class LimitsOut(Schema):
    gap_s: int = 120
    max_fixes: int = 5000
    max_item_bytes: int = 1024 * 1024
    max_photo_bytes: int = 15 * 1024 * 1024
    poll_s: int = 60
    dwell_s: int = 60


class ReportKindOut(Schema):
    code: str
    name: str
    line: str
    icon: str
    is_urgent: bool
    is_front: bool


class LookOut(Schema):
    at: int
    by: str
    what: str
    reason: str


class HoldOut(Schema):
    """Records of some days, kept longer than their time, and why."""

    first_day: date
    last_day: date
    ground: str
    reason: str


class HelpPhoneOut(Schema):
    """A number of the township to call."""

    name: str
    number: str


class MeOut(Schema):
    person: PersonOut
    device: UUID
    grids: list[DutyOut]
    posts: list[PostOut]
    can_upload_only: bool
    notice: NoticeOut
    consent: str | None
    limits: LimitsOut
    report_kinds: list[ReportKindOut]
    live_url: str
    push_key: str
    synthetic: bool
    looks: list[LookOut]
    holds: list[HoldOut]
    help_phones: list[HelpPhoneOut]


class AddressIn(Schema):
    """Where this phone can be reached: a token or an id of FCM, or a browser's subscription as JSON (``webpush``, ``vapid``)."""

    channel: Literal["fcm", "webpush"]
    kind: Literal["token", "fid", "vapid"]
    address: str = Field(min_length=8, max_length=2048, pattern=r"^[\x21-\x7e]+$")


class GroundOut(Schema):
    """GeoJSON features to draw under a grid; 6 decimals, WGS84."""

    grid: str
    version: str
    synthetic: bool
    lines: list[dict[str, Any]]
    cover: list[dict[str, Any]]
    houses: list[dict[str, Any]]


class HealthIn(Schema):
    """What the phone says of itself; anything else it says is not kept."""

    battery: float | None = Field(None, ge=0, le=100)
    storage_free: int | None = Field(None, ge=0)
    storage_persisted: bool | None = None
    permissions: dict[str, str] = Field(default_factory=dict, max_length=12)
    app_version: str = Field("", max_length=40)


class ConsentIn(Schema):
    notice_version: str = Field(min_length=1, max_length=20)
    decision: Literal["given", "refused", "withdrawn"]
    at: int = 0


class ConsentOut(Schema):
    """``erased`` pieces of track went with a withdrawn consent; ``held_back`` stay until a hold on them is released."""

    decision: str
    erased: int = 0
    held_back: int = 0


class OkOut(Schema):
    ok: bool = True


class TicketOut(Schema):
    ticket: str
    url: str


class ChangesIn(Schema):
    """The digest of what the phone has, what it has by kind and id, or both."""

    have: dict[str, dict[str, str]] | None = None
    digest: str | None = None


class PutOut(Schema):
    kind: str
    id: str
    version: str
    body: dict[str, Any]


class DropOut(Schema):
    kind: str
    id: str


class ChangesOut(Schema):
    put: list[PutOut]
    drop: list[DropOut]
    digest: str


class ReceiptOut(Schema):
    id: str
    sha256: str
    received_at: int
    signature: str


class OutcomeOut(Schema):
    id: str
    status: Literal["stored", "duplicate", "id_reused", "quarantined"]
    code: str
    text: str
    retry: str
    receipt: ReceiptOut


# The body of sync is read by hand: gzip with a limit, and one broken item must not spoil the others.
_ITEM = {"type": "object", "properties": {"id": {"type": "string", "format": "uuid"}, "kind": {"type": "string"}, "body": {}}}
_ENVELOPE = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "sent_at": {"type": "integer"},
        "boot": {"type": "string"},
        "mono": {"type": "integer"},
        "items": {"type": "array", "maxItems": 200, "items": _ITEM},
    },
}
SYNC_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": _ENVELOPE}}}}


class SyncOut(Schema):
    outcomes: list[OutcomeOut]


class HeldIn(Schema):
    ids: list[UUID] = Field(max_length=2000)


class HeldOut(Schema):
    held: dict[str, Literal["stored", "expired", "unknown"]]
