"""What is kept of coverage and evidence: sealed days and the holds that keep a day from going."""

from backend.audits.holds import RetentionHold
from backend.audits.seals import DaySeal

__all__ = ["DaySeal", "RetentionHold"]
