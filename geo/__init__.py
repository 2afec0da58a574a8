"""Pure geometry: coordinates, tracks and grids in, values out. No Django, no database, no files, no clock."""

from geo.crs import LonLat, choose_metric_srid, from_wgs84, looks_swapped, to_lonlat, to_metric, to_wgs84
from geo.errors import GeoError
from geo.fixes import Fixes, Reason, decode_columns, judge_fixes
from geo.limits import TrackLimits
from geo.locate import NOWHERE, GridIndex, Visits, visits
from geo.tracks import breaks, decode_track, encode_track, legs

__all__ = [
    "NOWHERE",
    "Fixes",
    "GeoError",
    "GridIndex",
    "LonLat",
    "Reason",
    "TrackLimits",
    "Visits",
    "breaks",
    "choose_metric_srid",
    "decode_columns",
    "decode_track",
    "encode_track",
    "from_wgs84",
    "judge_fixes",
    "legs",
    "looks_swapped",
    "to_lonlat",
    "to_metric",
    "to_wgs84",
    "visits",
]
