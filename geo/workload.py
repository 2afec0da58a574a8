"""Load of ground on a grid worker, in household equivalents: one household visited as usual is 1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geo.errors import BadWeight

Floats = NDArray[np.float64]

#: Residents of a mean household, by which people count as households.
RESIDENTS_PER_HOUSEHOLD = 3.0


@dataclass(frozen=True, slots=True)
class Weights:
    """How many household equivalents each thing is worth. Data of the county; by default only households count."""

    household: float = 1.0
    resident: float = 0.0
    road_km: float = 0.0
    key_place: float = 0.0


def workload(
    households: ArrayLike,
    *,
    residents: ArrayLike = 0.0,
    road_m: ArrayLike = 0.0,
    key_places: ArrayLike = 0.0,
    weights: Weights | None = None,
) -> Floats:
    """Household equivalents of each building or piece of ground.

    Parameters
    ----------
    households, residents, key_places
        Counts, not negative; scalars or arrays of one shape.
    road_m
        Metres of road to walk.
    weights
        Worth of each part. Residents are divided by 3 first, so a weight of 1 makes three of them a household.

    Raises
    ------
    BadWeight
        A count or a weight is negative or no number.

    Examples
    --------
    >>> workload([2, 0], residents=[6, 0], road_m=[0, 500], weights=Weights(resident=0.5, road_km=4)).tolist()
    [3.0, 2.0]
    """
    worth = weights or Weights()
    parts = (
        (worth.household, _counts("households", households)),
        (worth.resident, _counts("residents", residents) / RESIDENTS_PER_HOUSEHOLD),
        (worth.road_km, _counts("road_m", road_m) / 1000.0),
        (worth.key_place, _counts("key_places", key_places)),
    )
    if any(not np.isfinite(weight) or weight < 0 for weight, _ in parts):
        raise BadWeight(f"{worth} holds a weight that is negative or no number")
    total: Floats = sum((weight * counts for weight, counts in parts), np.zeros(()))
    return total


def _counts(name: str, values: ArrayLike) -> Floats:
    counts = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(counts) & (counts >= 0)).all():
        raise BadWeight(f"{name} holds a value that is negative or no number")
    return counts
