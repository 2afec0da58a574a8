"""Divide villages into grids: even loads, borders on roads and rivers, no building cut, no gap, no overlap."""

from geo.division.codes import assign_codes, next_codes
from geo.division.divide import divide_village
from geo.division.match import keep_codes, match, overlap_m2, shared_households, successors
from geo.division.metrics import Metrics
from geo.division.options import DivideOptions
from geo.division.redivide import Change, Redivision, redivide
from geo.division.result import Division, Remark, Report
from geo.division.township import Layers, TownshipDivision, divide_township, village_layers
from geo.division.verify import check_division, evaluate

__all__ = [
    "Change",
    "DivideOptions",
    "Division",
    "Layers",
    "Metrics",
    "Redivision",
    "Remark",
    "Report",
    "TownshipDivision",
    "assign_codes",
    "check_division",
    "divide_township",
    "divide_village",
    "evaluate",
    "keep_codes",
    "match",
    "next_codes",
    "overlap_m2",
    "redivide",
    "shared_households",
    "successors",
    "village_layers",
]
