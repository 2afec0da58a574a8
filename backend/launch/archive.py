"""Backup and restore: one tar with the database, the media and the keys."""

from __future__ import annotations

from pathlib import Path

from backend.launch.checkout import Checkout


def backup(checkout: Checkout, file: Path) -> None: ...
def restore(checkout: Checkout, file: Path) -> None: ...
