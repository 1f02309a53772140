"""bench-memory: the peak memory of one process that renders and masters a film, by the film's length.

python -m benchmarks.memory [minutes=10] [tier=standard]

Films of 10 s, 30 s and 2 minutes, and one of so many minutes, at 1080p30: shots of 2.5 s, whose stills come in turn;
then narration over music, mixed, mastered and encoded; then all of it joined. Each is a fresh process that reads the
highest memory it ever held (VmHWM) from the system at its end.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from benchmarks.process import Cost, measured, options, run
from benchmarks.report import RESULTS, Figure, at_most, plain, publish

ME = "benchmarks.memory"
LENGTHS_S, LIMIT_MB = (10.0, 30.0, 120.0), 400
SHOT_S = 2.5


def prepare(folder: str, seconds: str) -> None:
    """Draw the stills, the longest film's music, and a clip of narration."""
    from benchmarks import storyset
    from infra.media import audio

    storyset.draw(Path(folder))
    storyset.voice(Path(folder) / "voice.flac")
    audio.write_flac_blocks(Path(folder) / "bed.flac", storyset.music(float(seconds)))


def film(folder: str, out: str, shots: str, tier: str) -> dict[str, float]:
    """Render, mix and join a film of so many shots in *out*; the most memory held, and what the shots came to."""
    from infra.media import mux

    rendered = _rendered(Path(folder), Path(out), int(shots), tier)
    before_mb = _peak_mb()
    track = _mixed(Path(folder), Path(out), int(shots))
    frames = mux.join(rendered, 30, track, Path(out) / "film.mp4", language="en")
    return {"peak_mb": _peak_mb(), "shots_mb": before_mb, "frames": frames}


def _rendered(folder: Path, out: Path, shots: int, tier: str) -> list[Path]:
    from benchmarks import storyset
    from infra.media.shots import render_shot

    stills, paths = storyset.pictures(folder), []
    for index, spec in enumerate(storyset.specs(list(stills), shots, tier)):
        paths.append(out / f"shot-{index:03}.mp4")
        render_shot(spec, stills, paths[-1])
    return paths


def _mixed(folder: Path, out: Path, shots: int) -> Path:
    from benchmarks import storyset
    from infra.media import mix
    from infra.media.mastering import Mix, deliver
    from infra.media.tape import Reel

    voices = [mix.Voice(folder / "voice.flac", index * SHOT_S + storyset.LEAD_S) for index in range(shots)]
    track = out / "track.m4a"
    with Reel(out) as reel:
        deliver(Mix(reel, mix.mixed(voices, folder / "bed.flac", [], shots * SHOT_S)), track)
    return track


def _peak_mb() -> float:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if not found:
        raise SystemExit("This system does not tell how much memory a process has held: /proc/self/status lacks VmHWM.")
    return int(found[1]) / 1024


def named(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"


def measure(folder: Path, seconds: float, tier: str) -> Cost:
    """The cost of a film of that length."""
    out, shots = folder / "film", round(seconds / SHOT_S)
    out.mkdir()
    cost = measured(ME, "film", folder, out, shots, tier)
    shutil.rmtree(out)
    if cost.said["frames"] != shots * SHOT_S * 30:
        raise SystemExit(f"The film of {named(seconds)} has {cost.said['frames']} frames.")
    print(f"{named(seconds)}: {cost.said['peak_mb']:.0f} MB, {cost.cpu_s:.0f} CPU s, {cost.wall_s:.0f} s", flush=True)
    return cost


def figures_of(seconds: float, cost: Cost) -> list[Figure]:
    return [
        at_most(f"film of {named(seconds)}: peak memory", cost.said["peak_mb"], "MB", LIMIT_MB),
        plain(f"film of {named(seconds)}: peak before the sound", cost.said["shots_mb"], "MB"),
        plain(f"film of {named(seconds)}: CPU", cost.cpu_s, "CPU s"),
        plain(f"film of {named(seconds)}: wall", cost.wall_s, "s"),
    ]


def main() -> None:
    given = options({"minutes": "10", "tier": "standard"})
    longest_s = round(float(given["minutes"]) * 60 / SHOT_S) * SHOT_S
    lengths = [*(length for length in LENGTHS_S if length < longest_s), longest_s]
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        measured(ME, "prepare", folder, longest_s)
        costs = [measure(Path(folder), seconds, given["tier"]) for seconds in lengths]
    publish(
        "memory", [figure for length, cost in zip(lengths, costs, strict=True) for figure in figures_of(length, cost)]
    )
    from benchmarks.plot import lines  # only now: it brings the drawing library into this process

    points = [(length / 60, cost.said["peak_mb"]) for length, cost in zip(lengths, costs, strict=True)]
    title = "Peak memory by the length of the film, 1080p30"
    lines(RESULTS / "memory.png", title, "minutes of film", "MB, whole process", points, goal=LIMIT_MB)


if __name__ == "__main__":
    run(main, {"prepare": prepare, "film": film})
