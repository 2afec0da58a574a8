"""By which limits a county judges what comes from the ground. Limits are data with versions; these are the defaults."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from backend.accounts.models import User
from backend.places.limit_words import clash, name_of, outside
from backend.places.models import RuleSet
from backend.problems import Conflict, Unreadable
from backend.units.models import AdminUnit
from geo.errors import BadLimits
from geo.limits import CoverageLimits, PlaceLimits, TrackLimits

KEPT_S = 5.0  # another process sees a new version after this many seconds
GROUPS = ("track", "place", "coverage", "retention", "ladder")
#: Limits of versions made before, which nothing asks for any more.
RETIRED = {"walk_mps"}
SHARES = {"classes", "low_accuracy_share"}


def _retention() -> dict[str, int]:
    return {"tracks": 30, "photos": 365, "reports": 1095, "access_log": 1095, "sealed": 3}


def _ladder() -> dict[str, int]:
    return {"sms_min": 2, "stand_in_min": 5, "chief_min": 10, "desk_min": 15}


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of a county's limits. Speeds are metres a second, retention days."""

    version: int = 1
    track: TrackLimits = field(default_factory=TrackLimits)
    place: PlaceLimits = field(default_factory=PlaceLimits)
    coverage: CoverageLimits = field(default_factory=CoverageLimits)
    ride_mps: float = 25.0
    #: Older than this when it arrives is said to be late, and taken all the same.
    late_h: float = 72.0
    #: A phone's clock less wrong than this is taken at its word.
    clock_slack_s: float = 120.0
    #: A patrol with no word for so long is shown as ended; what comes later extends it.
    silent_end_min: float = 30.0
    #: A patrol with a silence this long is asked about, once.
    gap_question_min: float = 6.0
    #: A patrol more of whose fixes than this are too coarse to count is asked about.
    low_accuracy_share: float = 0.5
    #: A photo may say another place than its report by this much and both accuracies, and another time by this much.
    photo_place_m: float = 300.0
    photo_time_min: float = 60.0
    #: Above so many minutes a person and day an admission needs a reason: the guard warns who assigns, it judges nobody.
    workday_min: float = 240.0
    retention: dict[str, int] = field(default_factory=_retention)
    #: Minutes after an urgent alert was told: what is done for whoever does not answer.
    ladder: dict[str, int] = field(default_factory=_ladder)


class RulesOutdated(Conflict):
    """Somebody made a version that holds from later on; a new one cannot begin before it."""

    slug = "rules_outdated"
    zh, en = "已经有一版更晚生效的规则。先看看那一版。", "A later version of the rules exists. Look at that one first."


def rules_at(code: str, at: datetime) -> Rules:
    """Rules in force at an instant for a unit or grid, found by the first six digits; a county without any has the defaults."""
    for valid, rules in _versions(f"{code[:6]}000000"):
        if (valid.lower is None or valid.lower <= at) and (valid.upper is None or at < valid.upper):
            return rules
    return DEFAULTS


def read_rules(version: int, limits: Mapping[str, Any]) -> Rules:
    """Limits as stored, laid over the defaults. Raises `Unreadable` and says where for what is no limit or makes no sense."""
    values: dict[str, Any] = {}
    for name, value in limits.items():
        default = getattr(DEFAULTS, name, None) if name != "version" else None
        if default is None:
            raise _wrong(name, "没有这一项")
        values[name] = _group(name, default, value) if name in GROUPS else _number(name, default, value)
    rules = replace(DEFAULTS, version=version, **values)
    _check_order(rules)
    return rules


def limits_of(rules: Rules) -> dict[str, Any]:
    """All limits by group, as `set_rules` takes them."""
    limits = asdict(rules)
    del limits["version"]
    limits["coverage"]["classes"] = list(rules.coverage.classes)
    return limits


def rule_versions(code: str) -> list[tuple[Any, Rules]]:
    """All versions of a county with the time each holds, the newest first; none where nobody set any."""
    return _versions(f"{code[:6]}000000")


