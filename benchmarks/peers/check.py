"""Whether a way made the film: `python -m benchmarks.peers.check FILM RESULT PNG`; prints what it found as JSON.

RESULT is decoded to its end. PNG gets the frame in the middle of the first caption.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import av

from benchmarks.peers.film import FPS, HEIGHT, WIDTH, Film

SLACK_FRAMES, SLACK_S = 2, 0.1


def examine(result: Path, png: Path, shown: int) -> dict[str, Any]:
    """Frames, size, and seconds of sound as decoded; frame *shown* goes to *png*."""
    with av.open(str(result)) as container:
        video = container.streams.video[0]
        found = {"width": video.width, "height": video.height, "fps": float(video.average_rate or 0), "frames": 0}
        for frame in container.decode(video):
            if found["frames"] == shown:
                frame.to_image().save(png)
            found["frames"] += 1
    with av.open(str(result)) as container:
        heard = (
            [frame.samples / frame.sample_rate for frame in container.decode(audio=0)]
            if container.streams.audio
            else []
        )
    return {**found, "sound_s": round(sum(heard), 3), "bytes": result.stat().st_size}


def faults(found: dict[str, Any], film: Film, sound: bool) -> list[str]:
    """What is wrong with a result, in words; nothing where all is well."""
    wrong = []
    if (found["width"], found["height"], found["fps"]) != (WIDTH, HEIGHT, FPS):
        wrong.append(f"{found['width']}x{found['height']} at {found['fps']:g} fps")
    if abs(found["frames"] - film.frames) > SLACK_FRAMES:
        wrong.append(f"{found['frames']} frames for {film.frames}")
    if sound and abs(found["sound_s"] - film.seconds) > SLACK_S:
        wrong.append(f"{found['sound_s']} s of sound for {film.seconds:g} s")
    return wrong


def main(folder: str, result: str, png: str, *, sound: bool) -> None:
    film = Film.load(Path(folder))
    first = film.shots[0]
    found = examine(Path(result), Path(png), round((first.start_s + first.end_s) / 2 * FPS))
    if wrong := faults(found, film, sound):
        raise SystemExit(f"{Path(result).name} is not the film: {'; '.join(wrong)}.")
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:4], sound="--silent" not in sys.argv)
