"""Villages into grids: gates, evenness, borders on roads, shape, houses cut, time, against what else there is.

METIS stands on our own atoms: a test of the partition alone. The others stand on the layers. Gates: no gap, no overlap, one
piece (an exclave flagged in the report excepted), no house cut, heaviest load at most 1.10 of the mean, the number of grids asked for.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pymetis
import shapely

from benchmarks import division_peers as peers
from benchmarks import villages
from benchmarks.peers import python
from benchmarks.rounds import Bench, skip
from benchmarks.villages import Village
from geo.division import DivideOptions, Metrics, divide_village
from geo.division.arrangement import arrange
from geo.division.graph import build_graph
from geo.division.inputs import read_inputs
from geo.division.metrics import measure

TARGET = {"real": 100.0, "rural": 60.0, "urban": 400.0}
SIZES = (100, 200, 500, 1_000, 2_000, 5_000)
FMTM_AT_MOST = 2_000  # houses; the largest is timed on its own
Way = Callable[[Village, int], Any]


def metis(village: Village, k: int) -> Any:
    """METIS on the same atoms, with lengths of borders and loads and nothing else."""
    inputs = read_inputs(village.boundary, village.buildings, village.barriers)
    arrangement = arrange(inputs, k, DivideOptions())
    graph = build_graph(arrangement, inputs, k, DivideOptions())
    length = _lengths(graph)
    neighbours: list[list[int]] = [[] for _ in range(len(graph))]
    weights: list[list[int]] = [[] for _ in range(len(graph))]
    for a, b in zip(graph.a.tolist(), graph.b.tolist(), strict=True):
        for one, other in ((a, b), (b, a)):
            neighbours[one].append(other)
            weights[one].append(length[(a, b)])
    _, label = _quietly(
        lambda: pymetis.part_graph(
            k,
            adjacency=neighbours,
            vweights=np.rint(graph.weight * 10).astype(int).tolist(),
            eweights=[one for row in weights for one in row],
            options=pymetis.Options(contig=1, seed=1),
        )
    )
    face_label = np.asarray(label)[graph.node_of_face]
    return np.array([shapely.union_all(arrangement.faces[face_label == one]) for one in np.unique(face_label)], dtype=object)


def _lengths(graph: Any) -> dict[tuple[int, int], int]:
    """Centimetres of shared border by pair of nodes."""
    inner = graph.segments.right >= 0
    ends = np.sort(
        np.column_stack([graph.node_of_face[graph.segments.left[inner]], graph.node_of_face[graph.segments.right[inner]]]),
        axis=1,
    )
    found: dict[tuple[int, int], float] = defaultdict(float)
    for pair, metres in zip(map(tuple, ends.tolist()), graph.segments.length_m[inner].tolist(), strict=True):
        found[pair] += metres
    return {pair: max(1, round(metres * 100)) for pair, metres in found.items()}


def _quietly(call: Callable[[], Any]) -> Any:
    """METIS prints from C."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        return call()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


WAYS: dict[str, Way] = {
    "METIS on our atoms": metis,
    "power diagram": peers.power_diagram,
    "split-line": peers.split_line,
    "k-means + Voronoi": peers.kmeans_voronoi,
    "squares": peers.squares,
}


def every_village() -> list[Village]:
    made = [make(seed, houses) for make in (villages.rural, villages.urban) for seed, houses in enumerate(SIZES, start=1)]
    return villages.real() + made


def passes(metrics: Metrics, k: int, *, exclaves: int = 0, named: bool = False) -> bool:
    pieces = sum(parts > 1 for parts in metrics.parts) <= exclaves
    sound = metrics.gap_m2 <= 1e-3 and metrics.overlap_m2 <= 1e-2 and metrics.cut_buildings == 0
    return sound and pieces and abs(len(metrics.parts) - k) <= 1 and (metrics.max_mean <= 1.10 or named)


