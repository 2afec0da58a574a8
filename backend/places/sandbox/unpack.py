"""What an uploaded file really is, by its first bytes; and archives unpacked with every member counted and sized."""

from __future__ import annotations

import stat
import struct
import zipfile
from pathlib import Path

from backend.places.sandbox.refused import Refused

MEMBERS = 400
RATIO = 200  # a shapefile of rectangles shrinks to a twentieth; a bomb to a thousandth
CHUNK = 1 << 20
WANTED = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".gpkg", ".geojson", ".json", ".kml")
OURS = {"dbf": "table", "prj": "system"}  # what GDAL need not see, we read it ourselves
SOURCES = (".gpkg", ".geojson", ".json", ".kml", ".shp")


def open_upload(upload: Path, folder: Path, *, at_most: int) -> list[tuple[str, str, Path]]:
    """The data sets in an upload as (format, name, path): several where a zip holds several shapefiles."""
    with upload.open("rb") as file:
        head = file.read(16)
    if not head.startswith(b"PK\x03\x04"):
        path = upload.rename(folder / f"data{_ending(upload, head)}")
        return [(_check(path), "", path)]
    found = []
    for name, path in _unpack(upload, folder, at_most=at_most):
        if path.suffix in SOURCES:
            found.append((_check(path), name, path))
    if not found:
        raise Refused(
            "file_not_geodata", "压缩包里没有 .shp、.gpkg、.geojson 或 .kml。请把同一图层的 .shp .dbf .prj .shx 一起打包。"
        )
    return sorted(found, key=lambda one: one[1])


def _ending(path: Path, head: bytes) -> str:
    if head.startswith(b"SQLite format 3\x00"):
        return ".gpkg"
    if head[:4] == b"\x00\x00\x27\x0a":
        raise Refused("file_not_geodata", "只传了 .shp 一个文件。请把 .shp .dbf .prj .shx 一起打成 zip 再传。")
    text = _text(path, 4096).lstrip("\ufeff \t\r\n")
    if text.startswith("{"):
        return ".geojson"
    if text.startswith("<") and "<kml" in text:
        return ".kml"
    raise Refused("file_not_geodata")


def _check(path: Path) -> str:
    """The format, if the bytes are what the name says and the file is whole."""
    if path.suffix == ".shp":
        return _check_shape(path)
    with path.open("rb") as file:
        head = file.read(32)
    if path.suffix == ".gpkg":
        return _check_geopackage(path, head)
    text = _as_utf8(path)
    body = text.lstrip("\ufeff \t\r\n")
    if path.suffix == ".kml":
        if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
            raise Refused("file_not_geodata", "KML 里带有自定义实体（DOCTYPE），不读。请从地图软件重新导出。")
        if "<kml" not in body[:4096]:
            raise Refused("file_not_geodata")
        if "</kml>" not in body[-4096:]:
            raise Refused("file_damaged")
        return "KML"
    if not body.startswith("{"):
        raise Refused("file_not_geodata")
    return "GeoJSON"


def _check_geopackage(path: Path, head: bytes) -> str:
    if not head.startswith(b"SQLite format 3\x00"):
        raise Refused("file_not_geodata")
    page = struct.unpack(">H", head[16:18])[0]
    pages = struct.unpack(">I", head[28:32])[0]
    if pages * (65536 if page == 1 else page) > path.stat().st_size:
        raise Refused("file_damaged")
    return "GPKG"


def _check_shape(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or head[:4] != b"\x00\x00\x27\x0a":
        raise Refused("file_not_geodata")
    if 2 * struct.unpack(">i", head[24:28])[0] > path.stat().st_size:
        raise Refused("file_damaged")
    return "ESRI Shapefile"


def _as_utf8(path: Path) -> str:
    """The text of a file, which is UTF-8 afterwards: a GBK export is written anew."""
    raw = path.read_bytes()
    if b"\x00" in raw:
        raise Refused("file_not_geodata")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    path.write_bytes(text.encode("utf-8"))
    return text


def _text(path: Path, length: int) -> str:
    with path.open("rb") as file:
        return file.read(length).decode("utf-8", errors="ignore")


def _unpack(upload: Path, folder: Path, *, at_most: int) -> list[tuple[str, Path]]:
    """Members with endings we know, under names of our own: what the archive calls them is only told, never used as a path."""
    try:
        with zipfile.ZipFile(upload) as archive:
            members = archive.infolist()
            _check_members(members, upload.stat().st_size, at_most)
            stems: dict[str, int] = {}
            left, found = at_most, []
            for member in members:
                name = _name(member).replace("\\", "/")
                stem, dot, ending = name.rpartition(".")
                if member.is_dir() or not dot or f".{ending.lower()}" not in WANTED or "__MACOSX" in name:
                    continue
                number = stems.setdefault(stem.lower(), len(stems))
                path = folder / f"part{number}.{OURS.get(ending.lower(), ending.lower())}"
                left -= _copy(archive, member, path, left)
                found.append((stem.rpartition("/")[2], path))
            return found
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Refused("file_damaged", "压缩包打不开：没传完、加了密码，或者压缩方式少见。请重新打一个普通的 zip。") from error


def _check_members(members: list[zipfile.ZipInfo], packed: int, at_most: int) -> None:
    if len(members) > MEMBERS:
        raise Refused("file_too_large", f"压缩包里有 {len(members)} 个文件，最多 {MEMBERS} 个。请只打包这个图层。")
    for member in members:
        name = _name(member).replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name or stat.S_ISLNK(member.external_attr >> 16):
            raise Refused("file_outside_paths")
    total = sum(member.file_size for member in members)
    if total > at_most or total > max(RATIO * packed, CHUNK):
        raise Refused("file_too_large", "压缩包解开以后太大，没有读。请按乡镇分开导出。")


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Bytes written; what the archive says of a member's size is not believed."""
    written = 0
    with archive.open(member) as source, path.open("wb") as target:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > left:
                raise Refused("file_too_large")
            target.write(chunk)
    return written


def _name(member: zipfile.ZipInfo) -> str:
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return member.filename
