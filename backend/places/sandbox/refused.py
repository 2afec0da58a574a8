"""Why a file was not read, as the child tells its parent."""

from __future__ import annotations


class Refused(Exception):
    """``slug`` names the problem the parent raises; ``detail`` is for a person and may be empty."""

    def __init__(self, slug: str, detail: str = "") -> None:
        super().__init__(slug)
        self.slug = slug
        self.detail = detail
