"""Our renderer: `python -m benchmarks.peers.ours FILM OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.peers.film import FADE_FRAMES, FPS, HEIGHT, SHOT_FRAMES, WIDTH, Film, Shot
from infra.media import audio, mux
from infra.media.captions import Caption
from infra.media.shots import ShotSpec, Still, render_shot
from infra.media.timing import Word


def specs(film: Film, quality: str = "standard") -> list[ShotSpec]:
    """The film as the renderer wants it."""
    stills = [Still(shot.sha256, "push", SHOT_FRAMES + FADE_FRAMES) for shot in film.shots[:-1]]
    stills.append(Still(film.shots[-1].sha256, "push", SHOT_FRAMES))
    return [
        ShotSpec(
            width=WIDTH,
            height=HEIGHT,
            fps=FPS,
            frames=SHOT_FRAMES,
            still=still,
            transition="crossfade" if index else "cut",
            transition_frames=FADE_FRAMES if index else 0,
            before=stills[index - 1] if index else None,
            caption=_caption(shot),
            quality=quality,
        )
        for index, (shot, still) in enumerate(zip(film.shots, stills, strict=True))
    ]


def pictures(film: Film) -> dict[str, Path]:
    return {shot.sha256: Path(shot.still) for shot in film.shots}


def _caption(shot: Shot) -> Caption:
    return Caption(shot.text, tuple(Word(*word) for word in shot.words))


def main(folder: str, out: str) -> None:
    film, target = Film.load(Path(folder)), Path(out)
    shots = []
    for index, spec in enumerate(specs(film)):
        shots.append(target.parent / f"shot-{index:02}.mp4")
        render_shot(spec, pictures(film), shots[-1])
    track = target.with_suffix(".m4a")
    audio.encode_aac([audio.read(film.narration)[0]], track)
    mux.join(shots, FPS, track, target, language="en")


if __name__ == "__main__":
    main(*sys.argv[1:])
