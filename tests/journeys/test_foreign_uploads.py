"""Uploads by tuspy, a tus client from another hand, against real processes that are killed in the middle."""

from __future__ import annotations

import hashlib
import io
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PIL import Image
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed
from tusclient.storage.filestorage import FileStorage

from backend.demo.handset import Handset
from backend.demo.journeys import _staffed
from backend.demo.world import World, until
from tests.journeys.system import System

pytestmark = pytest.mark.xdist_group("system")

PIECE = 64 * 1024
UPLOAD = """
import sys, time
from tusclient.client import TusClient
from tusclient.storage.filestorage import FileStorage
url, bearer, path, known, sha256 = sys.argv[1:]
uploader = TusClient(url, headers={"Authorization": bearer}).uploader(
    path, chunk_size=65536, metadata={"sha256": sha256, "type": "image/jpeg"}, store_url=True, url_storage=FileStorage(known)
)
while True:
    uploader.upload_chunk()
    print(uploader.offset, flush=True)
    time.sleep(0.2)
"""


def photo_of(seed: int, size: int) -> tuple[bytes, dict[str, str]]:
    data = random.Random(seed).randbytes(size)
    return data, {"sha256": hashlib.sha256(data).hexdigest(), "type": "image/jpeg"}


def client_of(phone: Handset) -> TusClient:
    return TusClient(f"{phone.http.base_url}media/", headers={"Authorization": phone.http.headers["Authorization"]})


def picture_of(seed: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((2400, 1800), 40 + seed).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def stored(system: System, sha256: str) -> bool:
    path = system.folder / "media" / "originals" / sha256[:2] / sha256[2:4] / sha256
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_a_foreign_client_uploads_whole_and_in_pieces(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 12))
    for seed, piece in ((1, sys.maxsize), (2, PIECE)):
        data, said = photo_of(seed, 300_000)
        client_of(phone).uploader(file_stream=io.BytesIO(data), metadata=said, chunk_size=piece).upload()
        assert stored(system, said["sha256"])


def test_a_foreign_client_goes_on_after_the_server_was_killed_in_the_middle_of_a_piece(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 13))
    data, said = photo_of(3, 6_000_000)
    uploader = client_of(phone).uploader(file_stream=io.BytesIO(data), metadata=said, chunk_size=PIECE)
    uploader.upload(stop_at=PIECE * 10)
    uploader.chunk_size, uploader.stop_at = len(data), len(data)
    killer = threading.Timer(0.02, system.kill, ["web"])
    killer.start()
    try:
        uploader.upload_chunk()
    except TusUploadFailed:
        pass
    finally:
        killer.join()
        system.start("web")
    begun_at = client_of(phone).uploader(file_stream=io.BytesIO(data), url=uploader.url)
    assert PIECE * 10 <= begun_at.offset <= len(data)
    if begun_at.offset < len(data):
        begun_at.upload()
    assert stored(system, said["sha256"])


def test_a_foreign_client_goes_on_after_it_died_itself(system: System, world: World, tmp_path: Path) -> None:
    phone, _ = world.worker(_staffed(world, 14))
    data, said = photo_of(4, 2_000_000)
    path, known = tmp_path / "photo.jpg", str(tmp_path / "known.json")
    path.write_bytes(data)
    words = [client_of(phone).url, phone.http.headers["Authorization"], str(path), known, said["sha256"]]
    client = subprocess.Popen([sys.executable, "-c", UPLOAD, *words], stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None
    sent = [int(client.stdout.readline()) for _ in range(2)][-1]
    time.sleep(0.05)
    client.send_signal(signal.SIGKILL)
    client.wait(10)
    client.stdout.close()
    heir = client_of(phone).uploader(str(path), metadata=said, chunk_size=PIECE, store_url=True, url_storage=FileStorage(known))
    assert sent <= heir.offset < len(data)
    heir.upload()
    assert stored(system, said["sha256"])


def test_copies_are_made_though_the_worker_was_killed_in_the_middle_of_making_them(system: System, world: World) -> None:
    phone, _ = world.worker(_staffed(world, 15))
    names = [phone.upload(picture_of(seed)) for seed in range(4)]
    time.sleep(0.4)
    system.kill("worker")
    system.start("worker")

    def read() -> bool:
        rows = system.sql("select count(*) from field_attachment where sha256 = any(%s) and width = 2400", names)
        return rows == [(len(names),)]

    assert until(read, seconds=120)
    folder = system.folder / "media"
    for kind in ("large", "small"):
        assert all((folder / kind / sha[:2] / sha[2:4] / sha).exists() for sha in names)
