"""Tracker apps of other makers: enrolled for a person, their fixes held sealed, released only into that person's patrols."""
