"""Every limit of a county in words: its name and unit, between which numbers it may lie, and for what a new number counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WALKED = "起效以后走的路线；一天的覆盖按那天零点的规则"
ARRIVED = "起效以后送到的"
SHOWN = "起效以后正在走的"
REPORTED = "起效以后的上报和照片"
DAYS = "起效后第一个零点起的日子"
SENT = "起效以后发出的紧急通知"
NIGHT = "起效后的当天夜里就照新的删"
#: Groups as they stand on a page, in order.
GROUPS = {
    "track": "路线",
    "place": "到点",
    "coverage": "覆盖",
    "question": "要不要问一句",
    "workload": "派活",
    "retention": "保留",
    "ladder": "紧急通知没人应",
}


@dataclass(frozen=True, slots=True)
class LimitWords:
    """``path`` is where the limit stands in a rule set, ``group`` where it stands on the page."""

    path: str
    group: str
    name: str
    unit: str
    low: float
    high: float
    counts_for: str
    about: str = ""


def _words(group: str, counts_for: str, *rows: tuple[str, str, str, float, float, str]) -> tuple[LimitWords, ...]:
    return tuple(
        LimitWords(path, group, name, unit, low, high, counts_for, about) for path, name, unit, low, high, about in rows
    )


LIMITS: tuple[LimitWords, ...] = (
    *_words(
        "track",
        WALKED,
        ("track.gap_s", "多久没有点算断开", "秒", 30, 600, "断开处不连线，不算走过，也不算没去"),
        ("track.gap_intervals", "说了间隔的设备，几个间隔没有点算断开", "倍", 1, 10, "比上一条长才用"),
        ("track.longest_gap_s", "断开最多放宽到", "秒", 60, 1800, "设备说的间隔再长也不超过"),
        ("track.counts_accuracy_m", "误差不超过多少的点算数", "米", 5, 200, ""),
        ("track.flagged_accuracy_m", "误差超过多少的点只显示", "米", 10, 1000, "两者之间的标注，不算数"),
        ("ride_mps", "快过多少不是走路骑车", "米/秒", 3, 60, ""),
        ("track.jump_mps", "快过多少算跳点", "米/秒", 10, 200, "跳点两边不连线"),
        ("track.clock_ahead_s", "手机时间可以快多少", "秒", 1, 3600, "再快的点算时间不对"),
    ),
    *_words(
        "workload",
        "起效以后的准入",
        ("workday_min", "一个人一天的事超过多少分钟，准入要写理由", "分钟", 30, 600, "只提醒派活的人，不给任何人打分"),
    ),
    *_words("track", ARRIVED, ("clock_slack_s", "手机时间差多少以内不改", "秒", 5, 3600, "差得多就按对出来的时间")),
    *_words("track", SHOWN, ("silent_end_min", "多久没有消息当作结束", "分钟", 5, 720, "后来的照样收，接着算")),
    *_words(
        "place",
        WALKED,
        ("place.radius_m", "没写范围的点，多近算到了", "米", 5, 100, "再加上手机说的误差"),
        ("place.most_radius_m", "连误差最多放到多远", "米", 10, 300, ""),
        ("place.dwell_s", "停多久算停留", "秒", 5, 1800, "短的也留着，写明多短"),
    ),
    *_words(
        "coverage",
        DAYS,
        ("coverage.view_m", "走过的两边看得到多远", "米", 5, 200, ""),
        ("coverage.ground_m", "离路、岸、房多近算该看的地面", "米", 10, 500, "改了会重算每格的地面"),
        ("coverage.simplify_m", "路线可以简化多少", "米", 0.05, 5, "不超过看得到的四分之一"),
        ("coverage.blind_days", "几天没人到算盲区", "天", 1, 365, ""),
        ("coverage.classes", "颜色在哪几档变", "占比", 0.01, 1, "从小到大四个数"),
    ),
    *_words(
        "question",
        WALKED,
        ("gap_question_min", "空白多长问一句", "分钟", 1, 240, "问的是手机怎么了，可以不答"),
        ("low_accuracy_share", "多少点太粗问一句", "占比", 0.05, 1, ""),
    ),
    *_words("question", ARRIVED, ("late_h", "多久以后送到的标“晚到”", "小时", 1, 720, "照收，照算")),
    *_words(
        "question",
        REPORTED,
        ("photo_place_m", "照片和上报的位置差多少说明", "米", 20, 5000, "再加上两边的误差"),
        ("photo_time_min", "照片和上报的时间差多少说明", "分钟", 1, 1440, ""),
    ),
    *_words(
        "retention",
        NIGHT,
        ("retention.tracks", "路线", "天", 7, 366, "路线、走访、到点；删后只留每格的数和摘要"),
        ("retention.photos", "照片", "天", 30, 3650, "没办完的案件用着的不删"),
        ("retention.reports", "上报", "天", 30, 3650, "案件没办完的不删"),
        ("retention.access_log", "查看记录", "天", 180, 3650, "谁看过谁，为什么"),
        ("retention.sealed", "别的定位软件发来、没人看过的点", "天", 1, 7, "不在巡查里的，到时没看就删"),
    ),
    *_words(
        "ladder",
        SENT,
        ("ladder.sms_min", "多久没点收到就发短信", "分钟", 1, 240, "开了短信才发"),
        ("ladder.stand_in_min", "多久没点收到就告诉替班的人", "分钟", 1, 480, "还没告诉过的"),
        ("ladder.chief_min", "多久没点收到就告诉网格长", "分钟", 1, 480, "还没告诉过的"),
        ("ladder.desk_min", "多久没点收到就请值班的打电话", "分钟", 1, 720, ""),
    ),
)
BY_PATH = {one.path: one for one in LIMITS}
#: What may not be more than what.
ORDER = (
    ("track.counts_accuracy_m", "track.flagged_accuracy_m"),
    ("place.radius_m", "place.most_radius_m"),
    ("ride_mps", "track.jump_mps"),
    ("ladder.sms_min", "ladder.stand_in_min"),
    ("ladder.stand_in_min", "ladder.chief_min"),
    ("ladder.chief_min", "ladder.desk_min"),
)


def name_of(path: str) -> str:
    """A limit or a group as people call it; what is neither, as it was written."""
    if path in BY_PATH:
        return f"“{BY_PATH[path].name}”"
    return f"“{GROUPS[path]}”这一组" if path in GROUPS else f" {path} "


def outside(limits: Mapping[str, Any]) -> Iterator[tuple[LimitWords, str]]:
    """Limits that lie where no county may set them, with what to say of each."""
    for path, value in flat(limits):
        words = BY_PATH[path]
        numbers = value if isinstance(value, list | tuple) else [value]
        if not all(words.low <= number <= words.high for number in numbers):
            yield words, f"要在 {words.low:g} 到 {words.high:g} {words.unit.removesuffix('占比')}之间"


def clash(group: str, limits: Mapping[str, Any]) -> str:
    """Which two limits of a group stand in the wrong order, as a sentence; empty if none of those we know."""
    for small, large in ORDER:
        a, b = small.removeprefix(f"{group}."), large.removeprefix(f"{group}.")
        if a in limits and b in limits and limits[a] > limits[b]:
            return f"里，{name_of(small)}不能大于{name_of(large)}"
    return ""


def flat(limits: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each limit with its path."""
    for name, value in limits.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}.{key}", number) for key, number in value.items())
        else:
            yield name, value
