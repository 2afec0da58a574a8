"""The notice on tracks: what is recorded, why, for how long. Its version is the one consent is asked for."""

from __future__ import annotations

NOTICE = """巡格只在你点了“开始巡查”以后、点“结束巡查”以前记录行走路线。
用来：看哪些地方巡查到了、哪里还没有人去；你遇到危险时，镇里知道你在哪里。
不用来：排名、计步、考核在线时间。
路线保存 30 天，到期删除；有争议或案件要用的，处理完再删。
谁看了你的路线、为什么看，都有记录，你在“我的”里能看到。
可以不同意，也可以随时撤回：巡查、回答、上报照常有效，只是没有路线，不会因此对你不利。"""
