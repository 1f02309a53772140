"""The floor: the frames that our renderer draws, encoded at its settings and nothing else: `… .bare FILM OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers.film import FPS, HEIGHT, WIDTH, Film
from infra.media import encode


def main(folder: str, out: str) -> None:
    film = Film.load(Path(folder))
    frame, planes = encode.new_frame(WIDTH, HEIGHT)
    with film.raw.open("rb") as raw, encode.writer(Path(out), WIDTH, HEIGHT, FPS, "standard") as writer:
        for _ in range(film.frames):
            for plane in planes:
                raw.readinto(plane)
            writer.write(frame)


if __name__ == "__main__":
    main(*sys.argv[1:])
