"""What a finding of a layer says to a person: title, advice, and the choices it leaves, in short Chinese words."""

from __future__ import annotations

from typing import Any

from geo.issues import Issue

SYSTEMS = {
    "4326": "WGS-84 经纬度",
    "4490": "CGCS2000 经纬度",
    "4547": "CGCS2000 三度带 114°（4547）",
    "4548": "CGCS2000 三度带 117°（4548）",
    "4526": "CGCS2000 三度带 38 带号（4526）",
    "4527": "CGCS2000 三度带 39 带号（4527）",
}
DATUMS = {"gcj02_as_wgs84": "GCJ-02", "bd09_as_wgs84": "BD-09"}
AGAINST = {"county": "县界", "township": "镇界", "villages": "村界", "houses": "房屋"}
FORMS = {"overlap": "两村重叠", "gap": "两村之间有缝", "inlet": "村界之间或和镇界之间有缺口", "beyond": "超出镇界"}
WANTED = {"point": "点", "line": "线", "polygon": "面", "point or polygon": "点或面"}
REASONS = {
    "degrees_named_metres": "内容是经纬度，写的却是米",
    "metres_named_degrees": "内容是米，写的却是经纬度",
    "zone_prefix": "坐标带着带号，写的坐标系却不带",
    "zone_prefix_lost": "坐标丢了带号",
    "other_zone": "写的是另一个投影带",
}
SKIP = "skip"
# Title and advice; names in braces are figures of the issue.
TEXTS: dict[str, tuple[str, str]] = {
    "MissingCRS": ("没有写明坐标系", "请选一种。系统不猜。"),
    "CRSMismatch": ("坐标系和内容对不上", "{reason}。请选对的那一种。"),
    "AxisSwapped": ("经度和纬度写反了", "调过来再用，原文件不动。"),
    "DatumShiftSuspected": ("坐标系和内容对不上", "看起来是 {datum}，和{against}差 {distance_m} 米。"),
    "OutsideRegion": ("{count} 个在中国以外", "多半是坐标系选错了；不是的话就跳过。"),
    "OutsideCounty": ("{count} 个在县界以外", "先看坐标系；确实是外县的就跳过。"),
    "EmptyLayer": ("{count} 个没有图形", "跳过，或者补画后重传。"),
    "WrongKind": ("{count} 个不是{wanted}", "跳过，或者换一个图层。"),
    "InvalidBoundary": ("边界自己和自己相交", "按外圈修好，或者在这里重画后重传。"),
    "HoleInBoundary": ("面里有 {count} 个洞", "照原样留着（湖，或别村的飞地）。"),
    "SeveralParts": ("一个村有 {parts} 块", "照原样留着（飞地）。"),
    "RepeatedPoints": ("{count} 个有重复的点", "不用管，会自己去掉。"),
    "Spike": ("{count} 个有尖刺", "可以照用；想改就在图上修。"),
    "HeightsDropped": ("{count} 个带高程", "高程用不上，只取平面。"),
    "BorderConflict": ("{form} {hectares} 公顷", ""),
    "RepairedGap": ("和邻村差不到 1 米", "入库时对齐，一个村最多变 {area_m2} 平方米。"),
    "UncoveredHole": ("有一个 {hectares} 公顷的洞", "不属于任何村；是湖就照原样留着。"),
    "BuildingWithoutVillage": ("{count} 栋房屋不在任何村", "跳过它们，或者先导入那里的村界。"),
    "BuildingAcrossBorder": ("{count} 栋房屋跨在村界上", "归面积大的那一边。"),
    "BadWeight": ("{count} 栋的户数不对", "按 1 户算，或者改好后重传。"),
    "BadBarrier": ("{count} 条线的强度不对", "按道路等级来算。"),
    "ClosedWay": ("{count} 条线首尾相接", "照线来用。"),
    "BridgeOrTunnel": ("{count} 条是桥或隧道", "不作网格边界。"),
    "DuplicateShape": ("{count} 个画了两遍", "只留一个。"),
    "DuplicateLine": ("{count} 条线画了两遍", "不用管，只算一遍。"),
}
# What may be answered, the first being what is proposed. Issues without an entry leave nothing to choose.
CHOICES: dict[str, tuple[tuple[str, str], ...]] = {
    "AxisSwapped": (("swap", "调过来"),),
    "OutsideRegion": ((SKIP, "跳过"),),
    "OutsideCounty": ((SKIP, "跳过"), ("keep", "照收")),
    "WrongKind": ((SKIP, "跳过"),),
    "InvalidBoundary": (("mend", "修好"), (SKIP, "跳过")),
    "BuildingWithoutVillage": ((SKIP, "先跳过"),),
    "BadWeight": (("one", "按 1 户"), (SKIP, "跳过")),
    "BadBarrier": (("class", "按等级"),),
    "DuplicateShape": (("once", "只留一个"), ("keep", "都留")),
    "UncoveredHole": (("keep", "留着"),),
}
PASSED: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "": (
        (("MissingCRS", "CRSMismatch"), "坐标系写得明白：{system}"),
        (("DatumShiftSuspected",), "没有偏移的迹象"),
        (("AxisSwapped",), "没有经纬度写反"),
        (("OutsideRegion", "OutsideCounty"), "都在县里"),
        (("EmptyLayer",), "每一行都有图形"),
        (("WrongKind",), "图形的类型都对"),
        (("InvalidBoundary",), "没有自己和自己相交的面"),
        (("DuplicateShape", "DuplicateLine"), "没有画两遍的"),
    ),
    "village": (
        (("BorderConflict",), "村和村之间没有重叠，没有缝"),
        (("UncoveredHole",), "没有无主的洞"),
        (("NameUnknown",), "每个村都对得上编码或名称"),
    ),
    "building": (
        (("BuildingWithoutVillage",), "每栋房屋都在村里"),
        (("BadWeight",), "户数都读得出"),
    ),
    "barrier": ((("ClassUnknown",), "道路等级都认得"),),
    "place": ((("NameMissing",), "每个都有名称"),),
    "department": (),
}


