"""`./patrol test` and `./patrol prove`: what CI runs, on a database cluster made for it and destroyed after it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backend.launch import environment, packages, system
from backend.launch.checkout import Checkout, is_locked, try_lock
from backend.launch.cluster import TEMPLATE, Cluster
from backend.launch.messages import Problem, say

# `check --deploy` is asked as a server behind TLS would be.
DEPLOYED = {
    "PATROL_DEBUG": "0",
    "PATROL_DEMO": "0",
    "PATROL_BEHIND_PROXY": "0",
    "PATROL_URL": "https://xunge.example",
    "PATROL_LIVE_URL": "",
    "PATROL_HOSTS": "xunge.example",
}


# What shares one real system or one browser stays together (the xdist_group marks in tests/journeys and tests/web).
ON_TWO_CORES = ("-n", "2", "--dist", "loadgroup")
# Tests that have a longer form: properties with thousands of cases, a power cut at every statement.
PROOFS = (
    "tests/geo",
    "tests/backend/phone/test_order.py",
    "tests/backend/phone/test_rebuild.py",
    "tests/backend/phone/test_any_body.py",
    "tests/notifications/test_power_cuts.py",
    "tests/journeys/test_storm.py",
    "tests/journeys/test_openapi.py",
)


@dataclass(frozen=True)
class Stage:
    name: str
    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)


def test(checkout: Checkout, argv: Sequence[str]) -> int:
    """Every stage, each with its time, whatever the others said; pytest last, its summary the last lines. With arguments, pytest alone."""
    with _ready(checkout) as env:
        failed = [] if argv else _before_the_tests(checkout, env)
        status = _run(checkout, Stage("pytest", ["pytest", *(argv or ON_TWO_CORES)]), env)
        if failed:
            say(f"未通过：{', '.join(failed)}", "the gate is closed")
        return status or (1 if failed else 0)


def _before_the_tests(checkout: Checkout, env: dict[str, str]) -> list[str]:
    """Run the other stages; returns the names of those that failed."""
    lines, failed = [], []
    with tempfile.TemporaryDirectory(prefix="xunge-static-") as static:
        for stage in _stages(checkout, Path(static)):
            began = time.monotonic()
            status = _run(checkout, stage, env)
            lines.append(f"  {stage.name:<18} {time.monotonic() - began:6.1f} s  {'失败 FAILED' if status else '通过 ok'}")
            failed += [stage.name] if status else []
    print("\n".join(lines), file=sys.stderr, flush=True)
    return failed


def prove(checkout: Checkout, argv: Sequence[str]) -> int:
    """The long forms."""
    with _ready(checkout) as env:
        return _run(checkout, Stage("prove", ["pytest", *(argv or PROOFS)], {"XUNGE_PROOF": "1"}), env)


def bench(checkout: Checkout, argv: Sequence[str]) -> int:
    """Benchmarks by name, or all, each in a process of its own, on a cluster that keeps its word about the disk."""
    known = sorted(
        one.stem for one in (checkout.root / "benchmarks").glob("*.py") if "bench.report()" in one.read_text("utf-8")
    )
    if unknown := sorted(set(argv) - set(known)):
        raise Problem(
            f"没有这个基准：{', '.join(unknown)}。有：{', '.join(known)}", f"No such benchmark; there are {', '.join(known)}"
        )
    with _ready(checkout, durable=True) as env:
        runs = [Stage(name, ["python", "-m", f"benchmarks.{name}"]) for name in argv or known]
        return max(_run(checkout, one, env) for one in runs)


def _stages(checkout: Checkout, static: Path) -> list[Stage]:
    manage = ["python", "manage.py"]
    stages = [
        Stage("ruff check", ["ruff", "check", "."]),
        Stage("ruff format", ["ruff", "format", "--check", "."]),
        Stage("mypy", ["mypy"]),
        Stage("lint-imports", ["lint-imports"]),
        Stage("check --deploy", [*manage, "check", "--deploy", "--fail-level", "WARNING"], DEPLOYED),
        Stage("makemigrations", [*manage, "makemigrations", "--check", "--dry-run"]),
        Stage("openapi", [*manage, "openapi", "--check"]),
        Stage("collectstatic", [*manage, "collectstatic", "--noinput", "-v0"], {"PATROL_STATIC_ROOT": str(static)}),
    ]
    if scripts := sorted(str(one.relative_to(checkout.root)) for one in (checkout.root / "tests/web").rglob("*.test.mjs")):
        stages.append(Stage("node --test", ["node", "--test", *scripts]))
    return stages


def _run(checkout: Checkout, stage: Stage, env: dict[str, str]) -> int:
    say(f"—— {stage.name}", " ".join(stage.argv)[:100])
    return subprocess.run(stage.argv, env=env | stage.env, cwd=checkout.root, stdin=subprocess.DEVNULL).returncode


@contextmanager
def _ready(checkout: Checkout, *, durable: bool = False) -> Iterator[dict[str, str]]:
    """Everything tests need: packages, Chromium with a Chinese font, and a cluster nobody else uses."""
    environment.prepare(checkout, for_tests=True)
    if not packages.find_chromium(checkout) or not packages.has_chinese_font(checkout):
        packages.provide(checkout, "chromium", "fonts-wqy-microhei", zh="浏览器与中文字体", en="Chromium and a Chinese font")
    if not (chromium := packages.find_chromium(checkout)):
        raise Problem("安装之后仍找不到 Chromium。", "Chromium is still missing after it was installed.")
    scratch = Path(tempfile.mkdtemp(prefix="xunge-test-"))
    (media := scratch / "media").mkdir()
    (static := scratch / "static").mkdir()
    try:
        with _throw_away_cluster(checkout, durable=durable) as cluster:
            more = {
                "CHROMIUM": chromium,
                "PLAYWRIGHT_NODEJS_PATH": str(environment.node(checkout)),
                "PATROL_TEST_TEMPLATE": TEMPLATE,
                "PATROL_MEDIA_ROOT": str(media),
                "PATROL_STATIC_ROOT": str(static),
            }
            yield _without_settings(system.django_environment(checkout, database_url=cluster.url())) | more
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _without_settings(env: dict[str, str]) -> dict[str, str]:
    """The tests' outcome must not hang on how this machine serves: only what we set ourselves stays."""
    kept = ("PATROL_SECRET_KEY",)
    return {key: value for key, value in env.items() if not key.startswith("PATROL_") or key in kept}


@contextmanager
def _throw_away_cluster(checkout: Checkout, *, durable: bool = False) -> Iterator[Cluster]:
    """A cluster for one run, for tests without durability. What killed runs left behind is cleared away first."""
    _clear_leftovers(checkout)
    kind = f"test-{os.getpid()}"
    holder = try_lock(_holder(checkout, kind))
    cluster = Cluster(checkout, kind, throw_away=not durable)
    try:
        cluster.ensure()
        yield cluster
    finally:
        before = [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)]
        cluster.destroy()
        if holder is not None:
            os.close(holder)
        _holder(checkout, kind).unlink(missing_ok=True)
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)


def _holder(checkout: Checkout, kind: str) -> Path:
    return checkout.local / "tests" / f"{kind}.holder"


def _clear_leftovers(checkout: Checkout) -> None:
    for file in (checkout.local / "tests").glob("test-*.holder"):
        if not is_locked(file):
            Cluster(checkout, file.stem, throw_away=True).destroy()
            file.unlink(missing_ok=True)
