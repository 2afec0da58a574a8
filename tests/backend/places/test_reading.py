"""What an upload tells of itself, and what a malicious one is told."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shapely
from pyproj import CRS

from backend.places.reading import (
    FileDamaged,
    FileNotGeodata,
    FileOutsidePaths,
    FileTooLarge,
    FileTooSlow,
    LayerUnknown,
    ReadLimits,
    named_crs,
    read_layer,
    survey_file,
)
from tests.backend.places.uploads import (
    boxes,
    frame,
    geojson,
    write_bomb,
    write_geojson,
    write_gpkg,
    write_kml,
    write_lying_bomb,
    write_shape_zip,
    write_zip,
)

LIMITS = ReadLimits()
NAMES = ["王屯村村委会", "毛田村村委会"]


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A web server that nobody should ask, and what it was asked."""
    paths: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing is printed."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()


@pytest.mark.parametrize("write", [write_gpkg, write_geojson, write_shape_zip, write_kml])
def test_each_of_the_four_formats_tells_layers_fields_rows_and_system(tmp_path: Path, write: Any) -> None:
    path = write(tmp_path, frame(boxes(), Name=NAMES))
    (layer,) = survey_file(path)
    assert layer.count == 2 and layer.crs and CRS.from_user_input(layer.crs).to_epsg() == 4326
    field = next(field for field in layer.fields if field.name == "Name")
    assert list(field.samples) == NAMES
    rows = read_layer(path, layer.name)
    assert list(rows["Name"]) == NAMES
    assert rows.geometry.iloc[0].normalize().equals_exact(boxes()[0].normalize(), 1e-6)


@pytest.mark.parametrize(("encoding", "letters"), [("GBK", "GBK"), ("UTF-8", "UTF-8")])
def test_a_shapefile_is_read_in_the_letters_it_is_written_in_whatever_its_cpg_says(
    tmp_path: Path, encoding: str, letters: str
) -> None:
    path = write_shape_zip(tmp_path, frame(boxes(), 名称=NAMES, 户数=[12, 7]), encoding=encoding, without=[".cpg"])
    (layer,) = survey_file(path)
    assert layer.letters == letters
    rows = read_layer(path, "村界")
    assert list(rows["名称"]) == NAMES and list(rows["户数"]) == [12, 7]


def test_names_of_fields_cut_by_the_format_stay_readable(tmp_path: Path) -> None:
    path = write_shape_zip(tmp_path, frame(boxes(), 行政村名称全称=NAMES), encoding="UTF-8")
    (layer,) = survey_file(path)
    assert [field.name for field in layer.fields] == ["行政村"]
    assert list(layer.fields[0].samples) == NAMES


@pytest.mark.parametrize("prj", ["not a projection at all", 'PROJCS["broken'])
def test_a_wrong_prj_names_no_system_and_is_told(tmp_path: Path, prj: str) -> None:
    (layer,) = survey_file(write_shape_zip(tmp_path, frame(boxes(), a=NAMES), prj=prj))
    assert read_layer(tmp_path / "村界.zip", layer.name).crs is None or layer.crs is None
    assert layer.prj == prj


def test_a_shapefile_without_prj_or_shx_is_read_and_names_no_system(tmp_path: Path) -> None:
    path = write_shape_zip(tmp_path, frame(boxes(), a=NAMES), without=[".prj", ".shx"])
    (layer,) = survey_file(path)
    assert (layer.count, layer.crs) == (2, None)


def test_heights_are_left_behind_and_told(tmp_path: Path) -> None:
    high = [shapely.force_3d(box, 210.5) for box in boxes()]
    path = write_gpkg(tmp_path, frame(high, a=NAMES))
    (layer,) = survey_file(path)
    assert layer.has_z
    assert not read_layer(path, layer.name).geometry.has_z.any()


def test_a_layer_of_no_rows_is_a_layer_of_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "空.geojson"
    path.write_text(geojson([]), "utf-8")
    (layer,) = survey_file(path)
    assert layer.count == 0 and len(read_layer(path, layer.name)) == 0


def test_several_shapefiles_in_a_zip_are_several_layers(tmp_path: Path) -> None:
    one = write_shape_zip(tmp_path, frame(boxes(), a=NAMES), "村界")
    two = write_shape_zip(tmp_path, frame([box.centroid for box in boxes(3)], a=[1, 2, 3]), "房屋")
    members = {}
    import zipfile

    for path in (one, two):
        with zipfile.ZipFile(path) as archive:
            members |= {f"资料/{name}": archive.read(name) for name in archive.namelist()}
    path = write_zip(tmp_path, members)
    assert {layer.name: layer.count for layer in survey_file(path)} == {"村界": 2, "房屋": 3}
    with pytest.raises(LayerUnknown):
        read_layer(path, "道路")


