from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.launch.supervisor import BACK_OFF_S, Supervisor, read_procfile

ROOT = Path(__file__).resolve().parents[3]
ENV = dict(os.environ, PYTHONUNBUFFERED="1")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(code)]


def supervise(
    commands: dict[str, list[str]], until: Callable[[str], bool], *, seconds: float = 20.0, grace_s: float = 15.0
) -> str:
    """Run until what was printed satisfies `until`; returns all of it."""
    out = io.StringIO()
    supervisor = Supervisor(commands, env=ENV, cwd=ROOT, out=out)
    supervisor.grace_s = grace_s

    def watch() -> None:
        deadline = time.monotonic() + seconds
        while not until(out.getvalue()) and time.monotonic() < deadline:
            time.sleep(0.02)
        supervisor.is_ending = True

    watcher = threading.Thread(target=watch)
    watcher.start()
    supervisor.run()
    watcher.join()
    assert until(out.getvalue()), out.getvalue()
    return out.getvalue()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("status", [0, 1])
def test_a_process_that_ends_is_started_again_whatever_its_status(status: int) -> None:
    said = supervise({"worker": python(f"print('hello'); raise SystemExit({status})")}, lambda out: out.count("hello") >= 2)
    assert f"worker | ended with status {status}; starting again in {BACK_OFF_S[0]:g} s" in said


def test_a_killed_process_takes_its_children_along_and_comes_back(folder: Path) -> None:
    grandchild = "import time; time.sleep(300)"
    code = f"""
        import os, signal, subprocess, sys
        print("grandchild", subprocess.Popen([sys.executable, "-c", {grandchild!r}]).pid)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    said = supervise({"web": python(code)}, lambda out: out.count("grandchild") >= 2)
    for line in said.splitlines():
        if "grandchild" in line:
            assert not is_alive(int(line.split()[-1]))


def test_a_process_that_cannot_start_does_not_stop_the_others() -> None:
    said = supervise(
        {"broken": ["no-such-program"], "good": python("print('served'); import time; time.sleep(60)")},
        lambda out: "served" in out,
    )
    assert "broken | cannot start" in said


def test_all_processes_end_together_even_those_that_will_not_listen() -> None:
    deaf = "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('pid', os.getpid()); time.sleep(300)"
    said = supervise({"a": python(deaf), "b": python(deaf)}, lambda out: out.count("pid") == 2, grace_s=0.5)
    assert not any(is_alive(int(line.split()[-1])) for line in said.splitlines() if "pid" in line)


def test_what_a_process_prints_is_forwarded_with_its_name_to_the_last_line() -> None:
    said = supervise(
        {
            "live": python("import sys; sys.stdout.write('一\\n二'); sys.stdout.flush()"),
            "worker": python("import time; time.sleep(60)"),
        },
        lambda out: "二" in out,
    )
    assert "live   | 一\nlive   | 二\n" in said


def test_the_processes_do_not_outlive_a_killed_launcher(folder: Path) -> None:
    launcher = f"""
        import os, sys
        from pathlib import Path
        from backend.launch.supervisor import Supervisor
        child = [sys.executable, "-c", "import os, time; print('pid', os.getpid()); time.sleep(300)"]
        Supervisor({{"child": child}}, env=dict(os.environ, PYTHONUNBUFFERED="1"), cwd=Path({str(folder)!r})).run()
    """
    with subprocess.Popen(python(launcher), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline().split()[-1])
        assert is_alive(pid)
        process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_a_procfile_names_its_processes_and_takes_values_from_the_environment(folder: Path) -> None:
    file = folder / "Procfile"
    file.write_text("# comment\n\nweb: granian --port $PORT 'a b'\n")
    assert read_procfile(file, {"PORT": "8731"}) == {"web": ["granian", "--port", "8731", "a b"]}


@pytest.mark.parametrize("text", ["web granian", "web: a\nweb: b", "web:"])
def test_a_procfile_that_cannot_be_read_says_where(text: str, folder: Path) -> None:
    (folder / "Procfile").write_text(text)
    with pytest.raises(ValueError, match=r"Procfile, line \d"):
        read_procfile(folder / "Procfile", {})


def test_our_procfile_has_the_three_processes() -> None:
    env = {"PATROL_BIND": "127.0.0.1", "PATROL_PORT": "1", "PATROL_LIVE_PORT": "2"}
    assert list(read_procfile(ROOT / "Procfile", env)) == ["web", "live", "worker"]
