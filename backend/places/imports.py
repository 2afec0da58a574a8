"""Taking layers in: a file is kept, read, checked with what a person chose, and becomes ground only when nothing is open."""

from __future__ import annotations

import hashlib
import json
import logging
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import geopandas as gpd
from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from backend.accounts.models import User
from backend.places.fields import NOT_GIVEN, propose_fields
from backend.places.geo_words import in_chinese
from backend.places.health import Health, examine
from backend.places.models import LayerImport
from backend.places.reading import FileTooLarge, ReadLayer, ReadLimits, read_layer, survey_file
from backend.places.taking_in import (
    put_barriers,
    put_buildings,
    put_department,
    put_key_places,
    put_places,
    put_villages,
    settle_rows,
)
from backend.problems import Conflict, Problem, Unreadable
from backend.units.models import AdminUnit
from geo.errors import GeoError

logger = logging.getLogger(__name__)

READ_IMPORT = "backend.places.jobs.read_layers"
AT_ONCE_BYTES = 2 * 1024 * 1024  # a file up to here is read while the person waits
SUITS = {
    "village": ("Polygon",),
    "department": ("Polygon",),
    "barrier": ("LineString",),
    "place": ("Point",),
    "key_place": ("Point",),
}
IF_STOPPED_S = 300  # a file read at once is read by then, or whoever read it was stopped
PREVIEWED = 8
LISTED = 2_000  # rows of a finding that its report names; all of them are settled


class ImportNotReady(Conflict):
    """Something has to be settled before the layer can be taken in."""

    slug = "import_not_ready"
    zh, en = "还有没解决的问题，先选好再入库。", "Some findings are still open. Settle them first."


class ImportClosed(Conflict):
    """The layer was taken in or refused; it is not changed any more."""

    slug = "import_closed"
    zh, en = "这次导入已经结束。要改就再导入一次。", "This import is over. Import again to change it."


def original_path(sha256: str) -> Path:
    """Where the bytes of an uploaded layer lie, and those of the version that was taken in."""
    return Path(settings.MEDIA_ROOT) / "imports" / sha256[:2] / sha256


def begin_import(
    unit: AdminUnit, kind: str, file: IO[bytes], *, file_name: str, by: User | None, at: datetime, department: str = ""
) -> LayerImport:
    """Keep a file as it came. A small one is read at once, a large one in the background."""
    sha256, size = _keep(file)
    with transaction.atomic():
        row = LayerImport.objects.create(
            unit=unit,
            kind=kind,
            file_name=Path(file_name).name[:120] or "图层",
            sha256=sha256,
            size=size,
            choices={"department": department.strip()[:60]} if department.strip() else {},
            step="排队等着读",
            made_by=by,
            made_at=at,
        )
        read_later(row, wait_s=0 if size > AT_ONCE_BYTES else IF_STOPPED_S)
    logger.info("import.begun", extra={"import": row.pk, "unit": unit.pk, "by": by.pk if by else None})
    return row if size > AT_ONCE_BYTES else read_import(row, at=at)


