"""Every model, problem, event and public geometry word stands in the glossary, and nothing there is stale."""

from __future__ import annotations

import re
from dataclasses import is_dataclass

import geo
from backend.problems import Problem
from notifications import events
from tests.house.test_schema import OURS
from tests.house.tree import ROOT

GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
WORDS = set(re.findall(r"^\| `([^`]+)`", GLOSSARY, re.MULTILINE))


def slugs(root: type[Problem]) -> set[str]:
    return {root.slug}.union(*(slugs(child) for child in root.__subclasses__())) - {"problem"}


def test_every_model_is_explained() -> None:
    assert not {model.__name__ for model in OURS} - WORDS


def test_every_problem_is_explained() -> None:
    import backend.urls  # noqa: F401  every endpoint, and so every problem, is loaded

    assert not slugs(Problem) - WORDS


def test_every_event_is_explained() -> None:
    names = {name for name, thing in vars(events).items() if is_dataclass(thing) and thing.__module__ == events.__name__}
    assert names
    assert not {name for name in names if not name.startswith("_")} - WORDS


def test_every_public_word_of_the_geometry_room_is_explained() -> None:
    assert not set(geo.__all__) - WORDS
