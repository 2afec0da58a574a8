from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

from backend.launch import gate, system
from backend.launch.checkout import Checkout

ROOT = Path(__file__).resolve().parents[3]


def left_behind(checkout: Checkout) -> list[str]:
    return sorted(one.name for folder in ("pg", "tests") for one in (checkout.local / folder).iterdir())


def test_the_tests_cluster_is_gone_when_they_end_and_so_are_those_of_killed_runs(checkout: Checkout) -> None:
    killed = f"""
        import os, signal
        from pathlib import Path
        from backend.launch import gate
        from backend.launch.checkout import Checkout
        with gate._throw_away_cluster(Checkout(Path({str(checkout.root)!r}))) as cluster:
            print(cluster.socket(), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(killed)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert done.returncode == -signal.SIGKILL
    assert Path(done.stdout.strip(), ".s.PGSQL.5432").exists(), "the killed run's server is still there"

    with gate._throw_away_cluster(checkout) as cluster:
        assert not Path(done.stdout.strip()).exists()
        assert cluster.sql("SHOW fsync") == "off"
    assert left_behind(checkout) == []


def test_settings_of_the_machine_do_not_reach_the_tests() -> None:
    env = {"PATROL_BEHIND_PROXY": "1", "PATROL_FCM_CREDENTIALS": "key.json", "PATH": "/bin"}
    assert gate._without_settings(env) == {"PATH": "/bin"}


def test_the_gate_asks_everything_before_the_tests(checkout: Checkout, folder: Path) -> None:
    (checkout.root / "tests/web/phone").mkdir(parents=True)
    (checkout.root / "tests/web/phone/outbox.test.mjs").touch()
    stages = gate._stages(checkout, folder)
    assert [stage.name for stage in stages] == [
        "ruff check",
        "ruff format",
        "mypy",
        "lint-imports",
        "check --deploy",
        "makemigrations",
        "openapi",
        "collectstatic",
        "node --test",
    ]
    assert stages[-1].argv[-1] == "tests/web/phone/outbox.test.mjs"


def test_a_healthy_answer_is_one_that_says_so() -> None:
    assert system.is_well(json.dumps({"ok": True}))
    for answer in ('{"ok": false}', "[]", "", "<html>", "null"):
        assert not system.is_well(answer)
