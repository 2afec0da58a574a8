"""What geometry refuses, one root and one sentence each. Messages say what was given and what to do next."""

from __future__ import annotations


class GeoError(ValueError):
    """Geometry could not be used as it was given."""


class MissingCRS(GeoError):
    """No datum or coordinate system was named; it is never guessed."""


class UnknownCRS(GeoError):
    """The named datum or coordinate system is not one that is handled here."""


class AxisSwapped(GeoError):
    """Longitude and latitude stand the wrong way round."""


class OutsideRegion(GeoError):
    """Coordinates lie outside the region the function serves."""


class InvalidBoundary(GeoError):
    """A boundary is not a valid polygon with an area."""


class EmptyVillage(InvalidBoundary):
    """A village boundary is empty or has no area."""


class BadWeight(GeoError):
    """Households are missing, negative or not a number."""


class BadBarrier(GeoError):
    """A barrier is no line, or its strength is not in [0, 1]."""


class BadOption(GeoError):
    """An option of a division is out of its range."""


class CodesExhausted(GeoError):
    """A village has used all 999 sequence numbers of its grids."""


class TilingError(GeoError):
    """Grids do not fill their village once and only once."""


class BadLimits(GeoError):
    """A limit is no number, negative, or contradicts another limit."""


class BadTrack(GeoError):
    """Columns of fixes cannot be read at all: lengths differ, no integers, out of range."""


class BadTwkb(GeoError):
    """Bytes are not a TWKB line with measures."""


class BadEdit(GeoError):
    """A border cannot be moved, cut or drawn as asked; ``place`` says where, in the metres it was given in."""

    def __init__(self, text: str, place: tuple[float, float] | None = None, count: int = 0) -> None:
        super().__init__(text)
        self.place, self.count = place, count


class CutsBuilding(BadEdit):
    """A border would run through houses; ``count`` says how many."""


class CrossesBorder(BadEdit):
    """A border would cross itself, another border, or the outline of what it divides."""


class FixedEnd(BadEdit):
    """The end of a border where others meet it stays where it is."""


class EmptiesCell(BadEdit):
    """An area would have nothing left."""


class BreaksCell(BadEdit):
    """An area would fall into pieces, or two would become neighbours of nothing."""


class NoSuchBorder(BadEdit):
    """The border is not one of these areas; they were changed meanwhile."""