def words_of(issue: Issue, names: dict[str, str]) -> tuple[str, str]:
    """Title and advice of an issue. ``names``: what people call the villages whose codes it mentions."""
    figures: dict[str, Any] = dict(issue.figures)
    figures["datum"] = DATUMS.get(str(figures.get("mistake", "")), "")
    figures["against"] = AGAINST.get(str(figures.get("against", "")), "别的图层")
    figures["reason"] = REASONS.get(str(figures.get("reason", "")), str(figures.get("reason", "")))
    figures["form"] = FORMS.get(str(figures.get("form", "")), "")
    figures["wanted"] = WANTED.get(str(figures.get("wanted", "")), "")
    if "area_m2" in figures:
        figures["hectares"] = f"{float(figures['area_m2']) / 10_000:.2f}"
        figures["area_m2"] = f"{float(figures['area_m2']):.0f}"
    title, advice = TEXTS.get(issue.code, (issue.what, issue.remedy))
    if issue.code == "EmptyLayer" and not figures.get("count"):
        return "图层是空的，一行也没有", "请换一个图层，或者重新导出。"
    if issue.code == "InvalidBoundary" and figures["reason"] == "Size":
        return "这块面太小，或者边界太长，不像一个村", "跳过它，或者看看坐标系是不是选错了。"
    if issue.code == "BorderConflict":
        proposed = str(figures.get("proposed", ""))
        advice = f"归{names.get(proposed, proposed)}（挨着的边最长）" if proposed else "照原样留着，划分时避开。"
    return title.format_map(_Known(figures)), advice.format_map(_Known(figures))


def choices_of(issue: Issue, names: dict[str, str]) -> list[dict[str, str]]:
    """What may be answered, proposed first."""
    figures = issue.figures
    if issue.code == "DatumShiftSuspected":
        mistake = str(figures["mistake"])
        return [
            {"value": mistake, "label": f"按 {DATUMS[mistake]} 换算（原文件保留）"},
            {"value": "as_named", "label": "就是 WGS-84"},
        ]
    if issue.code in ("MissingCRS", "CRSMismatch"):
        likely = str(figures.get("likely", "")).removeprefix("EPSG:")
        codes = sorted(SYSTEMS, key=lambda code: code != likely)
        return [{"value": code, "label": SYSTEMS[code]} for code in codes]
    if issue.code == "BorderConflict":
        # By row: what a row is called may change when its name is settled.
        rows = dict(zip((str(figures[key]) for key in ("first", "second") if figures.get(key)), issue.rows, strict=False))
        order = sorted(rows, key=lambda code: code != str(figures.get("proposed", "")))
        found = [{"value": f"row:{rows[code]}", "label": f"归{names.get(code, code)}"} for code in order]
        if figures["form"] in ("inlet", "beyond"):
            found = []
        return found + ([] if figures["form"] == "overlap" else [{"value": "leave", "label": "照原样"}])
    if issue.code == "EmptyLayer" and figures.get("count"):
        return [{"value": SKIP, "label": "跳过"}]
    return [{"value": value, "label": label} for value, label in CHOICES.get(issue.code, ())]


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "若干"
