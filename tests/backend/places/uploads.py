"""Uploads made for tests: the good, the awkward and the malicious. Nothing of it is kept in the repository."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry


def frame(shapes: Sequence[BaseGeometry], crs: Any = 4326, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def boxes(count: int = 2, *, west: float = 114.50, south: float = 27.30, side: float = 0.01) -> list[BaseGeometry]:
    return [shapely.box(west + i * side, south, west + (i + 1) * side, south + side) for i in range(count)]


def write_gpkg(folder: Path, layer: gpd.GeoDataFrame, name: str = "村界") -> Path:
    path = folder / f"{name}.gpkg"
    layer.to_file(path, driver="GPKG", layer=name, engine="pyogrio")
    return path


def write_geojson(folder: Path, layer: gpd.GeoDataFrame, name: str = "村界") -> Path:
    path = folder / f"{name}.geojson"
    path.write_text(layer.to_json(), "utf-8")
    return path


def write_kml(folder: Path, layer: gpd.GeoDataFrame, name: str = "村界") -> Path:
    path = folder / f"{name}.kml"
    layer.to_file(path, driver="KML", engine="pyogrio")
    return path


def write_shape_zip(
    folder: Path,
    layer: gpd.GeoDataFrame,
    name: str = "村界",
    *,
    encoding: str = "UTF-8",
    without: Sequence[str] = (),
    prj: str = "",
) -> Path:
    """A zip as an office would send it; ``prj`` replaces what the .prj says."""
    inside = folder / f"{name}-{encoding}-{len(without)}"
    inside.mkdir()
    layer.to_file(inside / "layer.shp", driver="ESRI Shapefile", engine="pyogrio", encoding=encoding)
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(inside.iterdir()):
            if part.suffix in without:
                continue
            body = prj.encode() if prj and part.suffix == ".prj" else part.read_bytes()
            archive.writestr(f"{name}{part.suffix}", body)
    return path


def write_bomb(folder: Path, *, unpacked: int) -> Path:
    path = folder / "炸弹.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.geojson", b"{" + b" " * unpacked)
    return path


def write_lying_bomb(folder: Path, *, unpacked: int) -> Path:
    """A zip whose directory says its member is small."""
    path = write_bomb(folder, unpacked=unpacked)
    raw = bytearray(path.read_bytes())
    at = raw.rfind(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(raw)
    return path


def write_zip(folder: Path, members: dict[str, bytes], name: str = "包") -> Path:
    path = folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for member, body in members.items():
            archive.writestr(member, body)
    return path


def geojson(features: Sequence[dict[str, Any]], **more: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}, ensure_ascii=False)
