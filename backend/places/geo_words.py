"""What geometry refuses, said to a person: what is wrong and what to do about it. The English sentence goes along for logs."""

from __future__ import annotations

from geo.errors import (
    BadBarrier,
    BadOption,
    BadWeight,
    CodesExhausted,
    EmptyVillage,
    GeoError,
    InvalidBoundary,
    OutsideRegion,
    TilingError,
)

_WORDS: tuple[tuple[type[GeoError], str], ...] = (
    (OutsideRegion, "有的房屋或边界在范围以外：多半是坐标系选错了，或者村界改过。请重新导入这一层。"),
    (EmptyVillage, "有的村没有一块像样的面。请补画它的边界，或者跳过它。"),
    (InvalidBoundary, "有的边界自己和自己相交，或者不是面。请在那里重画，或者选“修好”。"),
    (BadWeight, "有的房屋户数不对。请改好户数再导入。"),
    (BadBarrier, "有的道路河流读不成线。请重新导入道路河流。"),
    (BadOption, "要的网格数或每格户数不合适。请少要几个网格，或者每格多一些户。"),
    (CodesExhausted, "这个村的 999 个网格号用完了。请少要几个网格。"),
    (TilingError, "算出的网格拼不满这个村，所以没存。请把村码告诉管理系统的人。"),
)


def in_chinese(error: GeoError) -> str:
    """The sentence of an error; one that has none says that the shapes could not be used."""
    return next((words for kind, words in _WORDS if isinstance(error, kind)), "有的图形用不了。请看体检报告，改好再导入。")