class Table:
    """Figures of every way on every village, and the mean line of each."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, tuple[Metrics, bool, float]]] = defaultdict(dict)

    def keep(self, way: str, village: Village, metrics: Metrics, passed: bool, seconds: float) -> None:  # noqa: FBT001
        self.rows[way][village.name] = (metrics, passed, seconds)

    def mean(self, way: str, value: Callable[[Metrics], float | None], among: set[str] | None = None) -> float:
        found = [value(row[0]) for name, row in self.rows[way].items() if among is None or name in among]
        return statistics.fmean(one for one in found if one is not None)

    def line(self, way: str) -> str:
        rows = list(self.rows[way].values())
        worst = max(metrics.max_mean for metrics, *_ in rows)
        return (
            f"{way}: gates {sum(passed for _, passed, _ in rows)}/{len(rows)}, max/mean {self.mean(way, lambda m: m.max_mean):.3f} "
            f"(worst {worst:.2f}), CV {self.mean(way, lambda m: m.cv):.3f}, on barrier {self.mean(way, lambda m: m.on_barrier):.2f}, "
            f"hull {self.mean(way, lambda m: m.hull):.3f}, Polsby-Popper {self.mean(way, lambda m: m.polsby_popper):.2f}, "
            f"houses cut {sum(metrics.cut_buildings for metrics, *_ in rows)}, gap {max(m.gap_m2 for m, *_ in rows):.3g} m2, "
            f"{sum(seconds for *_, seconds in rows):.1f} s"
        )


def compare(bench: Bench) -> Table:
    table, database = Table(), os.environ.get("DATABASE_URL", "")
    for village in every_village():
        division, seconds = peers.timed(_ours, village)
        k, metrics = division.report.k, division.report.metrics
        kinds = {remark.kind for remark in division.report.warnings}
        exclaves = int(division.grids["has_exclave"].sum())
        passed = passes(metrics, k, exclaves=exclaves, named=bool(kinds & {"IndivisibleLoad", "AttachedExclave"}))
        table.keep("ours", village, metrics, passed, seconds)
        _draw(village, division.grids.geometry.to_numpy())
        if not passed:
            bench.note(
                f"ours missed a gate on {village.name}: {metrics.as_dict() | {'loads': len(metrics.loads)}}, {sorted(kinds)}"
            )
        inputs = read_inputs(village.boundary, village.buildings, village.barriers)
        for name, way in WAYS.items():
            try:
                shapes, seconds = peers.timed(way, village, k)
            except (RuntimeError, ValueError, shapely.errors.GEOSException) as error:
                skip(bench, f"{name} on {village.name}", str(error)[:100])
                continue
            found = measure(shapes, inputs)
            table.keep(name, village, found, passes(found, k), seconds)
        if database and python() and len(village.buildings) <= FMTM_AT_MOST:
            _fmtm(bench, table, village, k, inputs, database)
        print(f"{village.name}: done", file=sys.stderr, flush=True)
    return table


def _ours(village: Village) -> Any:
    return divide_village(village.boundary, village.buildings, village.barriers, target_households=TARGET[village.family])


def _fmtm(bench: Bench, table: Table, village: Village, k: int, inputs: Any, database: str) -> None:
    try:
        shapes, seconds = peers.fmtm(village, k, database)
    except RuntimeError as error:
        skip(bench, f"fmtm-splitter on {village.name}", str(error)[:100])
        return
    found = measure(shapes, inputs)
    table.keep("fmtm-splitter", village, found, passes(found, k), seconds)


def _draw(village: Village, grids: Any) -> None:
    """A picture to look at: .local/bench/division/<village>.svg."""
    folder = Path(os.environ.get("BENCH_OUT", ".local/bench")) / "division"
    folder.mkdir(parents=True, exist_ok=True)
    west, south, east, north = village.boundary.bounds
    wide = east - west
    fills = ("#dbe8ee", "#f3e8cf", "#e4e0f0", "#dcebdf", "#f3ddd3")

    def path(shape: Any, style: str) -> str:
        rings = [
            shapely.get_coordinates(ring)
            for ring in shapely.get_parts(shapely.get_rings(shape) if shape.geom_type == "Polygon" else shape)
        ]
        lines = "".join("M" + " ".join(f"{x - west:.1f},{north - y:.1f}" for x, y in ring) for ring in rings)
        return f'<path d="{lines}" {style}/>'

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {north - south:.0f}" width="1000">']
    for number, grid in enumerate(grids):
        for part in shapely.get_parts(grid):
            out.append(
                path(part, f'fill="{fills[number % 5]}" stroke="#333" stroke-width="{wide / 400:.1f}" fill-rule="evenodd"')
            )
    for line, strength in zip(village.barriers.geometry, village.barriers["strength"], strict=True):
        out.append(path(line, f'fill="none" stroke="#c80" stroke-opacity="{strength}" stroke-width="{wide / 900:.1f}"'))
    out += [path(house, 'fill="#555"') for house in village.buildings.geometry if house.geom_type == "Polygon"]
    (folder / f"{village.name.replace(' ', '_')}.svg").write_text("\n".join([*out, "</svg>"]), "utf-8")


def goals(bench: Bench, table: Table) -> None:
    ours = table.rows["ours"]
    bench.goal("gates passed, share", sum(passed for _, passed, _ in ours.values()) / len(ours), at_least=1.0)
    bench.limit("houses cut", sum(metrics.cut_buildings for metrics, *_ in ours.values()), at_most=0)
    both = set(table.rows["METIS on our atoms"]) & set(ours)
    for what, value, at_least, at_most in (
        ("max/mean", lambda m: m.max_mean, None, 1.02),
        ("on barrier", lambda m: m.on_barrier, 1.5, None),
        ("hull", lambda m: m.hull, 0.95, None),
    ):
        seen = table.mean("ours", value, both) / table.mean("METIS on our atoms", value, both)
        if at_least is not None:
            bench.goal(f"{what}, x METIS on our atoms", seen, at_least=at_least)
        else:
            bench.limit(f"{what}, x METIS on our atoms", seen, at_most=at_most or 0.0)
    if table.rows["fmtm-splitter"]:
        both = set(table.rows["fmtm-splitter"]) & set(ours)
        seen = table.mean("ours", lambda m: m.max_mean, both) / table.mean("fmtm-splitter", lambda m: m.max_mean, both)
        bench.limit("max/mean, x fmtm-splitter", seen, at_most=0.6)
        on = [table.mean(way, lambda m: m.on_barrier, both) for way in ("ours", "fmtm-splitter")]
        bench.goal("on barrier, x fmtm-splitter", on[0] / max(on[1], 1e-9), at_least=2.0)
    for way in table.rows:
        bench.note(table.line(way))


def race(bench: Bench) -> None:
    """5,000 houses, wall clock, in turn."""
    village = villages.rural(6, 5_000)
    k = _ours(village).report.k
    cases: dict[str, Callable[[], float]] = {
        "ours, 5,000 houses": lambda: float(len(_ours(village))) and 5_000.0,
        "power diagram, 5,000 houses": lambda: float(len(peers.power_diagram(village, k))) and 5_000.0,
    }
    bench.run(cases, rounds=3)
    database = os.environ.get("DATABASE_URL", "")
    if database and python():
        _, seconds = peers.fmtm(village, k, database)
        bench.keep("fmtm-splitter, 5,000 houses", [5_000 / seconds])
        bench.limit(
            "wall time, x fmtm-splitter", 1 / bench.ratio("ours, 5,000 houses", "fmtm-splitter, 5,000 houses"), at_most=0.5
        )
    bench.limit("time, x power diagram", 1 / bench.ratio("ours, 5,000 houses", "power diagram, 5,000 houses"), at_most=0.6)


def main() -> int:
    bench = Bench("division", "houses / s")
    goals(bench, compare(bench))
    race(bench)
    return bench.report()


if __name__ == "__main__":
    sys.exit(main())
