"""Foreign keys point down the stack and are indexed, constraints have sentences for names, states are checked."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection, models

STACK = ["units", "accounts", "places", "patrols", "field", "cases", "audits", "phone", "command", "demo"]
BESIDE = {"phone", "command"}
OURS = [model for model in apps.get_models() if model.__module__.startswith(("backend.", "notifications."))]


def links() -> list[tuple[type[models.Model], models.ForeignKey]]:
    return [(model, field) for model in OURS for field in model._meta.fields if isinstance(field, models.ForeignKey)]


def test_foreign_keys_point_down_the_stack() -> None:
    assert links()
    wrong = []
    for model, field in links():
        here, there = model._meta.app_label, field.related_model._meta.app_label
        if here == "notifications":
            allowed = there in ("notifications", "accounts")
        else:
            allowed = there in STACK and STACK.index(there) <= STACK.index(here) and {here, there} != BESIDE
        if not allowed:
            wrong.append(f"{model.__name__}.{field.name} → {there}")
    assert not wrong


@pytest.mark.django_db
def test_every_foreign_key_is_the_beginning_of_an_index() -> None:
    missing = []
    with connection.cursor() as cursor:
        for model, field in links():
            constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
            firsts = {
                info["columns"][0] for info in constraints.values() if info["index"] or info["unique"] or info["primary_key"]
            }
            if field.column not in firsts:
                missing.append(f"{model.__name__}.{field.name}")
    assert not missing


def test_every_constraint_has_a_sentence_for_a_name() -> None:
    short = [c.name for model in OURS for c in model._meta.constraints if c.name.count("_") < 3]
    assert not short


def test_every_field_with_choices_is_checked_by_the_database() -> None:
    unchecked = []
    for model in OURS:
        checked = " ".join(str(c.condition) for c in model._meta.constraints if isinstance(c, models.CheckConstraint))
        for field in model._meta.fields:
            if field.choices and f"{field.name}__in" not in checked:
                unchecked.append(f"{model.__name__}.{field.name}")
    assert not unchecked
