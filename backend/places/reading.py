"""Uploads of geodata, read in a child process that can neither talk to the network nor eat the machine.

Nothing of an upload is opened by GDAL in this process: it chooses drivers by content, and a file named .geojson has made it
read local files and fetch addresses.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import copyfile
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from django.conf import settings
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from backend.problems import Problem, TooLarge

DRIVERS = ("GPKG", "GeoJSON", "ESRI Shapefile", "KML")
MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What the child may use."""

    seconds: int = 120
    cpu_s: int = 90
    memory_bytes: int = 3072 * MB
    unpacked_bytes: int = 512 * MB
    upload_bytes: int = 128 * MB


class FileNotGeodata(Problem):
    """The bytes are none of the four formats, whatever the name says."""

    slug, status = "file_not_geodata", 422
    zh, en = (
        "读不出图层。请用 GeoPackage（.gpkg）、GeoJSON、KML，或把 .shp .dbf .prj .shx 打成一个 zip。",
        "No layer in it. Use GeoPackage, GeoJSON, KML, or a zip of .shp .dbf .prj .shx.",
    )


class FileDamaged(Problem):
    """The file ends too early or contradicts itself."""

    slug, status = "file_damaged", 422
    zh, en = "文件不完整，可能没有传完或导出中断。请重新导出再传。", "The file is damaged or cut off. Export it again."


class FileTooLarge(TooLarge):
    """More than the reader takes: bytes, members, or bytes once unpacked."""

    slug = "file_too_large"
    zh, en = "文件太大，没有读。请按乡镇分开导出。", "The file is too large and was not read. Export it by township."


class FileTooSlow(Problem):
    """Reading took longer, or more memory, than is allowed."""

    slug, status = "file_too_slow", 422
    zh, en = "文件太复杂，读了太久，已停下。请按乡镇分开导出。", "Reading took too long and was stopped. Export it by township."


class FileOutsidePaths(Problem):
    """An archive whose members want to lie outside of it."""

    slug, status = "file_outside_paths", 422
    zh, en = (
        "压缩包里有指向外面的路径或链接，没有读。请重新打包，只放图层文件。",
        "The archive has members with paths outside of it. Pack only the layer's files.",
    )


class LayerUnknown(Problem):
    """The upload has no layer of that name."""

    slug, status = "layer_unknown", 422
    zh, en = "文件里没有这个图层。请从列出的图层里选。", "The file has no such layer. Choose one of those listed."


PROBLEMS: dict[str, type[Problem]] = {
    one.slug: one for one in (FileNotGeodata, FileDamaged, FileTooLarge, FileTooSlow, FileOutsidePaths, LayerUnknown)
}


@dataclass(frozen=True, slots=True)
class Field:
    """A column and some of its values, as text."""

    name: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadLayer:
    """What a layer of an upload holds. ``crs`` is what it names, None if it names nothing that is known."""

    name: str
    format: str
    count: int
    without_shape: int
    fields: tuple[Field, ...]
    crs: str | None
    prj: str
    letters: str
    geometry_type: str
    has_z: bool

    def as_dict(self) -> dict[str, Any]:
        fields = [{"name": field.name, "samples": list(field.samples)} for field in self.fields]
        return {name: getattr(self, name) for name in self.__slots__} | {"fields": fields}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> ReadLayer:
        fields = tuple(Field(field["name"], tuple(field["samples"])) for field in facts["fields"])
        return cls(**{**facts, "fields": fields})


def survey_file(path: Path, *, limits: ReadLimits | None = None) -> tuple[ReadLayer, ...]:
    """The layers of an upload. Raises one of `PROBLEMS`."""
    answer, _ = _ask_child(path, layer=None, limits=limits or ReadLimits())
    return tuple(ReadLayer.of(facts) for facts in answer["layers"])


