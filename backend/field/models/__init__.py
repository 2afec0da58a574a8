"""What comes from the ground: track segments, visits, last positions, place checks, reports, photos, flags, calls for help."""

from backend.field.models.attachments import Attachment
from backend.field.models.flags import Flag, FlagAnswer, FlagDecision
from backend.field.models.help import HelpCall, HelpEnd
from backend.field.models.places import PlaceCheck, PlaceVisit
from backend.field.models.reports import Report, ReportKind
from backend.field.models.tracks import LastPosition, TrackSegment, Visit
from backend.field.sight import CENTRE_AND_SUPERVISOR

__all__ = [
    "CENTRE_AND_SUPERVISOR",
    "Attachment",
    "Flag",
    "FlagAnswer",
    "FlagDecision",
    "HelpCall",
    "HelpEnd",
    "LastPosition",
    "PlaceCheck",
    "PlaceVisit",
    "Report",
    "ReportKind",
    "TrackSegment",
    "Visit",
]
