"""The live process: streams under /live/ and its own /healthz. Everything else is the web process's."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")  # noqa: TID251
django.setup()

from backend.command.live import LiveApp  # noqa: E402  models can be imported only after setup
from backend.health import health  # noqa: E402

application = LiveApp(health=health)
