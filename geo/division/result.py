"""A division: the grids of one village, how good they are, and what they were made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd

from geo.division.metrics import Metrics

WarningKind = Literal[
    "AttachedExclave",
    "IndivisibleLoad",
    "LowBarrierData",
    "BuildingAcrossBorder",
    "KLowered",
    "BorderRounded",
    "Uneven",
    "GroupSplit",
    "LoadUneven",
]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know before publishing: a stable kind and a sentence."""

    kind: WarningKind
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """Metrics and warnings of a division.

    ``mode`` says what was balanced: ``households`` (or workload, where the buildings have it) or ``area``.
    ``k`` is the number of grids that was aimed at; there may be fewer.
    """

    metrics: Metrics
    warnings: tuple[Remark, ...]
    mode: Literal["households", "area"]
    k: int

    def as_dict(self) -> dict[str, Any]:
        """Plain values, fit for JSON."""
        warnings = [{"kind": remark.kind, "text": remark.text} for remark in self.warnings]
        return {"metrics": self.metrics.as_dict(), "warnings": warnings, "mode": self.mode, "k": self.k}


@dataclass(frozen=True, slots=True, eq=False)
class Division:
    """The grids of one village.

    ``grids`` has one row for each grid in the order of its sequence, west to east in bands from north to south:
    ``code_sequence`` (1, 2, ...), ``households``, ``workload``, ``has_exclave``, ``geometry`` (metres), and ``code`` once
    `geo.division.assign_codes` has given it. ``params_hash`` is equal for equal inputs, options and library versions.
    """

    grids: gpd.GeoDataFrame
    report: Report
    params_hash: str

    def __len__(self) -> int:
        return len(self.grids)
