"""The web process: sync views under granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")  # noqa: TID251
application = get_wsgi_application()
