"""What a person is told when a step by hand is not done: what happened, what is safe, what to do instead."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Self

from shapely import Point

import geo
from backend.places.models import BoundaryEdit, PlanEdit
from backend.problems import Conflict, Unreadable
from geo.errors import (
    BadEdit,
    BreaksCell,
    CrossesBorder,
    CutsBuilding,
    EmptiesCell,
    FixedEnd,
    GeoError,
    NoSuchBorder,
    OutsideRegion,
)


class EditRefused(Unreadable):
    """A border or house cannot be moved, or a village border drawn, as asked; ``place`` says where, and nothing changed."""

    slug = "edit_refused"
    zh, en = "这样改不成，所以没改。", "It cannot be changed this way, so nothing was."


class NothingToUndo(Conflict):
    """No step is left to take back."""

    slug = "nothing_to_undo"
    zh, en = "没有可以撤销的一步了。", "There is no step left to take back."


class PlanEditedMeanwhile(Conflict):
    """Somebody changed the same thing after this person last looked; what this person drew is still theirs."""

    slug = "edited_meanwhile"
    zh, en = (
        "刚才有人改过这里。先看看改了什么，你的还留着。",
        "Somebody changed this just now. Look first; yours is still here.",
    )

    @classmethod
    def after(cls, last: PlanEdit | BoundaryEdit | None, *, at: datetime) -> Self:
        if last is None or last.by is None:
            return cls()
        return cls(f"{last.by.name} {_ago(last.at, at)}改过这里。先看看他改了什么，你的还留着", head=last.seq)


_TEXTS: tuple[tuple[type[GeoError], str, str], ...] = (
    (CrossesBorder, "crosses", "线碰到了别的边界或者自己，所以没改。请绕开一点"),
    (FixedEnd, "fixed_end", "这一头是几条边界碰头的地方，要留在原处，所以没移。可以移中间"),
    (EmptiesCell, "empties", "这样改，有一块就没有地了，所以没改"),
    (BreaksCell, "breaks", "这样改，有一块会断成两截，所以没改。请换个地方"),
    (OutsideRegion, "outside", "有地点不在这个乡镇里，所以没画。请看看它的位置"),
)


def refusal(error: GeoError, kind: str, srid: int) -> EditRefused:
    """What geometry refused, in words for the screen, with the place in degrees."""
    reason, text = next(((name, words) for which, name, words in _TEXTS if isinstance(error, which)), ("other", EditRefused.zh))
    if isinstance(error, CutsBuilding):
        reason, text = "cuts", f"这样移会把 {max(error.count, 1)} 栋房屋切成两半，所以没移。可以绕到屋后"
        if kind == "move_building":
            text = "这栋房屋和那个网格之间隔着别的房屋，所以没移。可以移边界，把它们一起移过去"
        if kind == "split_grid":
            text = text.replace("这样移", "这样拆").replace("没移", "没拆")
    if isinstance(error, CrossesBorder) and kind == "split_grid":
        text = "线要从网格的一边穿到另一边，只穿一次，所以没拆。请把两头拉到边界外面一点"
    if isinstance(error, NoSuchBorder):
        reason, text = "gone", "没有这条边界，刚才有人改过。请重新选"
        if kind == "move_building":
            text = "这栋房屋不挨着那个网格，所以没移。请选相邻的网格"
    place = None
    if isinstance(error, BadEdit) and error.place is not None:
        with suppress(GeoError):  # a place beyond every map is not shown
            spot = geo.to_lonlat(Point(error.place), srid)
            place = [round(spot.x, 7), round(spot.y, 7)]
    return EditRefused(text, reason=reason, place=place)


def _ago(then: datetime, now: datetime) -> str:
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes} 分钟前"
    return f"{minutes // 60} 小时前" if minutes < 24 * 60 else f"{minutes // (24 * 60)} 天前"
