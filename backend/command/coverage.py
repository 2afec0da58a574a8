"""Coverage for supervisors: grids by share, why a share is what it is, and files to take along. No row is a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router

from backend.audits.ranges import coverage_between
from backend.audits.visits import county_day, day_bounds
from backend.audits.why import why_grid
from backend.command import shares as pack
from backend.command.coverage_schemas import CoverageOut, SharesOut, WhyOut
from backend.command.coverage_words import describe_coverage, describe_why
from backend.command.export_map import coverage_gpkg
from backend.command.exports import coverage_xlsx
from backend.command.packed import answer
from backend.command.schemas import Day, Instant
from backend.command.sign_in import StaffRequest
from backend.command.tiles import FOREVER
from backend.places.exports import Crs
from backend.problems import NotFound, Unreadable

router = Router(tags=["coverage"], by_alias=True)
WEEK, LONGEST = 7, 92
First = Annotated[Day | None, Query(None, alias="from")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GPKG = "application/geopackage+sqlite3"


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are asked about; the last seven unless said otherwise."""

    first: date
    last: date

    @classmethod
    def read(cls, first: date | None, last: date | None, at: datetime) -> Days:
        last = last or county_day(at)
        first = first or last - timedelta(days=WEEK - 1)
        if not first <= last or (last - first).days >= LONGEST:
            raise Unreadable(f"起止日期不对：先起后止，最多 {LONGEST} 天。")
        return cls(first, last)

    def bounds(self) -> tuple[datetime, datetime]:
        """The first moment of the first day and the first after the last."""
        return day_bounds(self.first)[0], day_bounds(self.last)[1]


@router.get("coverage", response=CoverageOut, operation_id="coverage_of_days")
def coverage(request: StaffRequest, first: First = None, to: Day | None = None) -> dict[str, Any]:
    """Every grid in sight, the least seen first; grids nobody came to; places nobody reached in time."""
    at = timezone.now()
    days = Days.read(first, to, at)
    return describe_coverage(coverage_between(request.auth, days.first, days.last, at=at), at=at)


@router.get("coverage/shares", response=SharesOut, operation_id="coverage_shares")
def shares(request: StaffRequest, first: First = None, to: Day | None = None) -> HttpResponse:
    """The share of every grid in sight, a byte each, to paint a map with. Changes with every figure, so it is asked for anew."""
    at = timezone.now()
    days = Days.read(first, to, at)
    return answer(request, pack.packed_shares(pack.ask(request.auth, days.first, days.last, at=at)))


@router.get("coverage/codes/{digest}", response=list[str], operation_id="coverage_codes")
def codes(request: StaffRequest, digest: str, to: Day | None = None) -> HttpResponse:
    """Codes of the grids in the order of their shares. What lies under a digest never changes."""
    at = timezone.now()
    days = Days.read(to, to, at)
    found, packed = pack.packed_codes(pack.ask(request.auth, days.first, days.last, at=at))
    if digest != found:
        raise NotFound
    return answer(request, packed, **{"Cache-Control": FOREVER})


@router.get("coverage/export.xlsx", response={200: bytes}, operation_id="export_coverage_table")
def table(request: StaffRequest, first: First = None, to: Day | None = None) -> HttpResponse:
    """Grids, days, blind spots and overdue places as sheets."""
    at = timezone.now()
    days = Days.read(first, to, at)
    body = coverage_xlsx(request.auth, days.first, days.last, at=at)
    return as_file(body, XLSX, f"coverage-{days.first}-{days.last}.xlsx")


@router.get("coverage/export.gpkg", response={200: bytes}, operation_id="export_coverage_map")
def layers(request: StaffRequest, first: First = None, to: Day | None = None, crs: Crs = Crs.WGS84) -> HttpResponse:
    """Grids with their figures, their patrollable ground and what was seen of it, as layers."""
    at = timezone.now()
    days = Days.read(first, to, at)
    body = coverage_gpkg(request.auth, days.first, days.last, crs=crs, at=at)
    return as_file(body, GPKG, f"coverage-{days.first}-{days.last}.gpkg")


@router.get("coverage/{grid}", response=WhyOut, operation_id="coverage_of_grid")
def why(
    request: StaffRequest, grid: str, first: First = None, to: Day | None = None, as_of: Instant | None = None
) -> dict[str, Any]:
    """What made a grid's figure, as it is known now, or with ``as_of`` as it was known then."""
    at = timezone.now()
    days = Days.read(first, to, at)
    found = why_grid(request.auth, grid, days.first, days.last, at=at, as_of=as_of)
    return describe_why(found, request.auth, days.first, days.last, as_of=as_of)


def as_file(body: bytes, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(body, content_type=media_type, headers=headers)
