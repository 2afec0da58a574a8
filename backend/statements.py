"""Statements asked with every request: bound and planned by the server, once for each connection, instead of anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import connection
from psycopg.adapt import AdaptersMap
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper

Row = tuple[Any, ...]


class _Planned(psycopg.Cursor[Row]):
    """A cursor the server binds for, where Django's own writes the values into the text. A whole number is always a bigint,
    so that a statement is planned once and not for each size of number."""

    def __init__(self, link: psycopg.Connection[Row]) -> None:
        super().__init__(link)
        self._adapters = AdaptersMap(link.adapters)
        self._adapters.register_dumper(int, Int8BinaryDumper)
        self._adapters.register_dumper(int, Int8Dumper)

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, **options | {"prepare": True})


def ask(statement: str, values: Mapping[str, Any] | None = None) -> list[Row]:
    """Run one statement; its rows, none if it answers nothing."""
    with _cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[Row] = cursor.fetchall() if cursor.description is not None else []
        return rows


def ask_after(first: str, statement: str, values: Mapping[str, Any]) -> list[Row]:
    """Two statements with the same values, one journey to the server and, in a transaction, its beginning with them.

    The second sees what was committed while the first waited. Whatever fails is raised here.
    """
    with _cursor() as before, _cursor() as cursor, connection.connection.pipeline():
        before.execute(first, values)
        cursor.execute(statement, values)
        rows: list[Row] = cursor.fetchall()
        return rows


def _cursor() -> Any:
    connection.ensure_connection()
    cursor: Any = _Planned(connection.connection)
    return connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
