"""The child: shuts doors behind itself, reads one upload, writes what it found as JSON. Started by `backend.places.reading`."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from backend.places.sandbox.refused import Refused

SAMPLES = 5
COLUMNS = 500  # of a layer; departments have dozens
TABLE, SYSTEM = ".table", ".system"  # what `unpack` calls .dbf and .prj
# Numbers of socket, connect, execve, execveat, io_uring_setup, ptrace on the machines we know.
CALLS = {"x86_64": (0xC000003E, (41, 42, 59, 322, 425, 101)), "aarch64": (0xC00000B7, (198, 203, 221, 281, 425, 117))}


def main(orders: Path) -> None:
    """``orders``: JSON of upload, folder, limits and, if rows are wanted, the layer."""
    asked = json.loads(orders.read_text("utf-8"))
    _limit(asked)
    folder = Path(asked["folder"])
    try:
        answer = _read(asked, folder)
    except Refused as refused:
        answer = {"refused": refused.slug, "detail": refused.detail}
    except MemoryError:
        answer = {"refused": "file_too_large", "detail": ""}
    (folder / "answer.json").write_text(json.dumps(answer, ensure_ascii=False), "utf-8")


def _limit(asked: dict[str, Any]) -> None:
    for what, most in (
        (resource.RLIMIT_AS, asked["memory_bytes"]),
        (resource.RLIMIT_CPU, asked["cpu_s"]),
        (resource.RLIMIT_FSIZE, asked["written_bytes"]),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _shut_network() -> None:
    """From here on a call for a socket or another program fails, whatever a library wants: a seccomp filter, where Linux has it."""
    known = CALLS.get(os.uname().machine)
    if sys.platform != "linux" or known is None:
        return  # the dead proxy in the environment is what remains
    arch, calls = known
    denied = 0x00050000 | 1  # SECCOMP_RET_ERRNO, EPERM
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, arch), (0x06, 0, 0, denied), (0x20, 0, 0, 0)]
    program.append((0x35, len(calls) + 1, 0, 0x40000000))  # the numbers of x32, the same calls by another name
    for i, call in enumerate(calls):
        program.append((0x15, len(calls) - i, 0, call))
    program += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, denied)]
    code = b"".join(struct.pack("HBBI", *step) for step in program)
    held = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.c_char_p(header), 0, 0):
        raise Refused("file_reader_broken", "no seccomp")


def _read(asked: dict[str, Any], folder: Path) -> dict[str, Any]:
    from backend.places.sandbox.unpack import open_upload

    sources = open_upload(Path(asked["upload"]), folder, at_most=asked["unpacked_bytes"])
    import pyogrio  # GDAL loads here, with every driver but four skipped

    _shut_network()
    allowed = set(asked["drivers"])
    if set(pyogrio.list_drivers()) - allowed:
        raise Refused("file_reader_broken", "drivers")
    layers = []
    for kind, name, path in sources:
        for found in _layers(kind, name, path):
            facts = _survey(found)
            layers.append(facts)
            if asked.get("layer") == facts["name"]:
                _write_rows(found, folder / "rows.jsonl")
    if asked.get("layer") is not None and asked["layer"] not in [layer["name"] for layer in layers]:
        raise Refused("layer_unknown")
    return {"format": sources[0][0], "layers": layers, "rows": sum(layer["count"] for layer in layers)}


def _layers(kind: str, name: str, path: Path) -> list[dict[str, Any]]:
    import pyogrio
    from pyogrio.errors import DataSourceError

    try:
        named = [str(row[0]) for row in pyogrio.list_layers(path)]
    except (DataSourceError, UnicodeDecodeError) as error:
        raise Refused("file_damaged", "") from error
    table = _table(path) if kind == "ESRI Shapefile" else None
    return [
        {
            "path": path,
            "layer": layer,
            "table": table,
            "kind": kind,
            # A shapefile is called by its file in the archive; a GeoJSON has no name of its own.
            "name": name if table is not None or kind == "ESRI Shapefile" else _layer_name(kind, name, layer),
        }
        for layer in named
    ]


def _layer_name(kind: str, name: str, layer: str) -> str:
    if kind == "GeoJSON":
        return name or "图层"
    return layer


def _table(path: Path) -> Any:
    """The table beside a shape, read by ourselves: GDAL sees shapes only, so that no letter can spoil them."""
    from backend.places.sandbox.tables import read_table

    beside = path.with_suffix(TABLE)
    return read_table(beside) if beside.exists() else None


def _read_raw(found: dict[str, Any]) -> tuple[dict[str, Any], Any, Any, list[Any]]:
    from pyogrio.errors import CRSError, DataSourceError, FeatureError, FieldError, GeometryError
    from pyogrio.raw import read

    shape = found["kind"] == "ESRI Shapefile"
    _refuse_wide(found["path"], None if shape else found["layer"])
    try:
        answer: tuple[dict[str, Any], Any, Any, list[Any]] = read(
            found["path"],
            layer=None if shape else found["layer"],
            columns=[] if shape else None,
            return_fids=True,
            force_2d=True,
            datetime_as_string=True,
        )
    except (CRSError, DataSourceError, FeatureError, FieldError, GeometryError, UnicodeDecodeError, ValueError) as error:
        raise Refused("file_damaged") from error
    return answer


def _refuse_wide(path: Path, layer: str | None) -> None:
    """Nobody draws a layer with so many columns; each would be read whole."""
    from pyogrio import read_info
    from pyogrio.errors import DataSourceError

    try:
        count = len(read_info(path, layer=layer)["fields"])
    except (DataSourceError, UnicodeDecodeError, ValueError):
        return  # whatever is wrong with it is said where it is read
    if count > COLUMNS:
        raise Refused("file_too_large", f"图层有 {count} 列，最多 {COLUMNS} 列。请只导出要用的列。")


def _rows(found: dict[str, Any]) -> tuple[dict[str, Any], list[str], Iterator[tuple[dict[str, Any], str | None]]]:
    meta, fids, shapes, columns = _read_raw(found)
    hexes = (None if wkb is None else bytes(wkb).hex() for wkb in (shapes if shapes is not None else [None] * len(fids)))
    if found["table"] is not None:
        _, names, records = found["table"]
        return meta, names, ((values, shape) for values, shape in zip(records, hexes, strict=False) if values is not None)
    names = [str(name) for name in meta["fields"]]
    lists = [[_plain(value) for value in column] for column in columns]
    values = (dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)) if lists else ({} for _ in fids)
    return meta, names, zip(values, hexes, strict=False)


def _survey(found: dict[str, Any]) -> dict[str, Any]:
    """What a layer holds. The rows are read once here and once more when they are wanted: a survey must be able to fail early."""
    meta, names, rows = _rows(found)
    samples: dict[str, list[str]] = {name: [] for name in names}
    count = shapes = 0
    for values, shape in rows:
        count += 1
        shapes += shape is not None
        for name in names:
            value = values.get(name)
            if value is not None and len(samples[name]) < SAMPLES and str(value)[:60] not in samples[name]:
                samples[name].append(str(value)[:60])
    letters = found["table"][0] if found["table"] is not None else ""
    if found["table"] is not None:
        found["table"] = _table(found["path"])  # the records were used up
    info = _info(found)
    return {
        "name": found["name"],
        "format": found["kind"],
        "letters": letters,
        "count": count,
        "without_shape": count - shapes,
        "fields": [{"name": name, "samples": samples[name]} for name in names],
        "crs": _system(found["path"])[0] if found["kind"] == "ESRI Shapefile" else meta.get("crs"),
        "prj": _system(found["path"])[1],
        "geometry_type": info["geometry_type"],
        "has_z": info["has_z"],
    }


def _info(found: dict[str, Any]) -> dict[str, Any]:
    """The kind of geometry; one of the rows decides where the layer itself leaves it open."""
    from pyogrio import read_info

    shape = found["kind"] == "ESRI Shapefile"
    try:
        info = read_info(found["path"], layer=None if shape else found["layer"])
        kind = str(info["geometry_type"] or "")
    except (UnicodeDecodeError, ValueError):
        kind = ""
    return {"geometry_type": kind.removeprefix("2.5D ").removesuffix(" Z"), "has_z": kind.startswith("2.5D") or " Z" in kind}


def _system(path: Path) -> tuple[str | None, str]:
    """The coordinate system of a .prj if it means one, and what the .prj says, to be said back to a person."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    beside = path.with_suffix(SYSTEM)
    if not beside.exists():
        return None, ""
    said = beside.read_bytes()[:20_000].decode("utf-8", errors="replace").strip()
    try:
        system = CRS.from_wkt(said)
    except CRSError:
        return None, said[:300]
    code = system.to_epsg(min_confidence=25)
    return (f"EPSG:{code}" if code else system.to_wkt()), said[:300]


def _write_rows(found: dict[str, Any], path: Path) -> None:
    _, _, rows = _rows(found)
    with path.open("w", encoding="utf-8") as file:
        for values, shape in rows:
            file.write(json.dumps([values, shape], ensure_ascii=False) + "\n")


def _plain(value: Any) -> Any:
    """A value of a column as JSON has it; a NaN is nothing."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)[:500]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
