"""In the background: dividing a township, laying department grids over the comprehensive ones."""

from __future__ import annotations

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backend.places.departments import CROSS, cross_layer
from backend.places.division_runs import DIVIDE_TOWNSHIP, divide_later, divide_township, finish_township
from backend.places.imports import READ_IMPORT, read_import
from backend.places.models import DepartmentLayer, LayerImport, TownshipRun

SLICE_S = 10.0  # then the worker looks for what is more urgent


@app.task(name=DIVIDE_TOWNSHIP, queue="division", retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def divide(part: int) -> None:
    """Divide one township's villages; one that was begun by a worker that died goes on where it stopped."""
    row = TownshipRun.objects.select_related("run__made_by", "township").filter(pk=part).first()
    if row is not None and row.finished_at is None:
        if divide_township(row, at=timezone.now(), seconds=SLICE_S):
            finish_township(row, at=timezone.now())
        else:
            divide_later(row)


@app.task(name=CROSS, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def cross_departments(layer: int) -> None:
    """Compute which grid each cell of a department belongs to."""
    row = DepartmentLayer.objects.select_related("unit").filter(pk=layer).first()
    if row is not None:
        cross_layer(row, at=timezone.now())


@app.task(name=READ_IMPORT, retry=RetryStrategy(max_attempts=3, exponential_wait=4))
def read_layers(layer_import: int) -> None:
    """Read a large upload; the page asks meanwhile how far it is."""
    row = LayerImport.objects.select_related("unit").filter(pk=layer_import).first()
    if row is not None:
        read_import(row, at=timezone.now())
