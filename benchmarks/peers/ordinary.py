"""moviepy as its users write it: `python -m benchmarks.peers.ordinary FILM OUT PRESET`.

Each still grows by `resized(lambda t: …)` inside a composite of the film's size: the mask of a crossfade does not grow
with the picture and would cut its edge off. To fade first and grow then costs more, since the mask is resized, too. The
background is given, so that no second mask is composed for every frame.
"""

from __future__ import annotations

import sys
from pathlib import Path

from moviepy import AudioFileClip, CompositeVideoClip, ImageClip, TextClip, VideoClip, vfx

from benchmarks.peers.film import FADE_S, FPS, HEIGHT, SHOT_S, WIDTH, ZOOM_PER_S, Film, Shot

SIZE, BLACK = (WIDTH, HEIGHT), (0, 0, 0)
FONT = Path(__file__).parents[2] / "infra/media/fonts/NotoSans.ttf"


def picture(film: Film, index: int) -> VideoClip:
    """The still in motion, until it has faded into the next."""
    last = index == len(film.shots) - 1
    still = ImageClip(film.shots[index].still).with_duration(SHOT_S + (0 if last else FADE_S))
    if still.size != SIZE:
        still = still.resized(SIZE)
    grown = still.resized(lambda t: 1 + ZOOM_PER_S * t).with_position("center")
    shown = CompositeVideoClip([grown], size=SIZE, bg_color=BLACK).with_start(index * SHOT_S)
    return shown.with_effects([vfx.CrossFadeIn(FADE_S)]) if index else shown


def caption(shot: Shot) -> VideoClip:
    text = TextClip(
        font=str(FONT),
        text=shot.text,
        font_size=62,
        color="white",
        stroke_color="black",
        stroke_width=4,
        method="caption",
        size=(round(0.76 * WIDTH), None),
        text_align="center",
        margin=(0, 12),
    )
    shown = text.with_start(shot.start_s).with_duration(shot.end_s - shot.start_s)
    return shown.with_position(("center", round(0.83 * HEIGHT)))


def main(folder: str, out: str, preset: str) -> None:
    film = Film.load(Path(folder))
    layers = [*(picture(film, index) for index in range(len(film.shots))), *(caption(shot) for shot in film.shots)]
    whole = CompositeVideoClip(layers, size=SIZE, bg_color=BLACK).with_duration(film.seconds)
    whole.with_audio(AudioFileClip(str(film.narration))).write_videofile(
        out,
        fps=FPS,
        codec="libx264",
        preset=preset,
        audio_codec="aac",
        audio_bitrate="192k",
        temp_audiofile_path=str(Path(out).parent),
        logger=None,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
