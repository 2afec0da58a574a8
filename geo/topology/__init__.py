"""Areas that fill a ground, edited so that they still do: no gap, no overlap, no house cut, unedited corners untouched."""

from geo.topology.edits import merge_cells, move_border, shared_borders, split_cell
from geo.topology.houses import move_building
from geo.topology.net import Border, Cell
from geo.topology.villages import Drawn, draw_village, villages_from_places

__all__ = [
    "Border",
    "Cell",
    "Drawn",
    "draw_village",
    "merge_cells",
    "move_border",
    "move_building",
    "shared_borders",
    "split_cell",
    "villages_from_places",
]
