"""What a phone is told about an item: a code for the machine, a sentence for the person."""

from __future__ import annotations

TEXTS = {
    "ok": "已存。",
    "pending": "已收到，正在整理，不用重发。",
    "late": "已存。这是 72 小时以前的内容，已注明晚到。",
    "clock_wrong": "已存。手机的时间不对，已按到达时间记。请打开手机的“自动设置时间”。",
    "imported": "已存。这是从文件导入的路线，已注明。",
    "outside_grids": "已存。位置不在任何网格里，请镇里看一看。",
    "consent_missing": "没有保存行走路线：你没有同意记录路线。巡查、回答和上报照常有效。",
    "track_expired": "这段路线送到时已过保存期，没有保存。巡查、回答和上报照常有效。",
    "task_withdrawn": "已存。这件任务已经撤回，不用再办。",
    "task_done_by_other": "已存。这件任务别人先办完了，两份都留着。",
    "unknown_kind": "已存。上报的种类系统里没有，请镇里看一看。",
    "unknown_flag": "已存。系统里找不到这个问题，可能已经撤了。",
    "unknown_alert": "已存。系统里找不到这条通知。",
    "tag_mismatch": "已存。扫到的码不是这个地点的，请再看一看标签。",
    "id_reused": "同一个编号发来了两份不同的内容，两份都留着，有人会看。",
    "crs_missing": "没有说明坐标是哪一种，读不懂；原样留着，有人会看。请更新手机上的巡格。",
    "crs_unknown": "坐标种类不认识，读不懂；原样留着，有人会看。请更新手机上的巡格。",
    "axes_swapped": "经度和纬度放反了；原样留着，有人会看。请更新手机上的巡格。",
    "not_a_number": "里面有不是数的数，读不懂；原样留着，有人会看。",
    "too_many_fixes": "一段路线超过 5000 个点，读不懂；原样留着，有人会看。请更新手机上的巡格。",
    "no_fixes": "一段路线里一个点也没有；原样留着。",
    "columns_unequal": "一段路线的各列长短不一，读不懂；原样留着，有人会看。",
    "body_invalid": "内容不完整或格式不对；原样留着，有人会看。",
    "item_kind_unknown": "这一种内容系统还不认识；原样留着。",
    "unknown_task": "系统里找不到这件任务；回答原样留着，有人会看。",
    "unknown_item": "任务里没有这一项；回答原样留着，有人会看。",
    "value_unfit": "填的数或选项不是这一项问的；回答原样留着，有人会看。",
    "unknown_place": "系统里找不到这个地点；原样留着，有人会看。",
    "patrol_of_another": "这次巡查的编号别人已经用了；原样留着，有人会看。",
    "request_unreadable": "整个请求读不懂；原样留着，有人会看。手机里的内容不要删。",
    "photo_unreadable": "照片打不开。上报照样有效；能重拍就再拍一张。",
}

# What a newer version of the phone's software would send right.
UPDATE = {"crs_missing", "crs_unknown", "axes_swapped", "too_many_fixes", "item_kind_unknown"}


def retry_for(code: str) -> str:
    return "update" if code in UPDATE else "never"
