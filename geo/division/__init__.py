"""Divide villages into grids: even loads, borders on roads and rivers, no building cut, no gap, no overlap."""

from geo.division.borders import share_corners
from geo.division.codes import assign_codes
from geo.division.divide import divide_village
from geo.division.metrics import Metrics
from geo.division.options import DivideOptions
from geo.division.result import Division, Remark, Report
from geo.division.verify import check_division, evaluate

__all__ = [
    "DivideOptions",
    "Division",
    "Metrics",
    "Remark",
    "Report",
    "assign_codes",
    "check_division",
    "divide_village",
    "evaluate",
    "share_corners",
]
