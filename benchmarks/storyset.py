"""The film that the render benchmarks share: twelve illustrated stills of 2.5 s, moves, crossfades, captions, sound.

What only prepares it is imported where it is used: a process that renders it is charged for rendering alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from infra.media.captions import Caption
from infra.media.shots import ShotSpec, Still
from infra.media.timing import Word

if TYPE_CHECKING:
    from infra.engines import Samples

WIDTH, HEIGHT, FPS = 1920, 1080, 30
SHOT_FRAMES, FADE_FRAMES = 75, 12
SHOT_S, LEAD_S, VOICE_S = SHOT_FRAMES / FPS, 0.3, 2.0
DRAWN = 1.2
"""Pictures are drawn this much larger than the film, as the storyboard draws them."""
SCENES = (
    ("a fox in an autumn forest", "A fox walks through the quiet autumn forest."),
    ("honeybees on sunflowers in a meadow", "Honeybees look for the tallest flowers of the meadow."),
    ("a fishing boat at sea at dawn", "A small boat leaves long before the sun."),
    ("a market street in a town", "The market street is slowly waking up."),
    ("a cup of tea on a table in a room", "Someone has made a fresh pot of tea."),
    ("a whale under water with fish", "Far below, a whale sings to the deep."),
    ("a rocket among planets", "A rocket passes the last of the planets."),
    ("a castle on a mountain", "The old castle has seen all of it before."),
    ("a cave with crystals", "In the cave, crystals grow in the dark."),
    ("a city at night with cars", "At night, the bright city does not sleep."),
    ("a horse by a lake", "A horse drinks from the quiet lake."),
    ("a garden with butterflies", "And the garden belongs to the butterflies."),
)
MOTIONS = ("push", "pan_right", "pull", "tilt_up", "pan_left", "push", "tilt_down")
EDITED = "Other words are spoken here, and only here."
PALETTE = ("#f4d9a8", "#c98d4e", "#8a5a36", "#4d3524", "#e9b44c")
RATE, BLOCK = 48_000, 72_000
CHORD_HZ = (110.0, 164.81, 220.0, 277.18)


def draw(folder: Path) -> None:
    """Draw the stills into *folder* as JPEG 95 without chroma subsampling."""
    import cv2

    from infra.engines import Look, engine

    folder.mkdir(parents=True, exist_ok=True)
    look, named = Look(palette=PALETTE, light="day", style="plain"), {}
    for index, (scene, _) in enumerate(SCENES):
        path = folder / f"still-{index:02}.jpg"
        width, height = round(WIDTH * DRAWN), round(HEIGHT * DRAWN)
        picture = engine("image", "illustrator").draw(scene, width=width, height=height, look=look, seed=1)
        subsampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
        bgr = cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(path), bgr, [cv2.IMWRITE_JPEG_QUALITY, 95, *subsampling])
        named[hashlib.sha256(path.read_bytes()).hexdigest()] = path.name
    (folder / "stills.json").write_text(json.dumps(named))


def pictures(folder: Path) -> dict[str, Path]:
    """The stills of *folder* by their hashes, in order."""
    return {sha256: folder / name for sha256, name in json.loads((folder / "stills.json").read_text()).items()}


def specs(
    hashes: list[str], shots: int, quality: str, *, size: tuple[int, int] = (WIDTH, HEIGHT), edited: int | None = None
) -> list[ShotSpec]:
    """A film of so many shots, whose stills come in turn; that of index *edited* has other words."""
    texts = [EDITED if index == edited else SCENES[index % len(SCENES)][1] for index in range(shots)]
    stills = [_still(hashes, index, last=index == shots - 1) for index in range(shots)]
    return [
        ShotSpec(
            width=size[0],
            height=size[1],
            fps=FPS,
            frames=SHOT_FRAMES,
            still=still,
            transition="crossfade" if index else "cut",
            transition_frames=FADE_FRAMES if index else 0,
            before=stills[index - 1] if index else None,
            caption=caption(texts[index]),
            quality=quality,
        )
        for index, still in enumerate(stills)
    ]


def _still(hashes: list[str], index: int, *, last: bool) -> Still:
    frames = SHOT_FRAMES if last else SHOT_FRAMES + FADE_FRAMES
    return Still(hashes[index % len(hashes)], MOTIONS[index % len(MOTIONS)], frames)


def caption(text: str) -> Caption:
    """*text* spoken evenly over a shot."""
    words = text.split()
    step = VOICE_S / len(words)
    return Caption(text, tuple(Word(word, LEAD_S + k * step, LEAD_S + (k + 1) * step) for k, word in enumerate(words)))


def music(seconds: float) -> Iterator[Samples]:
    """A chord that swells every two seconds, in stereo blocks."""
    size = round(seconds * RATE)
    for start in range(0, size, BLOCK):
        time_s = np.arange(start, min(size, start + BLOCK)) / RATE
        swell = 0.55 + 0.45 * np.sin(np.pi * time_s)
        chord = sum(np.sin(2 * np.pi * hertz * time_s) for hertz in CHORD_HZ)
        left, right = (chord * swell * gain for gain in (0.08, 0.07))
        yield np.stack([left, right], 1).astype(np.float32)


def voice(path: Path) -> None:
    """Two seconds that take the room of a sentence: a buzz in syllables, as a mono FLAC."""
    from infra.media import audio

    time_s = np.arange(round(VOICE_S * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 140 * k * time_s) / k for k in range(1, 20))
    syllables = np.clip(np.sin(2 * np.pi * 2.5 * time_s), 0, 1)
    audio.write_flac(path, (0.2 * buzz * syllables).astype(np.float32), RATE)
