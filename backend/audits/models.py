"""What is kept of coverage and evidence: patrollable ground, figures by grid and day, sealed days and the holds on them."""

from backend.audits.days import CoverageDay, TouchedDay
from backend.audits.grounds import PatrollableGround
from backend.audits.holds import RetentionHold
from backend.audits.seals import DaySeal

__all__ = ["CoverageDay", "DaySeal", "PatrollableGround", "RetentionHold", "TouchedDay"]
