"""Make what all ways share: `python -m benchmarks.peers.prepare FOLDER SHOTS SPEECH DRAWN`.

FOLDER/short is a film of SHOTS shots, with the raw frames for the bare encode; FOLDER/long one of all twelve.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import av
import cv2
import numpy as np
import soundfile

from benchmarks.peers.film import HEIGHT, SHOT_S, WIDTH, Film, Shot
from benchmarks.peers.ours import pictures, specs
from infra.engines import Look, Speech, engine, voices
from infra.media import audio, encode, mix, subtitles
from infra.media.mastering import Mix, mastered
from infra.media.shots import render_shot
from infra.media.tape import Reel
from infra.media.timing import Word

if TYPE_CHECKING:
    from collections.abc import Sequence

SCENES = (
    ("a fox in an autumn forest", "A fox walks through the autumn forest."),
    ("honeybees on sunflowers in a meadow", "Honeybees look for the tallest flowers."),
    ("a fishing boat at sea at dawn", "A small boat leaves before the sun."),
    ("a market street in a town", "The market street is slowly waking up."),
    ("a cup of tea on a table in a room", "Someone has made a pot of tea."),
    ("a whale under water with fish", "Far below, a whale sings to the deep."),
    ("a rocket among planets", "A rocket passes the last of the planets."),
    ("a castle on a mountain", "The old castle has seen all of it."),
    ("a cave with crystals", "In the cave, crystals grow in the dark."),
    ("a city at night with cars", "At night, the city does not sleep."),
    ("a horse by a lake", "A horse drinks from the quiet lake."),
    ("a garden with butterflies", "And the garden belongs to butterflies."),
)
LOOK = Look(palette=("#f4d9a8", "#c98d4e", "#8a5a36", "#4d3524", "#e9b44c"), light="day", style="plain")
LEAD_S, ROOM_S = 0.15, SHOT_S - 0.25
"""A sentence begins so long after its cut, and may last so long; one that would last longer is spoken faster."""
RATE = 48_000


def draw(path: Path, scene: str, drawn: float) -> str:
    """Draw *scene* at *drawn* times the film's size as JPEG 95 without chroma subsampling; its SHA-256."""
    width, height = (round(side * drawn / 2) * 2 for side in (WIDTH, HEIGHT))
    picture = engine("image", "illustrator").draw(scene, width=width, height=height, look=LOOK, seed=1)
    subsampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    cv2.imwrite(
        str(path), cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95, *subsampling]
    )
    return hashlib.sha256(path.read_bytes()).hexdigest()


def speak(text: str, speech: str) -> Speech:
    """*text* within ROOM_S."""
    voice = voices(speech, "en")[0]
    spoken = engine("speech", speech).speak(text, language="en", voice=voice)
    pace = 1.02 * len(spoken.samples) / spoken.rate / ROOM_S
    return spoken if pace <= 1 else engine("speech", speech).speak(text, language="en", voice=voice, pace=pace)


def shoot(index: int, text: str, still: Path, sha256: str, spoken: Speech) -> Shot:
    start_s = index * SHOT_S + LEAD_S
    words = tuple((word.text, LEAD_S + word.start_s, LEAD_S + word.end_s) for word in spoken.words)
    return Shot(str(still), sha256, text, start_s, start_s + len(spoken.samples) / spoken.rate, words)


def narrate(film: Film, speeches: Sequence[Speech]) -> None:
    """The narration, mixed once and exactly as long as the film, and its SRT."""
    clips = []
    for shot, spoken in zip(film.shots, speeches, strict=True):
        clips.append(mix.Voice(film.folder / f"clip-{len(clips):02}.flac", shot.start_s))
        audio.write_flac(clips[-1].path, spoken.samples, spoken.rate)
    with Reel(film.folder) as reel:
        mixed = Mix(reel, mix.mixed(clips, None, [], film.seconds))
        soundfile.write(film.narration, np.concatenate(list(mastered(mixed))), RATE, subtype="PCM_16")
    said = [
        subtitles.Spoken(
            s.start_s, s.end_s, s.text, tuple(Word(w, s.start_s + a, s.start_s + b) for w, a, b in s.words)
        )
        for s in film.shots
    ]
    film.srt.write_text(subtitles.srt(said, language="en"))


def dump(film: Film) -> None:
    """The frames that our renderer draws, bit by bit: encoded without loss and decoded again."""
    encode.ENCODERS["x264"].tiers["lossless"] = {"preset": "ultrafast", "qp": "0"}
    with film.raw.open("wb") as raw:
        for spec in specs(film, "lossless"):
            path = film.folder / "lossless.mp4"
            render_shot(spec, pictures(film), path)
            with av.open(str(path)) as shot:
                for frame in shot.decode(video=0):
                    raw.write(frame.to_ndarray(format="yuv420p").tobytes())
            path.unlink()


def main(root: Path, count: int, speech: str, drawn: float) -> None:
    root.mkdir(parents=True, exist_ok=True)
    shots, speeches = [], []
    for index, (scene, text) in enumerate(SCENES):
        still = root / f"still-{index:02}.jpg"
        speeches.append(speak(text, speech))
        shots.append(shoot(index, text, still, draw(still, scene, drawn), speeches[-1]))
    for name, length in (("short", count), ("long", len(SCENES))):
        film = Film(root / name, tuple(shots[:length]))
        film.save()
        narrate(film, speeches[:length])
    dump(Film.load(root / "short"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]))
