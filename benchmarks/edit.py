"""bench-edit: what a changed film costs against the whole: one caption of it, nothing, another aspect.

python -m benchmarks.edit [rounds=3] [shots=12] [tier=standard]

A folder holds shots by the key of their spec and films by the keys of their shots. What is in it is not made again:
each making is a process of its own over such a folder, measured with the interpreter's start and all imports. Every
shot's caption is edited in turn, and the median taken over them all. What another aspect draws anew is counted in a
film that the command makes with the sketch engines.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.command import flywheel
from benchmarks.process import Cost, measured, options, run
from benchmarks.report import Figure, at_most, plain, publish

if TYPE_CHECKING:
    from infra.media.shots import ShotSpec

ME = "benchmarks.edit"
SHARE, UNCHANGED_S, CORES = 1 / 9, 0.3, 2


def prepare(folder: str, shots: str) -> None:
    """Draw the stills and encode the sound."""
    from benchmarks import storyset
    from infra.media import audio

    storyset.draw(Path(folder))
    audio.encode_aac(storyset.music(int(shots) * storyset.SHOT_S), Path(folder) / "track.m4a")


def make(folder: str, shots: str, tier: str, change: str) -> dict[str, Any]:
    """Make the film with what `kept` has; *change* is `none`, `tall`, or the index of the shot with other words.

    How many shots were rendered; and, once all is there, the seconds that it takes to find that nothing is to be done.
    """
    from benchmarks import storyset

    stills = storyset.pictures(Path(folder))
    changed: dict[str, Any] = {"size": (1080, 1920)} if change == "tall" else {}
    if change.isdecimal():
        changed["edited"] = int(change)
    rendered = _made(Path(folder), storyset.specs(list(stills), int(shots), tier, **changed), stills)
    begun = time.perf_counter()
    if _made(Path(folder), storyset.specs(list(stills), int(shots), tier, **changed), stills):
        raise SystemExit("What had been made was made again.")
    return {"rendered": rendered, "again_s": time.perf_counter() - begun}


def warm(folder: str, shots: str, tier: str) -> dict[str, Any]:
    """The same in one process that goes on, as a runner does: CPU seconds of the full film, then of each edit."""
    from benchmarks import storyset

    place = Path(folder)
    stills = storyset.pictures(place)
    (place / "kept").mkdir()
    spent = []
    for edited in (None, *range(int(shots))):
        begun = time.process_time()
        _made(place, storyset.specs(list(stills), int(shots), tier, edited=edited), stills)
        spent.append(time.process_time() - begun)
    return {"full_s": spent[0], "caption_s": statistics.median(spent[1:])}


def _made(folder: Path, specs: list[ShotSpec], stills: dict[str, Path]) -> int:
    """Make what is not kept of a film; how many shots that were."""
    from infra.hashing import digest
    from infra.media import mux
    from infra.media.shots import render_shot

    keys = [spec.key for spec in specs]
    paths = [folder / "kept" / f"{key}.mp4" for key in keys]
    missing = [(spec, path) for spec, path in zip(specs, paths, strict=True) if not path.exists()]
    for spec, path in missing:
        render_shot(spec, stills, path)
    master = folder / "kept" / f"{digest(keys)}.mp4"
    if not master.exists():
        mux.join(paths, 30, folder / "track.m4a", master, language="en")
    return len(missing)


class Bench:
    """The stills in a folder, and what each making cost, by name."""

    def __init__(self, folder: Path, given: dict[str, str]) -> None:
        self.folder, self.tier, self.shots = folder, given["tier"], int(given["shots"])
        self.rounds = int(given["rounds"])
        self.costs: dict[str, list[Cost]] = {"full": [], "caption": [], "nothing": [], "aspect": [], "warm": []}

    def measure(self) -> None:
        measured(ME, "prepare", self.folder, self.shots)
        for number in range(self.rounds):
            shutil.rmtree(self.folder / "kept", ignore_errors=True)
            (self.folder / "kept").mkdir()
            self.make("full", "none", rendered=self.shots)
            for shot in range(self.shots):
                self.make("caption", str(shot), rendered=1)
            self.make("nothing", "none", rendered=0)
            self.make("aspect", "tall", rendered=self.shots)
            shutil.rmtree(self.folder / "kept")
            self.costs["warm"].append(measured(ME, "warm", self.folder, self.shots, self.tier, cores=CORES))
            last = ", ".join(f"{name} {spent[-1].cpu_s:.2f} CPU s" for name, spent in self.costs.items())
            print(f"round {number + 1}: {last}", flush=True)

    def make(self, name: str, change: str, *, rendered: int) -> None:
        """Make the film with *change*, which must render so many shots."""
        cost = measured(ME, "make", self.folder, self.shots, self.tier, change, cores=CORES)
        if cost.said["rendered"] != rendered:
            raise SystemExit(f"{name}: {cost.said['rendered']} shots were rendered, not {rendered}.")
        self.costs[name].append(cost)

    def figures(self) -> list[Figure]:
        cpu = {name: statistics.median(cost.cpu_s for cost in spent) for name, spent in self.costs.items()}
        wall = {name: statistics.median(cost.wall_s for cost in spent) for name, spent in self.costs.items()}
        warm = [cost.said["caption_s"] / cost.said["full_s"] for cost in self.costs["warm"]]
        again_s = statistics.median(cost.said["again_s"] for cost in self.costs["nothing"])
        return [
            plain(f"full render, {self.shots} shots", cpu["full"], "CPU s"),
            plain(f"one caption of {self.shots} edited", cpu["caption"], "CPU s"),
            at_most("one caption edited against the full render", cpu["caption"] / cpu["full"], "CPU ratio", SHARE),
            at_most("one caption edited against it, process warm", statistics.median(warm), "CPU ratio", SHARE),
            plain("one caption edited", wall["caption"], "s"),
            at_most("nothing changed, process warm", again_s, "s", UNCHANGED_S),
            plain("nothing changed, whole process", wall["nothing"], "s"),
            plain("nothing changed, whole process", cpu["nothing"], "CPU s"),
            plain("16:9 to 9:16, shots rendered", self.costs["aspect"][0].said["rendered"], "shots"),
            plain("16:9 to 9:16", cpu["aspect"], "CPU s"),
            plain("16:9 to 9:16", wall["aspect"], "s"),
        ]


def aspect_figures(folder: Path) -> list[Figure]:
    """What the command makes again of a small film that is asked for in another aspect."""
    sketch = ("--engine", "sketch")
    making = ("create", "How honeybees find flowers", "--seconds", "12", "--height", "480", *sketch)
    flywheel(*making, "--out", str(folder / "film"), home=folder / "home")
    turning = ("edit", str(folder / "film"), "--aspect", "9:16", *sketch)
    ran = flywheel(*turning, "--out", str(folder / "tall"), home=folder / "home")
    made = Counter(e["step"] for e in ran.events if e["kind"] == "step.done" and not e["reused"])
    known = Counter(e["step"] for e in ran.events if e["kind"] == "step.done" and e["reused"])
    print("made again for 9:16:", ", ".join(f"{name} ×{count}" for name, count in sorted(made.items())))
    for name in ("draw_frame", "speak"):
        if not known[name] + made[name]:
            raise SystemExit(f"No step {name} was seen: its name has changed.")
    return [
        at_most("16:9 to 9:16, pictures drawn anew", made["draw_frame"], "pictures", 0),
        at_most("16:9 to 9:16, voices spoken anew", made["speak"], "clips", 0),
    ]


def main() -> None:
    given = options({"rounds": "3", "shots": "12", "tier": "standard"})
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        bench = Bench(Path(folder), given)
        bench.measure()
        figures = [*bench.figures(), *aspect_figures(Path(folder))]
    publish("edit", figures)


if __name__ == "__main__":
    run(main, {"prepare": prepare, "make": make, "warm": warm})
