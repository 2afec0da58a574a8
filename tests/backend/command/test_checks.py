from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as real
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured

from backend.checks import refuse_to_serve_unsafely

KEY = "k" * 64


@pytest.fixture(autouse=True)
def safe(settings: Any) -> None:
    settings.SECRET_KEY, settings.PATROL_URL, settings.PATROL_LIVE_URL = KEY, "", ""
    settings.BEHIND_PROXY, settings.IS_DEMO = False, False


def ids(*, deploy: bool = False) -> set[str]:
    return {found.id for found in run_checks(include_deployment_checks=deploy) if str(found.id).startswith("xunge.")}


def test_a_safe_set_up_is_served(settings: Any) -> None:
    settings.PATROL_URL = "http://127.0.0.1:8731"
    assert ids(deploy=True) == set()
    refuse_to_serve_unsafely()


@pytest.mark.parametrize("key", ["unset-" + "0" * 50, "short"])
def test_nothing_is_served_without_a_secret_key_and_an_export_needs_none(settings: Any, key: str) -> None:
    settings.SECRET_KEY = key
    assert ids() == set()
    assert ids(deploy=True) == {"xunge.E001"}
    with pytest.raises(ImproperlyConfigured, match="xunge.E001.*PATROL_SECRET_KEY"):
        refuse_to_serve_unsafely()


def test_other_machines_are_served_by_tls_only(settings: Any) -> None:
    settings.PATROL_URL, settings.ALLOWED_HOSTS = "http://xunge.example", ["xunge.example"]
    assert ids() == {"xunge.E002"}
    settings.PATROL_URL = "https://xunge.example"
    assert ids() == set()


def test_a_host_that_every_request_would_be_refused_for_is_named(settings: Any) -> None:
    settings.PATROL_URL = "https://xunge.example"
    assert ids() == {"xunge.E003"}


def test_a_demonstration_others_can_reach_is_warned_of(settings: Any) -> None:
    settings.PATROL_URL, settings.ALLOWED_HOSTS, settings.IS_DEMO = "https://xunge.example", ["xunge.example"], True
    assert ids() == {"xunge.W001"}
    refuse_to_serve_unsafely()


def test_a_stream_without_tls_beside_pages_with_it_is_refused(settings: Any) -> None:
    settings.PATROL_URL, settings.ALLOWED_HOSTS = "https://xunge.example", ["xunge.example"]
    settings.PATROL_LIVE_URL = "http://xunge.example:8732"
    assert ids() == {"xunge.E004"}


def test_a_proxy_needs_the_address_people_type(settings: Any) -> None:
    settings.BEHIND_PROXY = True
    assert ids() == {"xunge.E005"}


TRY_BOTH = """
import importlib
for name in ("backend.asgi", "backend.wsgi"):
    try:
        importlib.import_module(name)
    except Exception as refusal:
        print(name, type(refusal).__name__, refusal)
"""


def test_both_servers_refuse_to_start_without_a_key() -> None:
    env = {"PATROL_SECRET_KEY": "", "DJANGO_SETTINGS_MODULE": "backend.settings"}
    done = subprocess.run(
        [sys.executable, "-c", TRY_BOTH], cwd=real.BASE_DIR, env=env, capture_output=True, text=True, timeout=120
    )
    for name in ("backend.asgi", "backend.wsgi"):
        assert f"{name} ImproperlyConfigured xunge.E001" in done.stdout, done.stderr