def set_rules(
    county: AdminUnit, limits: Mapping[str, Any], *, by: User | None, since: datetime | None = None, at: datetime
) -> RuleSet:
    """Make the next version of a county's limits, in force from ``since`` or now. What was judged before keeps its version.

    The first version is the defaults, for all that was before; asked for the defaults, it is the only one.
    """
    is_default = read_rules(1, limits) == DEFAULTS
    for words, what in outside(limits):
        raise _wrong(words.path, what)
    begin = since or at
    with transaction.atomic():
        AdminUnit.objects.select_for_update().get(pk=county.pk)
        newest = RuleSet.objects.filter(county=county).order_by("-version").first()
        made = {"county": county, "made_by": by, "made_at": at}
        if newest is None:
            newest = RuleSet.objects.create(version=1, limits=limits_of(DEFAULTS), valid=DateTimeTZRange(None, None), **made)
            if is_default:
                forget_rules()
                return newest
        if newest.valid.lower is not None and newest.valid.lower >= begin:
            raise RulesOutdated
        RuleSet.objects.filter(pk=newest.pk).update(valid=DateTimeTZRange(newest.valid.lower, begin))
        row = RuleSet.objects.create(
            version=newest.version + 1, limits=dict(limits), valid=DateTimeTZRange(begin, None), **made
        )
        forget_rules()
        transaction.on_commit(forget_rules)
    return row


def forget_rules() -> None:
    """Read the rules anew at the next question."""
    with _lock:
        _kept.clear()


_kept: dict[str, tuple[float, list[tuple[Any, Rules]]]] = {}
_lock = threading.Lock()


def _versions(county: str) -> list[tuple[Any, Rules]]:
    kept = _kept.get(county)
    if kept is not None and time.monotonic() - kept[0] < KEPT_S:
        return kept[1]
    rows = RuleSet.objects.filter(county__code=county).order_by("-version").values_list("valid", "version", "limits")
    found = [
        (valid, read_rules(version, {name: value for name, value in limits.items() if name not in RETIRED}))
        for valid, version, limits in rows
    ]
    with _lock:
        _kept[county] = (time.monotonic(), found)
    return found


def _group(name: str, default: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise _wrong(name, "应是一组数")
    known = {item.name: getattr(default, item.name) for item in fields(default)} if not isinstance(default, dict) else default
    read = {}
    for key, number in value.items():
        if key not in known:
            raise _wrong(f"{name}.{key}", "没有这一项")
        read[key] = _number(f"{name}.{key}", known[key], number)
    if isinstance(default, dict):
        return default | read
    try:
        return replace(default, **read)
    except BadLimits as error:
        merged = {item.name: getattr(default, item.name) for item in fields(default)} | read
        raise _wrong(name, clash(name, merged) or f"自相矛盾：{error}") from error


def _number(where: str, default: Any, value: Any) -> Any:
    """A limit of the kind the default is: a positive number, or rising shares between 0 and 1."""
    if isinstance(default, tuple):
        numbers = [_number(where, 1.0, part) for part in value] if isinstance(value, list | tuple) else []
        if len(numbers) != len(default) or sorted(set(numbers)) != numbers or numbers[-1] > 1:
            raise _wrong(where, f"应是 {len(default)} 个从小到大、不超过 1 的数")
        return tuple(numbers)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise _wrong(where, "应是大于 0 的数")
    if where in SHARES and value > 1:
        raise _wrong(where, "应在 0 和 1 之间")
    if isinstance(default, int) and value != int(value):
        raise _wrong(where, "应是整数")
    return type(default)(value)


def _check_order(rules: Rules) -> None:
    if rules.ride_mps > rules.track.jump_mps:
        raise _wrong("ride_mps", f"不能大于{name_of('track.jump_mps')}")
    if disorder := clash("ladder", rules.ladder):
        raise _wrong("ladder", disorder)


def _wrong(where: str, what: str) -> Unreadable:
    return Unreadable(f"规则里的{name_of(where)}{what}。", fields=[{"where": where, "what": what}])


DEFAULTS = Rules()
