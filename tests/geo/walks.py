"""Walks of people over a square of ground, in metres, with the noise of a phone."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def make_walk(seed: int, *, fixes: int = 200, side_m: float = 1000.0, step_m: float = 7.0, noise_m: float = 4.0) -> Floats:
    """From one place to the next with a rest at each; noise that drifts, as a phone's does."""
    rng = np.random.default_rng(seed)
    start, way, count = rng.uniform(0, side_m, 2), [], 0
    while count < fixes:
        end = rng.uniform(0, side_m, 2)
        steps = max(2, int(np.hypot(*(end - start)) / step_m))
        way.append(start + np.linspace(0, 1, steps)[:, None] * (end - start))
        way.append(np.repeat(end[None], int(rng.integers(0, 12)), axis=0))
        start, count = end, sum(map(len, way))
    true = np.concatenate(way)[:fixes]
    return true + drifting_noise(rng, len(true), noise_m)


def drifting_noise(rng: np.random.Generator, count: int, noise_m: float) -> Floats:
    """Noise of a phone: what it is wrong by changes slowly."""
    kicks = rng.normal(0, noise_m * np.sqrt(1 - 0.9**2), (count, 2))
    noise = np.zeros((count, 2))
    for i in range(1, count):
        noise[i] = 0.9 * noise[i - 1] + kicks[i]
    return noise


def squares(side_m: float, size_m: float) -> list[shapely.Polygon]:
    """A square cut into squares."""
    edges = np.arange(0, side_m, size_m)
    return [shapely.box(x, y, x + size_m, y + size_m) for y in edges for x in edges]