def read_later(row: LayerImport, *, wait_s: int = 0) -> None:
    """Have a worker read the file; after a while only, where somebody reads it now and may be stopped over it."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        task = app.configure_task(READ_IMPORT, queueing_lock=f"import {row.pk}", schedule_in={"seconds": wait_s})
        task.defer(layer_import=row.pk)


def read_import(row: LayerImport, *, at: datetime) -> LayerImport:
    """Read what the file holds, propose a layer and columns, and check it. A file that cannot be read is refused, with the reason."""
    if row.state == LayerImport.State.READ:  # whoever read it was stopped before the check
        return check_import(row)
    if row.state != LayerImport.State.WAITING:
        return row
    LayerImport.objects.filter(pk=row.pk).update(step="正在读文件")
    try:
        layers = survey_file(original_path(row.sha256))
    except Problem as problem:
        row.state, row.step, row.result = LayerImport.State.REFUSED, problem.detail[:60], problem.body()
        row.save(update_fields=["state", "step", "result"])
        return row
    chosen = _best_layer(row.kind, layers)
    row.layers = [layer.as_dict() for layer in layers]
    row.choices |= {"layer": chosen.name, "fields": propose_fields(row.kind, chosen.fields), "answers": {}}
    row.state, row.read_at, row.step = LayerImport.State.READ, at, "正在体检"
    row.save(update_fields=["layers", "choices", "state", "read_at", "step"])
    return check_import(row)


def choose(row: LayerImport, choices: dict[str, Any], *, by: User | None) -> LayerImport:
    """Write down what a person chose and look the layer over again. Another layer begins with new proposals."""
    with transaction.atomic():  # two who choose at once do so one after the other, and the report is that of both
        row = LayerImport.objects.select_for_update(of=("self",)).select_related("unit", "made_by").get(pk=row.pk)
        _must_be_open(row)
        row.choices = _with_choices(row, choices)
        row.save(update_fields=["choices"])
        check_import(row)
    logger.info("import.chosen", extra={"import": row.pk, "by": by.pk if by else None})
    return row


def _with_choices(row: LayerImport, choices: dict[str, Any]) -> dict[str, Any]:
    kept = dict(row.choices)
    if "layer" in choices and choices["layer"] != kept.get("layer"):
        layer = _layer(row, choices["layer"])
        kept |= {"layer": layer.name, "fields": propose_fields(row.kind, layer.fields), "answers": {}}
    if "fields" in choices:
        _must_be_columns(_layer(row, kept["layer"]), choices["fields"])
        kept["fields"] = kept.get("fields", {}) | choices["fields"]
        kept["answers"] = {k: v for k, v in kept.get("answers", {}).items() if not k.startswith(("name:", "class:"))}
    answers = kept.get("answers", {}) | choices.get("answers", {})
    kept["answers"] = {key: value for key, value in answers.items() if value}
    return kept | {key: choices[key] for key in ("synthetic", "department") if key in choices}


def check_import(row: LayerImport) -> LayerImport:
    """Look the chosen layer over; the report is what the page shows."""
    health, raw = _examined(row)
    levels = [one["level"] for one in health.findings]
    row.report = {
        "findings": [one | {"rows": one["rows"][:LISTED]} for one in health.findings],
        "marks": health.marks,
        "unsolved": health.unsolved,
        "counts": {level: levels.count(level) for level in ("error", "warning", "note", "ok")},
        "rows": len(raw),
        "preview": preview(raw),
    }
    row.state, row.step = LayerImport.State.CHECKED, ""
    row.save(update_fields=["report", "state", "step"])
    return row


def take_in_import(row: LayerImport, *, by: User | None, at: datetime) -> LayerImport:
    """Replace the ground the layer covers, in one transaction. Raises `ImportNotReady` while something is open."""
    with transaction.atomic():
        row = LayerImport.objects.select_for_update(of=("self",)).select_related("unit").get(pk=row.pk)
        _must_be_open(row)
        # Two layers of a county follow one another: the second replaces what the first brought, and nothing is there twice.
        list(
            AdminUnit.objects.current()
            .filter(code__startswith=row.unit.code[:6])
            .order_by("code")
            .select_for_update(no_key=True)[:1]
        )
        health, _ = _examined(row)
        if health.unsolved:
            raise ImportNotReady(f"还有 {health.unsolved} 项要先解决。")
        try:
            layer = settle_rows(health.layer.to_crs(4326), health.findings)
            if not len(layer):
                raise ImportNotReady("跳过以后一行也不剩，没有可入库的。")
            row.converted_sha256 = _keep_converted(layer)
            row.result = _put(row, layer, health, by=by, at=at)
        except GeoError as error:
            raise ImportNotReady(f"还不能入库。{in_chinese(error)}", en=f"{ImportNotReady.en} {error}") from error
        row.state, row.taken_in_at, row.taken_in_by = LayerImport.State.TAKEN_IN, at, by
        row.save(update_fields=["converted_sha256", "result", "state", "taken_in_at", "taken_in_by"])
    logger.info("import.taken_in", extra={"import": row.pk, "unit": row.unit_id, "by": by.pk if by else None})
    return row


def _put(row: LayerImport, layer: gpd.GeoDataFrame, health: Health, *, by: User | None, at: datetime) -> dict[str, Any]:
    if row.kind == LayerImport.Kind.VILLAGE:
        return put_villages(row, layer, health.findings, by=by, at=at)
    if row.kind == LayerImport.Kind.BUILDING:
        return put_buildings(row, layer)
    if row.kind == LayerImport.Kind.BARRIER:
        return put_barriers(row, layer)
    if row.kind == LayerImport.Kind.PLACE:
        return put_places(row, layer)
    if row.kind == LayerImport.Kind.KEY_PLACE:
        return put_key_places(row, layer)
    return put_department(row, layer, by=by, at=at)


def preview(raw: gpd.GeoDataFrame) -> list[dict[str, str]]:
    """The first rows of a layer as text."""
    table = raw.drop(columns=[raw.geometry.name]).head(PREVIEWED)
    return [
        {str(name): "" if value is None or value != value else str(value)[:60] for name, value in values.items()}
        for values in table.to_dict("records")
    ]


def _examined(row: LayerImport) -> tuple[Health, gpd.GeoDataFrame]:
    layer = _layer(row, row.choices["layer"])
    raw = read_layer(original_path(row.sha256), layer.name)
    return examine(row, raw, layer.letters), raw


def _layer(row: LayerImport, name: str) -> ReadLayer:
    found = next((ReadLayer.of(facts) for facts in row.layers if facts["name"] == name), None)
    if found is None:
        raise Unreadable("文件里没有这个图层，请从列出的图层里选。")
    return found


def _best_layer(kind: str, layers: tuple[ReadLayer, ...]) -> ReadLayer:
    wanted = SUITS.get(kind, ("Polygon", "Point"))
    return max(layers, key=lambda layer: (any(word in layer.geometry_type for word in wanted), layer.count))


def _must_be_columns(layer: ReadLayer, fields: dict[str, str]) -> None:
    known = {field.name for field in layer.fields} | {NOT_GIVEN}
    if unknown := sorted(set(fields.values()) - known):
        raise Unreadable(f"文件里没有“{unknown[0]}”这一列。")


def _must_be_open(row: LayerImport) -> None:
    if row.state in (LayerImport.State.TAKEN_IN, LayerImport.State.REFUSED):
        raise ImportClosed
    if row.state == LayerImport.State.WAITING:
        raise ImportNotReady("文件还没读完，请稍等。")


def _keep(file: IO[bytes]) -> tuple[str, int]:
    """Store bytes under their hash; the file appears whole or not at all."""
    digest, size = hashlib.sha256(), 0
    folder = Path(settings.MEDIA_ROOT) / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    most = ReadLimits().upload_bytes
    part = folder / f"{uuid4()}.part"
    try:
        with part.open("wb") as target:
            while chunk := file.read(1 << 20):
                size += len(chunk)
                if size > most:
                    raise FileTooLarge(f"文件超过 {most // 1024 // 1024} MB，没有收。请按乡镇分开导出。")
                digest.update(chunk)
                target.write(chunk)
        path = original_path(digest.hexdigest())
        path.parent.mkdir(parents=True, exist_ok=True)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), size


def _keep_converted(layer: gpd.GeoDataFrame) -> str:
    """The version that was taken in, kept beside the one that came."""
    body = json.dumps(json.loads(layer.to_json(drop_id=True)), ensure_ascii=False, sort_keys=True).encode()
    sha256 = hashlib.sha256(body).hexdigest()
    path = original_path(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    return sha256


def chosen_layer(row: LayerImport, *, at_most: int) -> dict[str, Any]:
    """The layer as it would be taken in, as GeoJSON in degrees; empty where its system is not known."""
    health, _ = _examined(row) if row.state in (LayerImport.State.CHECKED, LayerImport.State.TAKEN_IN) else (None, None)
    if health is None or health.layer.crs is None:
        return {"type": "FeatureCollection", "features": []}
    layer = health.layer[~(health.layer.geometry.isna() | health.layer.geometry.is_empty)].head(at_most)
    return json.loads(layer[[layer.geometry.name]].to_crs(4326).to_json(drop_id=True))  # type: ignore[no-any-return]
