"""Pure geometry: coordinates, tracks and grids in, values out. No Django, no database, no files, no clock.

Whole layers have doors of their own, `geo.division` and `geo.layers`: they need pandas, which a process that only takes in
tracks does not load.
"""

from geo.coverage import Coverage, Ground, cover, patrollable_ground, seen_area, seen_length, split_ground
from geo.crs import LonLat, choose_metric_srid, from_wgs84, looks_swapped, to_lonlat, to_metric, to_wgs84
from geo.errors import GeoError
from geo.fixes import Fixes, Reason, decode_columns, judge_fixes
from geo.limits import CoverageLimits, PlaceLimits, TrackLimits
from geo.locate import NOWHERE, GridIndex, Visits, visits
from geo.reach import Stays, stays_at
from geo.shift import DatumShift, Mistake, find_shift, undo_mistake
from geo.silences import Gap, GapCause, Silence, silences
from geo.tracks import breaks, decode_track, encode_track, legs, merge_tracks
from geo.workload import Weights, workload

__all__ = [
    "NOWHERE",
    "Coverage",
    "CoverageLimits",
    "DatumShift",
    "Fixes",
    "Gap",
    "GapCause",
    "GeoError",
    "GridIndex",
    "Ground",
    "LonLat",
    "Mistake",
    "PlaceLimits",
    "Reason",
    "Silence",
    "Stays",
    "TrackLimits",
    "Visits",
    "Weights",
    "breaks",
    "choose_metric_srid",
    "cover",
    "decode_columns",
    "decode_track",
    "encode_track",
    "find_shift",
    "from_wgs84",
    "judge_fixes",
    "legs",
    "looks_swapped",
    "merge_tracks",
    "patrollable_ground",
    "seen_area",
    "seen_length",
    "silences",
    "split_ground",
    "stays_at",
    "to_lonlat",
    "to_metric",
    "to_wgs84",
    "undo_mistake",
    "visits",
    "workload",
]
