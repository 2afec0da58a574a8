from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from backend.launch import archive, system
from backend.launch.checkout import Checkout, try_lock
from backend.launch.cluster import Cluster
from backend.launch.messages import Problem
from tests.backend.launch.conftest import make_checkout

TABLES = """
CREATE TABLE django_migrations (name text);
CREATE TABLE report (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), text text, place geometry(Point, 4326));
CREATE INDEX report_place ON report USING gist (place);
INSERT INTO report (text, place) SELECT '溪边塌方 ' || n, ST_SetSRID(ST_Point(114.6, 27.4), 4326) FROM generate_series(1, 500) n;
"""


@pytest.fixture
def filled(checkout: Checkout, quick_cluster: Cluster) -> Cluster:
    """An installation with rows, a photo and keys."""
    quick_cluster.ensure()
    quick_cluster.sql(TABLES)
    photo = checkout.media / "ab/塌方 照片.jpg"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"\xff\xd8 photo")
    system.secret_key(checkout)
    system.write_private(checkout.sign_ins, "[]")
    return quick_cluster


def test_what_was_lost_comes_back_from_a_backup(checkout: Checkout, filled: Cluster, folder: Path) -> None:
    file = folder / "备份.tar"
    key = system.secret_key(checkout)
    archive.backup(checkout, file)
    assert file.stat().st_mode & 0o077 == 0, "it holds the keys"
    assert filled.is_running(), "a backup leaves a running database running"
    assert {one.name for one in folder.iterdir()} == {checkout.root.name, file.name}, "no scraps"

    filled.sql("DELETE FROM report; DROP INDEX report_place")
    (checkout.media / "ab/塌方 照片.jpg").unlink()
    (checkout.media / "later.jpg").write_bytes(b"made after the backup")
    checkout.secrets.unlink()
    filled.stop()
    archive.restore(checkout, file)

    assert not filled.is_running(), "a restore leaves a stopped database stopped"
    filled.ensure()
    assert filled.sql("SELECT count(*), min(ST_X(place)) FROM report WHERE text LIKE '溪边%'") == "500|114.6"
    assert filled.sql("SELECT count(*) FROM pg_indexes WHERE indexname = 'report_place'") == "1"
    assert [file.name for file in checkout.media.rglob("*.jpg")] == ["塌方 照片.jpg"]
    assert system.secret_key(checkout) == key
    assert checkout.secrets.stat().st_mode & 0o077 == 0


def test_who_took_consent_back_since_the_backup_is_still_known_after_a_restore(
    checkout: Checkout, filled: Cluster, folder: Path
) -> None:
    erased = checkout.media / "erased"
    erased.mkdir()
    (erased / "before").write_text("2026-11-01T00:00:00+00:00")
    (erased / "again").write_text("2026-11-01T00:00:00+00:00")
    archive.backup(checkout, folder / "b.tar")
    (erased / "again").write_text("2026-11-20T00:00:00+00:00")
    (erased / "since").write_text("2026-11-20T00:00:00+00:00")
    filled.stop()
    archive.restore(checkout, folder / "b.tar")
    assert {file.name: file.read_text()[:10] for file in erased.iterdir()} == {
        "before": "2026-11-01", "again": "2026-11-20", "since": "2026-11-20",
    }  # fmt: skip


def test_a_backup_opens_in_another_checkout(filled: Cluster, checkout: Checkout, folder: Path) -> None:
    archive.backup(checkout, folder / "b.tar")
    other = make_checkout(folder / "elsewhere")
    cluster = Cluster(other)
    try:
        archive.restore(other, folder / "b.tar")
        cluster.ensure()
        assert cluster.sql("SELECT count(*) FROM report") == "500"
        assert system.secret_key(other) == system.secret_key(checkout)
    finally:
        cluster.destroy()


def test_a_running_system_is_not_restored_over(checkout: Checkout, folder: Path) -> None:
    lock = try_lock(system.lock_file(checkout))
    assert lock is not None
    with pytest.raises(Problem, match="patrol stop"):
        archive.restore(checkout, folder / "b.tar")
    os.close(lock)


def make_tar(file: Path, members: dict[str, bytes], *, link: str = "") -> None:
    with tarfile.open(file, "w") as tar:
        for name, body in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
        if link:
            member = tarfile.TarInfo("media/link")
            member.type, member.linkname = tarfile.SYMTYPE, link
            tar.addfile(member)


GOOD = {"manifest.json": json.dumps({"format": 1}).encode(), "database.dump": b"PGDMP cut off"}


@pytest.mark.parametrize("name", ["../evil", "/evil", "media/../../evil", "settings.py", "media"])
def test_a_backup_with_names_of_its_own_is_refused(name: str, checkout: Checkout, folder: Path) -> None:
    make_tar(folder / "b.tar", GOOD | {name: b"x"})
    with pytest.raises(Problem, match="should not"):
        archive.restore(checkout, folder / "b.tar")


def test_a_backup_with_a_link_is_refused(checkout: Checkout, folder: Path) -> None:
    make_tar(folder / "b.tar", GOOD, link="/etc/passwd")
    with pytest.raises(Problem, match="should not"):
        archive.restore(checkout, folder / "b.tar")


@pytest.mark.parametrize("body", [b"", b"not a tar at all" * 99])
def test_what_is_no_backup_is_refused(body: bytes, checkout: Checkout, folder: Path) -> None:
    (folder / "b.tar").write_bytes(body)
    with pytest.raises(Problem, match="b.tar"):
        archive.restore(checkout, folder / "b.tar")


def test_a_damaged_dump_changes_nothing(filled: Cluster, checkout: Checkout, folder: Path) -> None:
    make_tar(folder / "b.tar", GOOD)
    with pytest.raises(Problem, match="damaged"):
        archive.restore(checkout, folder / "b.tar")
    assert filled.sql("SELECT count(*) FROM report") == "500"
    assert (checkout.media / "ab/塌方 照片.jpg").exists()


def test_a_database_of_your_own_must_be_empty_and_then_needs_no_superuser(
    filled: Cluster, checkout: Checkout, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.backup(checkout, folder / "b.tar")
    monkeypatch.setenv("DATABASE_URL", filled.url())
    with pytest.raises(Problem, match="already holds data"):
        archive.restore(checkout, folder / "b.tar")

    filled.sql("CREATE ROLE plain LOGIN")
    filled.sql("CREATE DATABASE own TEMPLATE template_postgis OWNER plain")
    filled.sql("ALTER SCHEMA public OWNER TO plain", database="own")
    ident = filled.data / "pg_ident.conf"
    ident.write_text(ident.read_text() + "".join(f"xunge {name} plain\n" for name in {"root", filled.owner.pw_name}))
    filled.sql("SELECT pg_reload_conf()")
    monkeypatch.setenv("DATABASE_URL", filled.url("own").replace("://xunge@", "://plain@"))
    archive.restore(checkout, folder / "b.tar")
    assert filled.sql("SELECT count(*) FROM report", database="own") == "500"
