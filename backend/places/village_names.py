"""Which village a row means: by its code, else by its name; and what it may mean where neither fits."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import NamedTuple

from backend.units.models import AdminUnit, short_name

ENDINGS = "(村民委员会|村委会|居民委员会|居委会|村民委|村委|社区|居委|村)+$"


class Match(NamedTuple):
    """The code of a village a row means, and if none: codes it may mean, likeliest first."""

    code: str
    proposals: tuple[str, ...] = ()


def bare_name(name: str) -> str:
    """What is left of a name without the words for its kind: 王屯 for 王屯村村委会 and for 王屯村委会."""
    plain = re.sub(r"[\s()（）]", "", name)
    plain = re.sub("^.*?(镇|乡|街道)(?=.{2,}$)", "", plain)
    return re.sub(ENDINGS, "", plain) or plain


def match_villages(rows: Iterable[tuple[str, str]], villages: Iterable[AdminUnit]) -> list[Match]:
    """A village for each (code, name). Only full codes and full or spoken names count; what is merely alike is proposed."""
    units = sorted(villages, key=lambda unit: unit.code)
    by_code = {unit.code: unit.code for unit in units}
    by_name: dict[str, set[str]] = {}
    by_bare: dict[str, list[str]] = {}
    for unit in units:
        for name in (unit.name, short_name(unit.name)):
            by_name.setdefault(name, set()).add(unit.code)
        by_bare.setdefault(bare_name(unit.name), []).append(unit.code)
    return [_match(code.strip(), name.strip(), by_code, by_name, by_bare) for code, name in rows]


def _match(code: str, name: str, by_code: dict[str, str], by_name: dict[str, set[str]], by_bare: dict[str, list[str]]) -> Match:
    plain = re.sub(r"\.0$", "", code)
    if plain[:12] in by_code:
        return Match(plain[:12])
    named = by_name.get(name, set())
    if len(named) == 1:
        return Match(next(iter(named)))
    bare = bare_name(name)
    alike = difflib.get_close_matches(bare, by_bare, n=3, cutoff=0.5) if bare else []
    return Match("", tuple(dict.fromkeys(code for one in alike for code in by_bare[one])))
