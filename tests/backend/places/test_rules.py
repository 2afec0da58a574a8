"""Limits are data of the county, with versions; what makes no sense is refused and said where."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backend.places.models import RuleSet
from backend.places.rules import DEFAULTS, RulesOutdated, forget_rules, limits_of, read_rules, rules_at, set_rules
from backend.problems import Unreadable
from tests.backend.builders import COUNTY, make_operator, make_unit

GRID = f"{COUNTY[:6]}102201001"


def test_a_county_without_rules_has_the_defaults_as_version_1(db: None) -> None:
    assert rules_at(GRID, timezone.now()) == DEFAULTS
    assert DEFAULTS.version == 1


def test_a_new_version_holds_from_its_day_and_the_old_one_stays_readable(db: None) -> None:
    county, now = make_unit(COUNTY), timezone.now()
    admin = make_operator(county, role="county_admin")
    set_rules(county, {}, by=None, at=now - timedelta(days=9))
    set_rules(county, {"track": {"gap_s": 300}, "late_h": 48}, by=admin, at=now)
    assert rules_at(GRID, now - timedelta(seconds=1)).track.gap_s == DEFAULTS.track.gap_s
    assert rules_at(GRID, now - timedelta(days=400)).version == 1
    newer = rules_at(GRID, now)
    assert (newer.version, newer.track.gap_s, newer.late_h, newer.track.jump_mps) == (2, 300, 48, 60)
    assert rules_at("360830100201001", now).version == 1


def test_a_version_cannot_begin_before_the_newest(db: None) -> None:
    county, now = make_unit(COUNTY), timezone.now()
    set_rules(county, {}, by=None, at=now - timedelta(days=9))
    set_rules(county, {"late_h": 48}, by=None, at=now)
    with pytest.raises(RulesOutdated):
        set_rules(county, {}, by=None, at=now - timedelta(days=1))


@pytest.mark.parametrize(
    ("limits", "where"),
    [
        ({"track": {"gap_s": -1}}, "track.gap_s"),
        ({"track": {"gap_s": True}}, "track.gap_s"),
        ({"track": {"gap_s": float("nan")}}, "track.gap_s"),
        ({"track": 5}, "track"),
        ({"track": {"speed": 5}}, "track.speed"),
        ({"version": 3}, "version"),
        ({"place": {"radius_m": 500}}, "place"),
        ({"coverage": {"classes": [0.4, 0.3, 0.8, 0.9]}}, "coverage.classes"),
        ({"coverage": {"classes": [0.4]}}, "coverage.classes"),
        ({"retention": {"tracks": 2.5}}, "retention.tracks"),
        ({"walk_mps": 4}, "walk_mps"),
        ({"ride_mps": 90}, "ride_mps"),
        ({"low_accuracy_share": 2}, "low_accuracy_share"),
        ({"nothing": 2}, "nothing"),
    ],
)
def test_what_is_no_limit_is_refused_and_said_where(db: None, limits: dict[str, Any], where: str) -> None:
    with pytest.raises(Unreadable) as refused:
        set_rules(make_unit(COUNTY), limits, by=None, at=timezone.now())
    assert refused.value.extra["fields"][0]["where"] == where
    assert not RuleSet.objects.exists()


def test_a_version_made_when_there_was_one_limit_more_is_still_read(db: None) -> None:
    now = timezone.now()
    row = set_rules(make_unit(COUNTY), {"late_h": 48}, by=None, at=now)
    RuleSet.objects.filter(pk=row.pk).update(limits={"late_h": 48, "walk_mps": 8.0})
    forget_rules()
    assert rules_at(COUNTY, now).late_h == 48


def test_a_county_that_sets_its_first_limits_leaves_the_past_to_the_defaults(db: None) -> None:
    now = timezone.now()
    assert set_rules(make_unit(COUNTY), {"late_h": 48}, by=None, at=now).version == 2
    assert rules_at(GRID, now - timedelta(days=1)) == DEFAULTS


def test_limits_written_out_read_back_the_same() -> None:
    assert read_rules(1, limits_of(DEFAULTS)) == DEFAULTS
