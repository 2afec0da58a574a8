"""A link to scan."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="l", micro=False).save(
        out, kind="svg", border=2, scale=4, xmldecl=False, svgclass=None, lineclass=None
    )
    return out.getvalue().decode()
