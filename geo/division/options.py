"""What may be chosen about a division; everything has a default that fits a village."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import BadOption

#: Lattice of every noding, metres.
LATTICE_M = 0.001
#: Areas closer than this are equal, square metres.
AREA_SLACK_M2 = 1e-3


@dataclass(frozen=True, slots=True)
class DivideOptions:
    """Dials of `geo.division.divide_village`."""

    #: How much cheaper a border on a barrier of strength 1 is than one across open land.
    barrier_saving: float = 0.92
    #: How much dearer a border between two neighbouring houses is, and how fast that fades with their distance.
    neighbour_cost: float = 1.5
    neighbour_reach_m: float = 30.0
    #: What a border between natural villages, or along an earlier grid, costs of what it would cost elsewhere.
    natural_border: float = 0.3
    #: Whether natural villages no heavier than a grid are kept whole, whatever it costs.
    groups_whole: bool = False
    #: How far a further load may be from its mean before evenness counts, as a share.
    loads_tolerance: float = 0.10
    #: Width of a cell of open land, as a part of the width of a mean grid.
    cells_across: int = 5
    #: How much border a rounder grid is worth, while candidates are improved and in the choice between them.
    compactness: float = 1.5
    #: How many starts METIS is asked for.
    metis_starts: int = 6
    #: How many candidates are refined.
    candidates: int = 6
    #: A border's end moves to a corner of the village border within this distance.
    corner_reach_m: float = 3.0

    def __post_init__(self) -> None:
        """Refuse dials out of their range."""
        if not 0.0 <= self.barrier_saving < 1.0:
            raise BadOption(f"barrier_saving is {self.barrier_saving}; it lies in [0, 1)")
        if self.neighbour_cost < 0 or self.neighbour_reach_m <= 0 or self.compactness < 0 or self.corner_reach_m < 0:
            raise BadOption("costs, reaches and compactness are not negative, and the reach of a neighbour is above 0")
        if not 0.0 < self.natural_border <= 1.0 or self.loads_tolerance < 0:
            raise BadOption("natural_border lies in (0, 1], and loads_tolerance is not negative")
        if self.cells_across < 2 or self.candidates < 1 or self.metis_starts < 0:
            raise BadOption("cells_across is at least 2, candidates at least 1, metis_starts at least 0")
