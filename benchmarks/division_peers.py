"""Other ways to divide a village, written from their ideas, and fmtm-splitter as it is. All answer polygons in metres."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from shapely.ops import split

from benchmarks.peers import HERE, python
from benchmarks.villages import Village

Shapes = NDArray[np.object_]


def squares(village: Village, k: int) -> Shapes:
    """Squares of a mean grid's area, clipped."""
    side = np.sqrt(village.boundary.area / k)
    west, south, east, north = village.boundary.bounds
    x, y = np.meshgrid(np.arange(west, east, side), np.arange(south, north, side))
    return _areal(shapely.intersection(shapely.box(x, y, x + side, y + side).ravel(), village.boundary))


def kmeans_voronoi(village: Village, k: int) -> Shapes:
    """Centres of weighted clusters, each with the ground nearest to it."""
    xy, _ = _homes(village)
    spread = np.repeat(xy, np.maximum(1, village.buildings["households"].to_numpy(dtype=int)), axis=0)
    centres, _ = kmeans2(spread, k, iter=30, minit="++", rng=1)
    return _power_cells(village, centres, np.zeros(len(centres)))


def power_diagram(village: Village, k: int) -> Shapes:
    """Convex cells of even load: weights of the centres are moved until no cell is 2 % off, centres to the middle of their cell."""
    xy, load = _homes(village)
    centres, _ = kmeans2(xy, k, iter=20, minit="++", rng=1)
    weights, best = np.zeros(k), (np.inf, centres, np.zeros(k))
    mean, step = load.sum() / k, village.boundary.area / k / np.pi
    for turn in range(800):
        cell = np.argmin(((xy[:, None] - centres) ** 2).sum(axis=2) - weights, axis=1)
        held = np.bincount(cell, load, minlength=k)
        off = float(np.abs(held / mean - 1).max())
        if off < best[0]:
            best = off, centres.copy(), weights.copy()
        weights += step * 0.3 * 0.994**turn * (1 - held / mean)
        if turn < 200 and turn % 20 == 19:
            centres = np.column_stack(
                [np.bincount(cell, load * xy[:, i], minlength=k) / np.maximum(held, 1e-9) for i in (0, 1)]
            )
    _, centres, weights = best
    return _power_cells(village, centres, weights)


def split_line(village: Village, k: int) -> Shapes:
    """Straight cuts across the longest extent, each halving the load."""
    xy, load = _homes(village)
    found: list[Any] = []

    def cut(shape: Any, inside: NDArray[np.int64], parts: int) -> None:
        if parts == 1 or len(inside) < 2:
            found.append(shape)
            return
        offset = xy[inside] - xy[inside].mean(axis=0)
        axis = np.linalg.svd(offset, full_matrices=False)[2][0]
        along = offset @ axis
        order = np.argsort(along, kind="stable")
        reached = np.cumsum(load[inside][order]) / load[inside].sum()
        at = int(np.clip(np.searchsorted(reached, (parts // 2) / parts), 0, len(order) - 2))
        middle = xy[inside].mean(axis=0) + axis * (along[order[at]] + along[order[at + 1]]) / 2
        far = np.array([-axis[1], axis[0]]) * 1e5
        pieces = split(shape, shapely.LineString([middle - far, middle + far])).geoms
        low = [piece for piece in pieces if (np.array(piece.centroid.coords[0]) - middle) @ axis < 0]
        high = [piece for piece in pieces if (np.array(piece.centroid.coords[0]) - middle) @ axis >= 0]
        cut(shapely.union_all(low), inside[order[: at + 1]], parts // 2)
        cut(shapely.union_all(high), inside[order[at + 1 :]], parts - parts // 2)

    cut(village.boundary, np.arange(len(xy)), k)
    return _areal(np.array(found, dtype=object))


def fmtm(village: Village, k: int, database: str) -> tuple[Shapes, float]:
    """The real fmtm-splitter on PostGIS in a process of its own; polygons and the seconds its call took."""
    program = python()
    if program is None:
        raise RuntimeError("fmtm-splitter cannot be installed here")
    features = [(shape, {"building": "yes"}) for shape in _degrees(village.buildings)]
    # Only what its query takes for a barrier is one: every line is given the tag of a tertiary road.
    features += [(line, {"highway": "tertiary"}) for line in _degrees(village.barriers)]
    crs = village.buildings.crs
    outline = gpd.GeoSeries([village.boundary], crs=crs).to_crs(4326).iloc[0]
    question = {
        "database": database,
        "buildings": max(1, round(len(village.buildings) / k)),
        "outline": json.loads(shapely.to_geojson(outline)),
        "features": [_feature(number, *one) for number, one in enumerate(features)],
    }
    words = [str(program), str(HERE / "run_fmtm.py")]
    done = subprocess.run(words, input=json.dumps(question), capture_output=True, text=True, check=False, timeout=900)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    answer = json.loads(done.stdout.splitlines()[-1])
    cells = [shapely.from_geojson(json.dumps(one["geometry"])) for one in answer["features"]]
    return _areal(gpd.GeoSeries(cells, crs=4326).to_crs(crs).to_numpy()), float(answer["seconds"])


def _feature(number: int, shape: Any, tags: dict[str, str]) -> dict[str, Any]:
    properties = {"osm_id": number + 1, "tags": tags}
    return {"type": "Feature", "geometry": json.loads(shapely.to_geojson(shape)), "properties": properties}


def timed(way: Any, *given: Any) -> tuple[Any, float]:
    """What a way answers, and its seconds of this process's CPU."""
    began = time.process_time()
    return way(*given), time.process_time() - began


def _homes(village: Village) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = shapely.point_on_surface(village.buildings.geometry.to_numpy())
    return shapely.get_coordinates(points), village.buildings["households"].to_numpy(dtype=float)


def _power_cells(village: Village, centres: NDArray[np.float64], weights: NDArray[np.float64]) -> Shapes:
    """Cells by half planes: |x-a|2 - wa <= |x-b|2 - wb."""
    frame = shapely.envelope(village.boundary).buffer(10.0)
    far, cells = 10 * np.hypot(*np.diff(np.reshape(frame.bounds, (2, 2)), axis=0)[0]), []
    for a, (centre, weight) in enumerate(zip(centres, weights, strict=True)):
        cell = frame
        for b in np.argsort(((centres - centre) ** 2).sum(axis=1), kind="stable"):
            if b == a or cell.is_empty:
                continue
            apart = centres[b] - centre
            distance = np.hypot(*apart)
            if distance < 1e-6:
                continue
            normal = apart / distance
            middle = centre + normal * (distance**2 + weight - weights[b]) / (2 * distance)
            side = np.array([-normal[1], normal[0]]) * far
            cell = cell.intersection(
                shapely.Polygon([middle + side, middle - side, middle - side - normal * far, middle + side - normal * far])
            )
        cells.append(cell)
    return _areal(shapely.intersection(np.array(cells, dtype=object), village.boundary))


def _areal(shapes: Shapes) -> Shapes:
    return shapes[shapely.area(shapes) > 1e-6]


def _degrees(layer: gpd.GeoDataFrame) -> Any:
    return layer.geometry.to_crs(4326)
