"""Whatever the geometry room can say has words for the person who reads it."""

from __future__ import annotations

import re

from backend.places.finding_words import TEXTS
from geo.issues import ISSUES
from tests.house.tree import ROOT, tracked


def test_every_finding_about_a_layer_has_chinese_words_and_asks_only_for_figures_it_gets() -> None:
    assert set(TEXTS) == set(ISSUES)
    derived = {"datum", "against", "reason", "form", "wanted", "hectares", "area_m2"}
    for code, texts in TEXTS.items():
        asked = set(re.findall(r"{(\w+)}", "".join(texts)))
        assert asked <= {*ISSUES[code].figures, *derived}, code
        assert re.search("[\u4e00-\u9fff]", texts[0]), code


def test_every_remark_about_a_division_has_chinese_words_once() -> None:
    made = set()
    for path in tracked("geo/division/*.py"):
        made |= set(re.findall(r"Remark\(\s*\"(\w+)\"", path.read_text()))
    table = (ROOT / "web/command/plan_metrics.js").read_text().split("const REMARKS")[1].split("});")[0]
    said = re.findall(r"^  (\w+): \"[\u4e00-\u9fff]", table, re.MULTILINE)
    assert len(made) >= 9 and sorted(said) == sorted(made)
