"""The code table of a city: seconds, all or nothing, twice the same, every bad line named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from backend.units.loading import BadTable, load_units, read_rows
from backend.units.models import AdminUnit
from tests.house.tree import ROOT

pytestmark = pytest.mark.django_db
TABLE = ROOT / "fixtures" / "units" / "jian_divisions_2023.csv"
HEAD = "code,name,level,parent_code,kind\n"
CITY = "360800000000,吉安市,city,360000000000,\n360829000000,安福县,county,360800000000,\n"


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    return path


def test_all_units_of_the_city_are_loaded_with_13_county_polygons() -> None:
    call_command("load_units")
    assert AdminUnit.objects.count() == 3233
    assert AdminUnit.objects.exclude(boundary=None).count() == 13
    assert set(AdminUnit.objects.filter(level="county").values_list("metric_srid", flat=True)) <= {4547, 4548}
    assert AdminUnit.objects.get(code="360829102206").parent.name == "洲湖镇"


def test_loading_again_changes_nothing() -> None:
    call_command("load_units")
    before = list(AdminUnit.objects.order_by("pk").values_list("pk", "code", "name", "parent_id"))
    call_command("load_units")
    assert list(AdminUnit.objects.order_by("pk").values_list("pk", "code", "name", "parent_id")) == before


def test_kinds_are_as_published_not_as_the_code_suggests() -> None:
    load_units(read_rows(TABLE), edition="2023-06-30", since=date(2023, 6, 30))
    kinds = dict(AdminUnit.objects.values_list("code", "kind"))
    assert kinds["360829107500"] == "other"  # the table says “like a village”, whatever its name
    assert kinds["360826110110"] == "community"  # a residents' committee in the 1xx range
    assert AdminUnit.objects.filter(code="360824104000").get().name == "麦㙦镇"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (CITY + "36082910,洲湖镇,township,360829000000,镇\n", "table.csv:4: the code '36082910'"),
        (CITY + "360829102000,,township,360829000000,镇\n", "table.csv:4: the name is empty"),
        (CITY + "360829102000,洲湖镇,town,360829000000,镇\n", "table.csv:4: the level 'town'"),
        (CITY + "360829102000,洲湖镇,township,360828000000,镇\n", "table.csv:4: the parent 360828000000"),
        (CITY + "360828102000,洲湖镇,township,360829000000,镇\n", "table.csv:4: 360828102000 does not lie in"),
        (CITY + "360829000000,安福县,county,360800000000,\n", "table.csv:4: the code 360829000000 stands already in line 3"),
        (CITY + "360829102000,洲湖镇,township,360829000000,镇镇\n", "table.csv:4: the kind '镇镇'"),
        (CITY + "360829102000,洲湖镇\n", "table.csv:4: 5 columns are needed, 2 are there"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_stored(tmp_path: Path, lines: str, says: str) -> None:
    with pytest.raises(BadTable) as caught:
        load_units(read_rows(table(tmp_path, HEAD + lines)), edition="x", since=date(2023, 1, 1))
    assert says in str(caught.value)
    assert not AdminUnit.objects.exists()


def test_a_table_with_other_columns_says_which_it_needs(tmp_path: Path) -> None:
    with pytest.raises(BadTable, match="code,name,level,parent_code,kind"):
        read_rows(table(tmp_path, "代码,名称\n1,2\n"))


def test_search_by_name_is_in_pinyin_order_and_by_code_from_its_beginning() -> None:
    call_command("load_units")
    found = [unit.name for unit in AdminUnit.objects.search("洲") if unit.level == "village"]
    assert found.index("樟洲村村委会") < found.index("中洲村村委会")
    assert {unit.code for unit in AdminUnit.objects.search("360829102")} == {
        unit.code for unit in AdminUnit.objects.below("360829102000")
    }
