"""The web process: sync views under granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")  # noqa: TID251
application = get_wsgi_application()

from backend.checks import refuse_to_serve_unsafely  # noqa: E402  settings are read first

refuse_to_serve_unsafely()
