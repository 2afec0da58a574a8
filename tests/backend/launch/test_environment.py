from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.launch import environment, packages, postgres
from backend.launch.checkout import Checkout
from backend.launch.messages import Problem, command

ROOT = Path(__file__).resolve().parents[3]

RECORDER = """#!/bin/sh
echo "$@" >> '{log}'
case "$1" in venv) for last; do :; done; mkdir -p "$last/bin"; ln -sf '{python}' "$last/bin/python"; esac
"""


@pytest.fixture
def uv_calls(checkout: Checkout, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `uv` on the path that writes down what it is asked, and makes what `uv venv` would."""
    (folder / "bin").mkdir()
    log = folder / "uv.log"
    log.touch()
    (folder / "bin/uv").write_text(RECORDER.format(log=log, python=sys.executable))
    (folder / "bin/uv").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}/bin:/usr/bin:/bin")
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        (checkout.root / name).write_text(name)
    (checkout.root / "node_modules").mkdir()
    environment._stamp(checkout.root / "node_modules" / environment.STAMP, checkout.root / "package-lock.json")
    return log


def test_packages_are_installed_once_by_hash_and_again_when_the_lock_changes(checkout: Checkout, uv_calls: Path) -> None:
    environment.prepare(checkout)
    made, synced = uv_calls.read_text().splitlines()
    assert made.startswith("venv")
    assert synced.startswith("pip sync --require-hashes")
    assert synced.endswith("requirements.lock")
    environment.prepare(checkout)
    assert len(uv_calls.read_text().splitlines()) == 2
    (checkout.root / "requirements.lock").write_text("changed")
    environment.prepare(checkout)
    assert len(uv_calls.read_text().splitlines()) == 3


def test_an_environment_that_has_the_tests_packages_is_not_taken_back(checkout: Checkout, uv_calls: Path) -> None:
    environment.prepare(checkout, for_tests=True)
    (checkout.venv / "bin/pytest").touch()
    calls = uv_calls.read_text()
    assert "requirements-dev.lock" in calls
    environment.prepare(checkout)
    assert uv_calls.read_text() == calls


def test_an_environment_whose_python_has_gone_is_made_anew(checkout: Checkout, uv_calls: Path) -> None:
    environment.prepare(checkout)
    checkout.python.unlink()
    checkout.python.symlink_to("/no/longer/there")
    environment.prepare(checkout)
    assert [line.split()[0] for line in uv_calls.read_text().splitlines()] == ["venv", "pip", "venv", "pip"]


def test_a_failed_install_is_tried_again_and_shows_the_last_lines(checkout: Checkout, uv_calls: Path, folder: Path) -> None:
    (folder / "bin/uv").write_text("#!/bin/sh\necho no route to the index >&2\nexit 2\n")
    for _ in range(2):
        with pytest.raises(Problem, match="no route to the index"):
            environment.prepare(checkout)


def test_the_index_that_pip_uses_is_used_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert environment._network_env()["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://other.example/simple")
    assert environment._network_env()["UV_DEFAULT_INDEX"] == "https://other.example/simple"


def test_pip_can_be_run_out_of_the_wheel_that_python_carries(checkout: Checkout) -> None:
    if not (wheel := environment._pip_wheel(checkout)):
        pytest.skip("this Python carries no pip: uv was found here without it")
    said = subprocess.run([sys.executable, f"{wheel}/pip", "--version"], capture_output=True, text=True, check=True).stdout
    assert str(wheel) in said


def test_the_node_of_the_packages_starts() -> None:
    node = environment.node(Checkout(ROOT))
    assert command([node, "--version"], zh="节点", en="node").startswith("v")


def test_a_program_that_does_not_exist_is_a_problem_with_a_name() -> None:
    with pytest.raises(Problem, match="no-such-program"):
        command(["no-such-program"], zh="试", en="trying")


def test_slow_work_is_announced_and_quick_work_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    command(["true"], zh="快", en="quick work")
    command(["sleep", "2.2"], zh="慢", en="slow work")
    said = capsys.readouterr().err
    assert "quick" not in said
    assert "slow work …" in said
    assert "slow work: 2." in said


def test_the_server_comes_along_with_postgis_when_it_is_unpacked() -> None:
    names = ("postgresql-postgis",)
    assert packages._with_server(["libgeos", "postgresql-15-postgis-3"], names)[-1] == "postgresql-15"
    planned = ["postgresql-15", "postgresql-15-postgis-3"]
    assert packages._with_server(planned, names) == planned
    assert packages._with_server(["chromium"], ("chromium",)) == ["chromium"]


def test_an_unpacked_chromium_starts_through_a_script_with_its_own_libraries(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = Checkout(folder / "it's here")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert packages.find_chromium(checkout) is None
    program = checkout.packages / "root/usr/lib/chromium/chromium"
    program.parent.mkdir(parents=True)
    for libraries in ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"):  # Debian 12 uses both
        (checkout.packages / "root" / libraries).mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$LD_LIBRARY_PATH|$1"\n')
    program.chmod(0o755)
    script = packages.find_chromium(checkout)
    assert script is not None
    said = subprocess.run([script, "一 二"], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"{checkout.packages}/root/usr/lib/x86_64-linux-gnu:")
    assert f":{checkout.packages}/root/lib/x86_64-linux-gnu:" in said
    assert said.endswith("|一 二\n")


def test_a_chinese_font_is_known_by_its_name(folder: Path) -> None:
    assert not packages._holds_chinese_font(folder / "none")
    (folder / "truetype").mkdir()
    (folder / "truetype/DejaVuSans.ttf").touch()
    assert not packages._holds_chinese_font(folder)
    (folder / "truetype/NotoSansCJK-Regular.ttc").touch()
    assert packages._holds_chinese_font(folder)


def test_the_postgres_found_here_has_postgis() -> None:
    found = postgres.find(Checkout(ROOT))
    assert found is not None
    assert found.has_postgis
    assert found.major >= 15
    assert "PGHOST" not in found.environment()
