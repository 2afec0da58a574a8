from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backend.launch.checkout import Checkout
from backend.launch.cluster import Cluster
from backend.launch.messages import Problem
from tests.backend.launch.conftest import make_checkout

ROOT = Path(__file__).resolve().parents[3]
ENSURE = "import sys; from backend.launch.checkout import Checkout; from backend.launch.cluster import Cluster; "
ENSURE += "from pathlib import Path; print(Cluster(Checkout(Path(sys.argv[1]))).ensure())"


def backends(cluster: Cluster) -> list[int]:
    return cluster._processes()


def test_a_new_checkout_gets_postgis_and_finds_it_again(cluster: Cluster) -> None:
    assert cluster.ensure()
    assert not cluster.ensure(), "the second call finds it running"
    assert cluster.sql("SELECT ST_AsText(ST_Point(114.6, 27.4))") == "POINT(114.6 27.4)"
    assert cluster.sql("SHOW fsync") == "on"
    cluster.sql("CREATE TABLE kept AS SELECT 7 AS n")

    assert cluster.stop()
    assert not cluster.is_running()
    assert not cluster.stop(), "nothing left to stop"
    assert cluster.ensure()
    assert cluster.sql("SELECT n FROM kept") == "7"


def test_nobody_reaches_it_over_the_network_or_as_another_user(quick_cluster: Cluster) -> None:
    quick_cluster.ensure()
    assert quick_cluster.sql("SHOW listen_addresses") == ""
    assert (quick_cluster.data / "pg_hba.conf").read_text() == "local all all peer map=xunge\n"
    assert quick_cluster.data.stat().st_mode & 0o077 == 0


def test_what_was_committed_survives_a_killed_server(cluster: Cluster) -> None:
    cluster.ensure()
    cluster.sql("CREATE TABLE kept (n int)")
    for n in range(3):
        cluster.sql(f"INSERT INTO kept VALUES ({n})")
        postmaster = int((cluster.data / "postmaster.pid").read_text().split()[0])
        for pid in [postmaster] if n == 0 else backends(cluster):
            os.kill(pid, signal.SIGKILL)
        assert cluster.ensure(), "started again at once, with whatever the dead server left"
    assert cluster.sql("SELECT array_agg(n ORDER BY n) FROM kept") == "{0,1,2}"


def test_a_pid_file_that_names_a_stranger_is_not_believed(quick_cluster: Cluster) -> None:
    quick_cluster.ensure()
    quick_cluster.stop()
    (quick_cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{quick_cluster.data}\n1\n5432\n\n\n")
    assert not quick_cluster.is_running()
    assert quick_cluster.ensure()
    assert os.getpid() not in backends(quick_cluster)


def test_ten_at_once_on_a_new_checkout_make_one(checkout: Checkout, cluster: Cluster) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", ENSURE, str(checkout.root)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(10)
    ]
    answers = [process.communicate(timeout=120)[0].strip() for process in started]
    assert sorted(answers) == ["False"] * 9 + ["True"]
    assert cluster.is_running()


def test_a_folder_that_another_is_just_making_names_no_version_yet(cluster: Cluster) -> None:
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").touch()
    assert cluster.server.major >= 13


def test_two_checkouts_live_side_by_side(folder: Path) -> None:
    both = []
    for name in ("one", "n" * 120):  # the second one's path is too long for a socket
        both.append(Cluster(make_checkout(folder / name), throw_away=True))
    try:
        for number, cluster in enumerate(both):
            cluster.ensure()
            cluster.sql(f"CREATE TABLE mine AS SELECT {number} AS n")
        assert [cluster.sql("SELECT n FROM mine") for cluster in both] == ["0", "1"]
        assert len(os.fsencode(both[1].socket())) < 80
    finally:
        for cluster in both:
            cluster.destroy()
    assert not both[1].socket().exists()
    assert not any((folder / "one/.local/pg").iterdir()), "a destroyed cluster leaves nothing behind"


def test_data_of_another_major_version_is_left_alone(cluster: Cluster) -> None:
    cluster.data.mkdir(parents=True)
    (cluster.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Problem, match="PostgreSQL 9"):
        cluster.ensure()
    assert (cluster.data / "PG_VERSION").exists()


def test_a_stop_does_not_wait_for_a_long_query(quick_cluster: Cluster) -> None:
    quick_cluster.ensure()
    program = [quick_cluster.server.program("psql"), "-XqAtc", "SELECT pg_sleep(600)", quick_cluster.url()]
    query = subprocess.Popen(program, env=quick_cluster.server.environment(), stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    quick_cluster.stop()
    assert query.wait(timeout=10) != 0


def test_the_cluster_stays_with_the_user_who_has_it(quick_cluster: Cluster, checkout: Checkout) -> None:
    quick_cluster.ensure()
    quick_cluster.stop()
    again = Cluster(checkout)
    assert again.owner == quick_cluster.owner
    assert again.data == quick_cluster.data
    assert again.data.parent.stat().st_uid == quick_cluster.owner.pw_uid
    assert again.ensure()
