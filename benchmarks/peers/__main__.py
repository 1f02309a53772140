"""bench-peers: CPU per frame of the same film, rendered by us and by others.

python -m benchmarks.peers [shots=4] [rounds=1] [speech=kokoro] [drawn=1] [keep=FOLDER]
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.peers import environment
from benchmarks.peers.film import FPS, HEIGHT, SHOT_FRAMES, WIDTH, Film
from benchmarks.peers.ways import ALL, BARE, OURS, SAME, TURBO, Cost, Way, run, ways
from benchmarks.report import RESULTS, Figure, plain, publish

OPTIONS = {"shots": "4", "rounds": "1", "speech": "kokoro", "drawn": "1", "keep": ""}
OWN = Path(sys.executable)


@dataclass(frozen=True)
class Row:
    """One way, measured: medians over the rounds, the largest peak. Ratios are given where the film is the same."""

    way: Way
    cpu_ms: float
    wall_s: float
    peak_mb: float
    mbit_s: float
    of_bare: float | None = None
    of_ours: float | None = None


class Bench:
    """A folder with the films, and what each way cost."""

    def __init__(self, folder: Path, given: dict[str, str]) -> None:
        self.folder, self.given = folder, given
        self.places = {"log": folder / "log.txt", "home": folder / "home"}
        self.turbo = environment.interpreter()
        self.ways = ways(self.turbo, int(given["shots"]))
        self.costs: dict[str, list[Cost]] = {way.name: [] for way in self.ways}

    def prepare(self) -> None:
        print("Drawing the stills, speaking the narration, drawing the frames for the bare encode.", flush=True)
        words = (self.given["shots"], self.given["speech"], self.given["drawn"])
        run(OWN, "prepare", str(self.folder), *words, **self.places)
        told = self.folder / "turbo.json"
        run(self.turbo, "turbo", str(self.folder / "short"), str(told), "--prepare", **self.places)
        print(f"{TURBO}:", "; ".join(f"{name} {value}" for name, value in json.loads(told.read_text()).items()))

    def measure(self) -> None:
        for number in range(int(self.given["rounds"])):
            for way in self.ways:
                out = self.out(way)
                shutil.rmtree(out.parent, ignore_errors=True)
                out.parent.mkdir(parents=True)
                cost = run(way.python, way.module, str(self.folder / way.film), str(out), *way.extra, **self.places)
                self.costs[way.name].append(cost)
                print(f"round {number + 1}: {way.name}: {cost.cpu_s:.1f} CPU s, {cost.wall_s:.1f} s", flush=True)

    def out(self, way: Way) -> Path:
        return self.folder / way.label / "film.mp4"

    def rows(self) -> list[Row]:
        """Every way in order, after a look at what it made."""
        bare, ours = (self.cpu_ms(name, Film.load(self.folder / "short")) for name in (BARE, OURS))
        return [self.row(way, bare, ours) for way in self.ways]

    def cpu_ms(self, name: str, film: Film) -> float:
        return statistics.median(cost.cpu_s for cost in self.costs[name]) * 1000 / film.frames

    def row(self, way: Way, bare: float, ours: float) -> Row:
        film, costs = Film.load(self.folder / way.film), self.costs[way.name]
        cpu_ms, found = self.cpu_ms(way.name, film), self.checked(way, film)
        short = way.film == "short"
        return Row(
            way,
            cpu_ms,
            statistics.median(cost.wall_s for cost in costs),
            max(cost.peak_mb for cost in costs),
            found["bytes"] * 8e-6 / film.seconds,
            cpu_ms / bare if short else None,
            cpu_ms / ours if short else None,
        )

    def checked(self, way: Way, film: Film) -> dict[str, Any]:
        """What is found in the film that *way* made, once it is known to be whole."""
        silent = ("--silent",) if way.name == BARE else ()
        out = self.out(way)
        run(OWN, "check", str(film.folder), str(out), str(out.with_suffix(".png")), *silent, **self.places)
        found: dict[str, Any] = json.loads(self.places["log"].read_text().splitlines()[-1])
        return found

    def keep(self, folder: Path) -> None:
        """Copy what every way made, and a frame of it, to *folder*."""
        folder.mkdir(parents=True, exist_ok=True)
        for way in self.ways:
            for path in (self.out(way), self.out(way).with_suffix(".png")):
                shutil.copy(path, folder / f"{way.label}{path.suffix}")


def show(rows: list[Row]) -> None:
    table = Table("way", "CPU ms/frame", "of the bare encode", "of ours", "wall s", "peak MB", "Mbit/s")
    for row in rows:
        ratios = ("" if ratio is None else f"{ratio:.2f}" for ratio in (row.of_bare, row.of_ours))
        sizes = f"{row.wall_s:.1f}", f"{row.peak_mb:.0f}", f"{row.mbit_s:.1f}"
        table.add_row(row.way.name, f"{row.cpu_ms:.1f}", *ratios, *sizes)
    Console(width=130).print(table)


def figures(rows: list[Row]) -> list[Figure]:
    dearer = {row.way.name: row.of_ours or 0.0 for row in rows}
    return [
        *(figure for row in rows for figure in figures_of(row)),
        at_least(f"{SAME}: CPU against ours", dearer[SAME], 3.5),
        at_least(f"{TURBO}: CPU against ours", dearer[TURBO], 14),
    ]


def figures_of(row: Row) -> list[Figure]:
    name, found = row.way.name, [plain(f"{row.way.name}: CPU", row.cpu_ms, "ms/frame")]
    if row.of_bare is not None and name != BARE:
        found.append(plain(f"{name}: CPU against the bare encode", row.of_bare, "ratio"))
    if row.of_ours is not None and name not in {OURS, SAME, TURBO}:
        found.append(plain(f"{name}: CPU against ours", row.of_ours, "ratio"))
    return [
        *found,
        plain(f"{name}: wall", row.wall_s, "s"),
        plain(f"{name}: peak memory of its largest process", row.peak_mb, "MB"),
        plain(f"{name}: size", row.mbit_s, "Mbit/s"),
    ]


def at_least(figure: str, value: float, limit: float) -> Figure:
    return Figure(figure, round(value, 3), "ratio", f">= {limit:g}", value >= limit)


def options(words: list[str]) -> dict[str, str]:
    given = dict(word.partition("=")[::2] for word in words)
    if unknown := given.keys() - OPTIONS.keys():
        raise SystemExit(f"There is no option {', '.join(sorted(unknown))}. Known: {', '.join(OPTIONS)}.")
    chosen = {**OPTIONS, **given}
    if not 1 <= int(chosen["shots"]) <= ALL or int(chosen["rounds"]) < 1:
        raise SystemExit(f"shots is 1 to {ALL}, rounds 1 or more.")
    return chosen


def room_for(shots: int, folder: Path) -> None:
    """Raise SystemExit where *folder* has no room for the raw frames and all else."""
    wanted = shots * SHOT_FRAMES * WIDTH * HEIGHT * 3 // 2 + (1 << 30)
    if shutil.disk_usage(folder).free < wanted:
        raise SystemExit(
            f"{folder} has less than {wanted >> 20} MB free. Name another folder in TMPDIR, or ask for fewer shots."
        )


def main() -> None:
    given = options(sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        room_for(int(given["shots"]), Path(folder))
        bench = Bench(Path(folder), given)
        bench.prepare()
        bench.measure()
        rows = bench.rows()
        if given["keep"]:
            bench.keep(Path(given["keep"]))
    show(rows)
    publish("peers", figures(rows))
    from benchmarks.plot import bars  # only now: a child's peak memory is never less than its parent's at the start

    title = f"CPU per frame, the same film at {HEIGHT}p{FPS}"
    bars(RESULTS / "peers.png", title, [(row.way.name, row.cpu_ms) for row in rows], "ms")


if __name__ == "__main__":
    main()