def read_layer(path: Path, layer: str, *, limits: ReadLimits | None = None) -> gpd.GeoDataFrame:
    """The rows of one layer, in the system it names (or none). Columns are named as in the file; the index counts rows."""
    answer, rows = _ask_child(path, layer=layer, limits=limits or ReadLimits())
    facts = next(ReadLayer.of(facts) for facts in answer["layers"] if facts["name"] == layer)
    names = [field.name for field in facts.fields]
    shapes = shapely.from_wkb(np.array([shape for _, shape in rows], dtype=object), on_invalid="ignore")
    columns = {name: [values.get(name) for values, _ in rows] for name in names if name != "geometry"}
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=named_crs(facts.crs), index=range(len(rows)))


def named_crs(text: str | None) -> CRS | None:
    """The system a layer names; None where the name means nothing, or no place on the earth: a drawing's, a building site's."""
    try:
        system = CRS.from_user_input(text) if text else None
        if system is None or not (system.is_geographic or system.is_projected):
            return None
        Transformer.from_crs(system, 4326)
    except ProjError:
        return None
    return system


def _ask_child(path: Path, *, layer: str | None, limits: ReadLimits) -> tuple[dict[str, Any], list[tuple[dict[str, Any], str]]]:
    if not path.exists():
        raise FileDamaged("传上来的原文件不在了（可能是恢复备份时没有带上）。请再传一次。")
    if path.stat().st_size > limits.upload_bytes:
        raise FileTooLarge(f"文件超过 {limits.upload_bytes // MB} MB，没有读。请按乡镇分开导出。")
    with tempfile.TemporaryDirectory(prefix="layers-") as name:
        folder = Path(name)
        upload = folder / "upload"
        copyfile(path, upload)
        (folder / "orders.json").write_text(json.dumps(_orders(upload, folder, layer, limits)), "utf-8")
        _run(folder, limits)
        if not (folder / "answer.json").exists():
            raise FileTooSlow
        answer = json.loads((folder / "answer.json").read_text("utf-8"))
        if "refused" in answer:
            if answer["refused"] not in PROBLEMS:
                raise RuntimeError(f"the reader of uploads is broken: {answer}")
            raise PROBLEMS[answer["refused"]](answer["detail"])
        rows = folder / "rows.jsonl"
        return answer, [json.loads(line) for line in rows.read_text("utf-8").splitlines()] if rows.exists() else []


def _orders(upload: Path, folder: Path, layer: str | None, limits: ReadLimits) -> dict[str, Any]:
    return {
        "upload": str(upload),
        "folder": str(folder),
        "layer": layer,
        "drivers": DRIVERS,
        "cpu_s": limits.cpu_s,
        "memory_bytes": limits.memory_bytes,
        "written_bytes": limits.unpacked_bytes,
        "unpacked_bytes": limits.unpacked_bytes,
    }


def _run(folder: Path, limits: ReadLimits) -> None:
    """Start the child and wait; what it prints goes nowhere, what it found lies in the folder."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path; from backend.places.sandbox.child import main; "
    )
    command = [
        sys.executable,
        "-I",
        "-c",
        code + "main(Path(sys.argv[1]))",
        str(folder / "orders.json"),
        str(settings.BASE_DIR),
    ]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=_environment(folder), cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet) as child:
        try:
            child.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise FileTooSlow from None


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours (no database, no keys) and nothing GDAL could be led astray by."""
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TMPDIR": str(folder),
        "HOME": str(folder),
        "OGR_SKIP": ",".join(skipped_drivers()),
        "GDAL_SKIP": " ".join(name for name in skipped_drivers() if " " not in name),
        "GDAL_DRIVER_PATH": "disable",
        "GDAL_HTTP_PROXY": "127.0.0.1:9",
        "GDAL_HTTPS_PROXY": "127.0.0.1:9",
        "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none",
        "CPL_TMPDIR": str(folder),
        "PROJ_NETWORK": "OFF",
        "SHAPE_RESTORE_SHX": "YES",
        "OGR_GEOJSON_MAX_OBJ_SIZE": "64",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


@cache
def skipped_drivers() -> tuple[str, ...]:
    """Every driver of this GDAL but the four."""
    import pyogrio

    return tuple(sorted(set(pyogrio.list_drivers()) - set(DRIVERS)))
