"""The product's settings with the peers' addresses instead of its own."""

from backend.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.peer_api"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
