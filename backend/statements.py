"""Statements asked with every request: planned once for each connection, bound by the server, several in one journey.

They go past Django's and psycopg's cursors, which cost more than what the server does; the transaction stays Django's. What a
value is follows from the statement, where a cast or a column says it: there are no types here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from select import POLLIN, POLLOUT, poll
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Row = tuple[Any, ...]
Asked = tuple[str, Mapping[str, Any]]
PLACE = re.compile(r"%\((\w+)\)s|%%")
PLAIN = {int, float, bool, UUID, date, datetime}  # what the server reads as Python writes it
DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class _Plan:
    """One statement as one connection knows it."""

    __slots__ = ("loaders", "name", "places")

    def __init__(self, name: bytes, places: tuple[str, ...]) -> None:
        self.name, self.places = name, places
        self.loaders: list[Callable[[bytes], Any]] | None = None


_numbered: dict[str, tuple[bytes, tuple[str, ...]]] = {}  # statements with numbers for names, and the names in order
_planned: WeakKeyDictionary[psycopg.Connection[Any], dict[str, _Plan]] = WeakKeyDictionary()


def ask(statement: str, values: Mapping[str, Any] | None = None) -> list[Row]:
    """Run one statement; its rows, none if it answers nothing."""
    return ask_all((statement, values or {}))[0]


def ask_after(first: str, statement: str, values: Mapping[str, Any]) -> list[Row]:
    """Two statements with the same values, one journey; the second sees what was committed while the first waited."""
    return ask_all((first, values), (statement, values))[1]


def ask_all(*asked: Asked) -> list[list[Row]]:
    """Run statements, if any, one after the other, with the beginning of the transaction if there is to be one, in one journey.

    Each sees what was committed while the one before it waited. The first that fails is raised, and those after it not run.
    """
    if not asked:
        return []
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    link = connection.connection
    if connection.queries_logged:
        connection.queries_log.extend({"sql": statement, "time": "0"} for statement, _ in asked)
    with connection.wrap_database_errors:
        plans = [_plan(link, statement) for statement, _ in asked]
        bound = [_bind(plan, values) for plan, (_, values) in zip(plans, asked, strict=True)]
        begins = not link.autocommit and link.pgconn.transaction_status == TransactionStatus.IDLE
        if len(asked) == 1 and not begins:
            results = [link.pgconn.exec_prepared(plans[0].name, *bound[0])]
        else:
            results = _together(link.pgconn, plans, bound, begins=begins)
        for result in results:
            _refuse(link, result)
        return [
            _rows(link, plan, result)
            for plan, result in zip(plans, results[begins and len(results) > len(plans) :], strict=True)
        ]


def _together(pgconn: PGconn, plans: Sequence[_Plan], bound: Sequence[Any], *, begins: bool) -> list[PGresult]:
    pgconn.enter_pipeline_mode()
    try:
        if begins:
            pgconn.send_query_params(b"begin", None)
        for plan, values in zip(plans, bound, strict=True):
            pgconn.send_query_prepared(plan.name, *values)
        pgconn.pipeline_sync()
        results: list[PGresult] = []
        while (result := _next(pgconn)) is None or result.status != ExecStatus.PIPELINE_SYNC:
            if result is not None:
                results.append(result)
            if pgconn.status == ConnStatus.BAD:
                raise psycopg.OperationalError(pgconn.get_error_message())
        return results
    finally:
        if pgconn.status != ConnStatus.BAD:
            pgconn.exit_pipeline_mode()


def _next(pgconn: PGconn) -> PGresult | None:
    """What the server answers next. It is waited for here: while libpq waits for it, no other thread would run."""
    if pgconn.flush() or pgconn.is_busy():
        ready = poll()
        while (unsent := pgconn.flush()) or pgconn.is_busy():
            ready.register(pgconn.socket, POLLIN | POLLOUT if unsent else POLLIN)
            ready.poll()
            pgconn.consume_input()
    return pgconn.get_result()


def _plan(link: psycopg.Connection[Any], statement: str) -> _Plan:
    known = _planned.setdefault(link, {})
    if (plan := known.get(statement)) is None:
        text, places = _with_numbers(statement)
        plan = _Plan(b"asked_%d" % len(known), places)
        _refuse(link, link.pgconn.prepare(plan.name, text))
        known[statement] = plan
    return plan


def _with_numbers(statement: str) -> tuple[bytes, tuple[str, ...]]:
    if statement not in _numbered:
        places = tuple(dict.fromkeys(name for name in PLACE.findall(statement) if name))
        text = PLACE.sub(lambda found: f"${places.index(found[1]) + 1}" if found[1] else "%", statement)
        _numbered[statement] = text.encode(), places
    return _numbered[statement]


def _bind(plan: _Plan, values: Mapping[str, Any]) -> tuple[list[bytes | None], list[int]]:
    given = [values[name] for name in plan.places]
    return [_said(value) for value in given], [Format.BINARY if type(value) is bytes else Format.TEXT for value in given]


def _said(value: Any) -> bytes | None:
    """A value in the words of the server. Only what statements of ours are given: whatever else is a mistake of ours."""
    if value is None or type(value) is bytes:
        return value
    if type(value) in PLAIN:
        return str(value).encode()
    if isinstance(value, str):
        if "\0" in value:
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return value.encode()
    if isinstance(value, list) and PLAIN.issuperset(map(type, value)):
        return f"{{{','.join(map(str, value))}}}".encode()
    raise TypeError(f"no statement takes a {type(value).__name__}")


def _refuse(link: psycopg.Connection[Any], result: PGresult) -> None:
    """Raise what the server said if it did not do as asked."""
    if result.status not in DONE:
        if link.pgconn.status == ConnStatus.BAD:
            raise psycopg.OperationalError(link.pgconn.get_error_message())
        raise error_from_result(result)


def _rows(link: psycopg.Connection[Any], plan: _Plan, result: PGresult) -> list[Row]:
    if not result.ntuples:
        return []
    if plan.loaders is None:
        oids = [result.ftype(column) for column in range(result.nfields)]
        kinds = [link.adapters.get_loader(oid, Format.TEXT) or link.adapters.get_loader(0, Format.TEXT) for oid in oids]
        plan.loaders = [kind(oid, link).load for kind, oid in zip(kinds, oids, strict=True) if kind is not None]
    rows = []
    for row in range(result.ntuples):
        words = [result.get_value(row, column) for column in range(result.nfields)]
        rows.append(tuple(None if word is None else load(word) for load, word in zip(plan.loaders, words, strict=True)))
    return rows
