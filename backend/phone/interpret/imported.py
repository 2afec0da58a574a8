"""A track that came in a file says so, and who brought it."""

from __future__ import annotations

from typing import Any

from backend.phone.interpret.common import word


def note_of_import(note: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    """The rule that flags it, and the words of the evidence; nothing for a track that was recorded with us."""
    if not isinstance(note, dict):
        return (), {}
    by, reason = (word(note.get(name), 200) for name in ("by", "reason"))
    words = [f"{by}导入，理由：{reason}" if by else "本人从文件导入"]
    if note.get("assumed"):
        words.append(f"{word(note['assumed'], 20)} 个点没有精度，按 30 米算"[:80])
    return ("imported_by_other" if by else "imported",), {"text": "；".join(words)}
