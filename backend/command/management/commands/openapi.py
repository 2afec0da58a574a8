"""`manage.py openapi`: write docs/openapi.json; with --check, fail if it differs from what the code answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string
from ninja.responses import NinjaJSONEncoder

PATH = Path(settings.BASE_DIR) / "docs" / "openapi.json"


class Command(BaseCommand):
    help = "Write docs/openapi.json, or check that it is current."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail if the file is not current; write nothing")

    def handle(self, *, check: bool, **options: Any) -> None:
        text = openapi_text()
        if not check:
            PATH.write_text(text, "utf-8")
            self.stdout.write(f"{PATH.relative_to(settings.BASE_DIR)} written")
        elif not PATH.exists() or PATH.read_text("utf-8") != text:
            raise CommandError("docs/openapi.json differs from the code. Look at the change, then run: manage.py openapi")


def openapi_text() -> str:
    """The contract as text that is equal for equal code."""
    # By name, so that this app does not import the phone's, which stands beside it.
    schema = import_string("backend.api.api").get_openapi_schema(path_prefix="/api/")
    return json.dumps(schema, cls=NinjaJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
