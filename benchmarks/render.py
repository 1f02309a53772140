"""bench-render: CPU per frame of the whole render, against the bare encode of the very same frames.

python -m benchmarks.render [rounds=3] [shots=12] [tier=standard]

The render reads JPEGs and leaves a finished film with captions and sound. The bare encode reads every frame that the
renderer gave its encoder from one raw file, and encodes them at the same settings; reading 3 MB a frame costs it CPU,
too, which is shown and not taken off. Each is a process of its own, measured from its start to its end, the
interpreter's and all imports with it.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.process import Cost, measured, options, run
from benchmarks.report import Figure, at_most, plain, publish

ME = "benchmarks.render"
WARPS = ("zimg", "cv2")
LIMIT, STEP_PX = 1.25, 0.02
FRAME_BYTES, SHOT_FRAMES, ROOM = 1920 * 1080 * 3 // 2, 75, 1 << 30


def prepare(folder: str, shots: str) -> list[str]:
    """Draw the stills and encode the sound; the samplers that this machine has."""
    from benchmarks import storyset
    from infra.media import audio, zimg

    storyset.draw(Path(folder))
    audio.encode_aac(storyset.music(int(shots) * storyset.SHOT_S), Path(folder) / "track.m4a")
    return [warp for warp in WARPS if warp != "zimg" or zimg.installed()]


def ours(folder: str, shots: str, tier: str) -> None:
    """The film as `film.mp4`."""
    from infra.media import mux

    rendered = list(_rendered(Path(folder), int(shots), tier))
    mux.join(rendered, 30, Path(folder) / "track.m4a", Path(folder) / "film.mp4", language="en")


def _rendered(folder: Path, shots: int, tier: str) -> Iterator[Path]:
    from benchmarks import storyset
    from infra.media.shots import render_shot

    stills = storyset.pictures(folder)
    for index, spec in enumerate(storyset.specs(list(stills), shots, tier)):
        path = folder / f"shot-{index:02}.mp4"
        render_shot(spec, stills, path)
        yield path


def dump(folder: str, shots: str, tier: str) -> None:
    """Every frame that the renderer gives its encoder, as `frames.yuv`: planar 4:2:0, one after the other."""
    from infra.media import encode

    with (Path(folder) / "frames.yuv").open("wb") as raw:

        class Taker:
            def write(self, frame: Any) -> None:
                for plane in encode.planes_of(frame):
                    raw.write(plane.tobytes())

        @contextmanager
        def taker(*_: object) -> Iterator[Taker]:
            yield Taker()

        with patch.object(encode, "writer", taker):
            for _ in _rendered(Path(folder), int(shots), tier):
                pass


def bare(folder: str, tier: str) -> dict[str, float]:
    """Encode `frames.yuv` and nothing else; the CPU seconds that its reading took."""
    from infra.media import encode

    frame, planes = encode.new_frame(1920, 1080)
    source, out = Path(folder) / "frames.yuv", Path(folder) / "bare.mp4"
    reading_s = 0.0
    with source.open("rb", buffering=0) as raw, encode.writer(out, 1920, 1080, 30, tier) as writer:
        for _ in range(source.stat().st_size // FRAME_BYTES):
            begun = time.thread_time()
            for plane in planes:
                raw.readinto(plane.data)
            reading_s += time.thread_time() - begun
            writer.write(frame)
    return {"reading_s": reading_s}


class Bench:
    """The stills in a folder, and what each process cost, by sampler and name."""

    def __init__(self, folder: Path, given: dict[str, str]) -> None:
        self.folder, self.tier, self.shots = folder, given["tier"], int(given["shots"])
        self.rounds, self.frames = int(given["rounds"]), self.shots * SHOT_FRAMES

    def figures(self) -> list[Figure]:
        found = measured(ME, "prepare", self.folder, self.shots).said
        for warp in WARPS:
            if warp not in found:
                print(f"{warp}: left out, its library is not installed on this machine")
        return [figure for warp in found for figure in self.figures_of(warp)]

    def figures_of(self, warp: str) -> list[Figure]:
        steady = measured("benchmarks.steadiness", "measure", warp=warp).said
        measured(ME, "dump", self.folder, self.shots, self.tier, warp=warp)
        costs: dict[str, list[Cost]] = {"ours": [], "bare": [], "ours, one core": []}
        for number in range(self.rounds):
            for name, spent in costs.items():
                spent.append(self.cost(name, warp))
                print(f"{warp}, round {number + 1}: {name}: {spent[-1].cpu_s:.2f} CPU s, {spent[-1].wall_s:.1f} s")
        (self.folder / "frames.yuv").unlink()
        return [
            *self.figures_from(steady["sampler"], costs),
            at_most(f"{steady['sampler']}: worst error of a step", steady["step_px"], "px", STEP_PX),
            plain(f"{steady['sampler']}: pulse of sharpness", steady["pulse_percent"], "%"),
        ]

    def cost(self, name: str, warp: str) -> Cost:
        if name == "bare":
            return measured(ME, "bare", self.folder, self.tier, cores=2, warp=warp)
        cores = 1 if name.endswith("one core") else 2
        return measured(ME, "ours", self.folder, self.shots, self.tier, cores=cores, warp=warp)

    def figures_from(self, name: str, costs: dict[str, list[Cost]]) -> list[Figure]:
        ours_ms, bare_ms = (self.per_frame_ms([c.cpu_s for c in costs[way]]) for way in ("ours", "bare"))
        reading_ms = self.per_frame_ms([c.said["reading_s"] for c in costs["bare"]])
        wall = {way: statistics.median(c.wall_s for c in spent) for way, spent in costs.items()}
        return [
            plain(f"{name}: CPU of the whole render", ours_ms, "ms/frame"),
            plain(f"{name}: CPU of the bare encode of its frames", bare_ms, "ms/frame"),
            plain(f"{name}: of which reading them from a file", reading_ms, "ms/frame"),
            at_most(f"{name}: render against bare encode", ours_ms / bare_ms, "ratio", LIMIT),
            plain(f"{name}: peak memory of the render", max(c.peak_mb for c in costs["ours"]), "MB"),
            plain(f"{name}: peak memory of the bare encode", max(c.peak_mb for c in costs["bare"]), "MB"),
            plain(f"{name}: {self.frames / 30:g} s of film on two cores", wall["ours"], "s"),
            plain(f"{name}: {self.frames / 30:g} s of film on one core", wall["ours, one core"], "s"),
        ]

    def per_frame_ms(self, seconds: list[float]) -> float:
        return statistics.median(seconds) * 1000 / self.frames


def room_for(folder: Path, frames: int) -> None:
    """Raise SystemExit where *folder* has no room for the raw frames and all else."""
    wanted = frames * FRAME_BYTES + ROOM
    if shutil.disk_usage(folder).free < wanted:
        raise SystemExit(f"{folder} has less than {wanted >> 20} MB free: name another in TMPDIR, or ask fewer shots.")


def main() -> None:
    given = options({"rounds": "3", "shots": "12", "tier": "standard"})
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        room_for(Path(folder), int(given["shots"]) * SHOT_FRAMES)
        figures = Bench(Path(folder), given).figures()
    publish("render", figures)


if __name__ == "__main__":
    run(main, {"prepare": prepare, "ours": ours, "dump": dump, "bare": bare})
