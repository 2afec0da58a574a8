"""The county's limits at a desk: everybody in the county reads them, its administrator makes the next version."""

from __future__ import annotations

import pytest

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
