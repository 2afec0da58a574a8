"""The county's limits at a desk: everybody in the county reads them, its administrator makes the next version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.places.limit_words import flat
from tests.backend.builders import COUNTY, make_operator, make_township, make_unit
from tests.backend.command.desk import Desk

pytestmark = pytest.mark.django_db


def test_the_administrator_makes_the_next_version_and_others_read_it() -> None:
    township = make_township()
    admin = Desk(make_operator(make_unit(COUNTY), role="county_admin", name="县管"))
    [first] = admin.read("rules")
    assert (first["version"], first["may_change"], first["limits"]) == (1, True, first["defaults"])
    limits = first["limits"] | {"late_h": 48}
    assert admin.change("rules", {"county": COUNTY, "version": 1, "limits": limits})["limits"]["late_h"] == 48
    second = admin.change("rules", {"county": COUNTY, "version": 2, "limits": limits | {"late_h": 24}})
    assert [row["version"] for row in second["versions"]] == [3, 2, 1]
    assert second["versions"][0]["made_by"] == "县管"
    operator = Desk(make_operator(township))
    [read] = operator.read("rules")
    assert (read["version"], read["limits"]["late_h"], read["may_change"]) == (3, 24, False)
    assert operator.post("rules", {"county": COUNTY, "version": 2, "limits": limits}).status_code == 404


def test_what_was_written_over_an_older_version_is_not_taken() -> None:
    admin = Desk(make_operator(make_unit(COUNTY), role="county_admin"))
    for _ in range(2):
        admin.change("rules", {"county": COUNTY, "version": admin.read("rules")[0]["version"], "limits": {"late_h": 48}})
    answer = admin.post("rules", {"county": COUNTY, "version": 1, "limits": {}})
    assert answer.status_code == 409


def test_a_limit_that_makes_no_sense_is_refused_and_said_where() -> None:
    admin = Desk(make_operator(make_unit(COUNTY), role="county_admin"))
    answer = admin.post("rules", {"county": COUNTY, "version": 1, "limits": {"track": {"gap_s": 0}}})
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["where"] == "track.gap_s"


def test_another_countys_rules_are_not_there() -> None:
    make_unit(COUNTY)
    other = Desk(make_operator(make_unit("360830000000", "永新县"), role="county_admin"))
    assert [row["county"] for row in other.read("rules")] == ["360830000000"]
    assert other.post("rules", {"county": COUNTY, "version": 1, "limits": {}}).status_code == 404


def test_every_limit_is_told_with_its_name_its_span_and_when_it_counts() -> None:
    [told] = Desk(make_operator(make_unit(COUNTY), role="county_admin")).read("rules")
    limits = dict(flat(told["limits"]))
    assert sorted(limits) == sorted(one["path"] for one in told["words"])
    for one in told["words"]:
        values = limits[one["path"]]
        assert all(one["low"] <= value <= one["high"] for value in (values if isinstance(values, list) else [values]))
        assert one["name"] and one["unit"] and one["counts_for"] and one["group_name"]


def test_a_version_for_a_day_to_come_waits_for_it_and_the_old_ones_stay_readable() -> None:
    admin = Desk(make_operator(make_unit(COUNTY), role="county_admin"))
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    told = admin.change("rules", {"county": COUNTY, "version": 1, "limits": {"late_h": 48}, "from": tomorrow})
    assert (told["version"], told["newest"], told["limits"]["late_h"]) == (1, 2, 72)
    coming, first = told["versions"]
    assert (coming["version"], coming["limits"]["late_h"], first["limits"]["late_h"]) == (2, 48, 72)
    assert (coming["to"], first["to"]) == (None, coming["from"])
    assert admin.post("rules", {"county": COUNTY, "version": 1, "limits": {}}).json()["type"] == "/problems/conflict"
    assert admin.post("rules", {"county": COUNTY, "version": 2, "limits": {}}).json()["type"] == "/problems/rules_outdated"
    today = timezone.localdate().isoformat()
    assert admin.post("rules", {"county": COUNTY, "version": 2, "limits": {}, "from": today}).status_code == 422


def test_a_limit_outside_its_span_is_refused_by_its_name() -> None:
    admin = Desk(make_operator(make_unit(COUNTY), role="county_admin"))
    answer = admin.post("rules", {"county": COUNTY, "version": 1, "limits": {"retention": {"tracks": 1}}})
    assert answer.status_code == 422
    assert answer.json()["fields"] == [{"where": "retention.tracks", "what": "要在 7 到 366 天之间"}]
    crossed = {"track": {"counts_accuracy_m": 200, "flagged_accuracy_m": 100}}
    assert "不能大于" in admin.post("rules", {"county": COUNTY, "version": 1, "limits": crossed}).json()["detail"]
