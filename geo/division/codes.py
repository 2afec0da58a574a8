"""Order and codes of the grids of a village: 15 digits, the village's 12 and a sequence that is never reused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.division.inputs import Shapes
from geo.division.result import Division
from geo.errors import CodesExhausted, GeoError

#: Height of a band of equal latitude, as a part of the median height of the grids.
_BAND = 0.75
_LAST = 999


def sequence_order(grids: Shapes) -> NDArray[np.int64]:
    """Positions of grids from west to east in bands from north to south.

    >>> grids = np.array([shapely.box(1, 0, 2, 1), shapely.box(1, 1, 2, 2), shapely.box(0, 0, 1, 1), shapely.box(0, 1, 1, 2)])
    >>> sequence_order(grids).tolist()
    [3, 1, 2, 0]
    """
    bounds = shapely.bounds(grids)
    centre = np.round(shapely.get_coordinates(shapely.centroid(grids)), 3)
    height = max(_BAND * float(np.median(bounds[:, 3] - bounds[:, 1])), 1e-3)
    band = np.floor((bounds[:, 3].max() - centre[:, 1]) / height)
    return np.lexsort([-centre[:, 1], centre[:, 0], band])


def assign_codes(division: Division, village_code: str, used: Iterable[str] = ()) -> Division:
    """The division with a column ``code``: 12 digits of the village, 3 of the sequence.

    Parameters
    ----------
    division
        Grids in order of their sequence.
    village_code
        12 digits as text.
    used
        Codes this village has ever used, retired ones as well; new ones follow the highest. Others are ignored.

    Raises
    ------
    GeoError
        The village code is not 12 digits.
    CodesExhausted
        The sequence would go beyond 999.
    """
    codes = next_codes(village_code, len(division), used)
    return replace(division, grids=division.grids.assign(code=[codes[n - 1] for n in division.grids["code_sequence"]]))


def next_codes(village_code: str, count: int, used: Iterable[str] = ()) -> list[str]:
    """Codes of a village nobody ever had, in order; parameters and errors as `assign_codes`.

    >>> next_codes("360829102201", 2, ["360829102201007"])
    ['360829102201008', '360829102201009']
    """
    if len(village_code) != 12 or not (village_code.isascii() and village_code.isdigit()):
        raise GeoError(f"village code {village_code!r} is not 12 digits")
    last = max((int(code[12:]) for code in used if len(code) == 15 and code.startswith(village_code)), default=0)
    if last + count > _LAST:
        raise CodesExhausted(f"{village_code} has used {last} of {_LAST} sequence numbers, {count} more do not fit")
    return [f"{village_code}{number:03d}" for number in range(last + 1, last + count + 1)]
