"""The live process: streams under /live/ and its own /healthz. Everything else is the web process's."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")  # noqa: TID251
django.setup()

from backend.checks import refuse_to_serve_unsafely  # noqa: E402  settings are read first
from backend.command.live import LiveApp  # noqa: E402  models can be imported only after setup
from backend.health import health  # noqa: E402

refuse_to_serve_unsafely()
application = LiveApp(health=health)