def test_a_vrt_by_another_name_reads_no_file_of_ours(tmp_path: Path) -> None:
    secret = write_geojson(tmp_path, frame(boxes(), secret=NAMES), "secret")
    vrt = (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )
    for name in ("村界.geojson", "村界.kml", "村界.gpkg"):
        path = tmp_path / name
        path.write_text(vrt, "utf-8")
        with pytest.raises(FileNotGeodata):
            survey_file(path)
    with pytest.raises(FileNotGeodata):
        survey_file(write_zip(tmp_path, {"a.geojson": vrt.encode(), "b.vrt": vrt.encode()}))


def test_a_system_behind_an_address_is_not_fetched(tmp_path: Path, asked: tuple[str, list[str]]) -> None:
    url, paths = asked
    path = tmp_path / "a.geojson"
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [114.5, 27.3]}}
    for kind in ("link", "url"):
        crs = {"type": kind, "properties": {"href": f"{url}/crs", "url": f"{url}/crs", "type": "ogcwkt"}}
        path.write_text(geojson([point], crs=crs), "utf-8")
        survey_file(path)
    for text in (
        f"{url}/topo.json",
        f'{{"type":"x","href":"{url}"}}',
        f"<kml><NetworkLink><href>{url}/a</href></NetworkLink></kml>",
    ):
        path.write_text(text, "utf-8")
        with contextlib.suppress(FileNotGeodata, FileDamaged):
            survey_file(path)
    assert paths == []


def test_entities_in_a_kml_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "村界.kml"
    path.write_text(
        '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/hostname">]><kml><Document><Placemark>'
        "<name>&a;</name><Point><coordinates>114.5,27.3</coordinates></Point></Placemark></Document></kml>",
        "utf-8",
    )
    with pytest.raises(FileNotGeodata, match="DOCTYPE"):
        survey_file(path)


def test_a_zip_bomb_is_left_packed(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge):
        survey_file(write_bomb(tmp_path, unpacked=600 * 1024 * 1024))
    small = replace(LIMITS, unpacked_bytes=1_000_000)
    with pytest.raises((FileTooLarge, FileDamaged)):
        survey_file(write_lying_bomb(tmp_path, unpacked=4_000_000), limits=small)


def test_a_layer_of_more_columns_than_anybody_draws_is_not_read(tmp_path: Path) -> None:
    many = {f"c{i}": [i] for i in range(501)}
    with pytest.raises(FileTooLarge, match="列，最多 500 列"):
        survey_file(write_geojson(tmp_path, frame(boxes(1), **many)))


@pytest.mark.parametrize("name", ["../../etc/a.geojson", "/a.geojson", "..\\a.geojson", "c:\\a.geojson"])
def test_an_archive_that_points_outside_itself_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileOutsidePaths):
        survey_file(write_zip(tmp_path, {name: geojson([]).encode()}))


@pytest.mark.parametrize("write", [write_gpkg, write_geojson, write_shape_zip, write_kml])
def test_a_file_cut_off_is_called_damaged(tmp_path: Path, write: Any) -> None:
    path = write(tmp_path, frame(boxes(40), Name=[f"村{i}" for i in range(40)]))
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) * 2 // 3])
    with pytest.raises(FileDamaged):
        survey_file(path)


def test_a_cut_off_shape_inside_a_whole_zip_is_called_damaged(tmp_path: Path) -> None:
    import zipfile

    path = write_shape_zip(tmp_path, frame(boxes(40), a=range(40)))
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["村界.shp"] = members["村界.shp"][:600]
    with pytest.raises(FileDamaged):
        survey_file(write_zip(tmp_path, members))


def test_what_takes_too_long_or_too_much_memory_is_stopped(tmp_path: Path) -> None:
    path = write_geojson(tmp_path, frame(boxes(200), a=range(200)))
    with pytest.raises(FileTooSlow):
        survey_file(path, limits=replace(LIMITS, seconds=0))
    with pytest.raises((FileTooSlow, FileTooLarge)):
        survey_file(path, limits=replace(LIMITS, memory_bytes=60 * 1024 * 1024))
    with pytest.raises(FileTooLarge):
        survey_file(path, limits=replace(LIMITS, upload_bytes=1000))


@pytest.mark.parametrize("raw", [b"", b"\x89PNG\r\n", b"%PDF-1.4", b"name,x,y\na,1,2\n", b"\x00\x00\x27\x0a" + b"\0" * 200])
def test_other_files_are_told_what_would_be_read(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "村界.geojson"
    path.write_bytes(raw)
    with pytest.raises(FileNotGeodata, match="shp"):
        survey_file(path)


@pytest.mark.parametrize("drawn", ['LOCAL_CS["工地",UNIT["metre",1]]', "EPSG:4978", "EPSG:5773", "EPSG:999999", "村里的"])
def test_a_system_that_is_no_place_on_the_earth_is_none(drawn: str) -> None:
    assert named_crs(drawn) is None


def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileDamaged, match="再传一次"):
        survey_file(tmp_path / "gone")
