"""schemathesis over docs/openapi.json against the real system, as a phone and as each role at a desk: never an error of ours."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.demo.journeys import _staffed
from backend.demo.world import World
from tests.journeys.system import ROOT, System
from tests.proof import IS_LONG

pytestmark = pytest.mark.xdist_group("system")

CONTRACT = ROOT / "docs" / "openapi.json"
#: Who is let in where. A session that is not let in gets 401 and finds nothing.
WHO = ("phone", "county_admin", "supervisor", "centre_dispatcher")
#: What would end the run itself: the phone that sends it signed out, everybody's consent gone.
NEVER = ("revoke_device",)


@pytest.mark.parametrize("who", WHO if IS_LONG else WHO[:2])
def test_no_request_that_the_contract_can_make_is_answered_with_an_error_of_ours(
    who: str, system: System, world: World, tmp_path: Path
) -> None:
    before = len(system.whole_log("web"))
    headers, things = headers_of(who, world), things_of(world)
    try:
        runs = [run(system, who, headers, known, tmp_path) for known in ({}, things)]
    finally:  # codes were guessed from this address, which may enrol no phone for ten minutes now
        system.sql("delete from accounts_enrolmenttry")
    errors = [line for line in system.whole_log("web")[before:].splitlines() if "Internal Server Error" in line]
    assert not errors, "\n".join(sorted(set(errors)))
    for number, (status, said) in enumerate(runs):
        assert "0 test cases" not in said
        assert status == 0, f"{who}, run {number}:\n{said[-6000:]}"
    print("\n".join(line for _, said in runs for line in said.splitlines() if "generated" in line or "Operations:" in line))


def run(system: System, who: str, headers: dict[str, str], known: dict[str, Any], folder: Path) -> tuple[int, str]:
    """One run; ``known`` are things that exist, by the name of the parameter that asks for them."""
    config = folder / "schemathesis.toml"
    config.write_text("[parameters]\n" + "".join(f"{json.dumps(key)} = {json.dumps(value)}\n" for key, value in known.items()))
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(CONTRACT), "--url", system.url]
    words += ["--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing" if IS_LONG else "examples,fuzzing"]
    words += ["--include-path-regex", "^/api/phone/" if who == "phone" else "^/api/command/", "--no-color", "--workers", "2"]
    words += ["--generation-with-security-parameters", "false", "--suppress-health-check", "all", "--warnings", "off"]
    words += ["--continue-on-failure", "--request-timeout", "30", "--max-examples", "30" if IS_LONG else "2"]
    words += ["--generation-database", "none"] if IS_LONG else ["--generation-deterministic"]
    for name in NEVER:
        words += ["--exclude-operation-id", name]
    for name, value in headers.items():
        words += ["--header", f"{name}:{value}"]
    env = {**system.env, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, timeout=1800 if IS_LONG else 240)
    return done.returncode, done.stdout + done.stderr


def headers_of(who: str, world: World) -> dict[str, str]:
    if who == "phone":
        phone, _ = world.worker(_staffed(world, 17))
        token = phone.http.headers["Authorization"]
        phone.http.close()
        return {"Authorization": token}
    desk = world.desk(who)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in desk.http.cookies.jar)
    return {"Cookie": cookies, "X-CSRFToken": desk.http.cookies["xunge_csrf"], "Referer": str(desk.http.base_url)}


def things_of(world: World) -> dict[str, Any]:
    """Things that exist, so that more than 404 is reached."""
    grid = _staffed(world, 18)
    phone, person = world.worker(grid)
    task = next(iter(phone.seen.get("task", {})), None)
    phone.http.close()
    desk = world.desk("county_admin")
    report = next(iter(desk.get("reports")["items"]), None)
    found = {"grid": grid["code"], "person": person["id"], "unit": grid["village_code"], "task": task}
    return {f"path.{key}": value for key, value in found.items() if value} | ({"path.report": report["id"]} if report else {})
