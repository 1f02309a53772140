"""The film that the render benchmarks share: twelve illustrated stills of 2.5 s, moves, crossfades, captions."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2

from infra.engines import Look, engine
from infra.media.captions import Caption
from infra.media.shots import ShotSpec, Still
from infra.media.timing import Word

WIDTH, HEIGHT, FPS = 1920, 1080, 30
SHOT_FRAMES, FADE_FRAMES = 75, 12
DRAWN = 1.2
"""Pictures are drawn this much larger than the film, as the storyboard draws them."""
SCENES = (
    "a fox in an autumn forest",
    "honeybees on sunflowers in a meadow",
    "a fishing boat at sea at dawn",
    "a market street in a town",
    "a cup of tea on a table in a room",
    "a whale under water with fish",
    "a rocket among planets",
    "a castle on a mountain",
    "a cave with crystals",
    "a city at night with cars",
    "a horse by a lake",
    "a garden with butterflies",
)
MOTIONS = ("push", "pan_right", "pull", "tilt_up", "pan_left", "push", "tilt_down")
LOOK = Look(palette=("#f4d9a8", "#c98d4e", "#8a5a36", "#4d3524", "#e9b44c"), light="day", style="plain")
TEXT = "Every morning the light returns and the small world wakes"


def pictures(folder: Path) -> dict[str, Path]:
    """The stills by hash, drawn by the illustrator into *folder* as JPEG 95 without chroma subsampling, in order."""
    return {_hash(path): path for path in (_drawn(folder, index) for index in range(len(SCENES)))}


def _drawn(folder: Path, index: int) -> Path:
    path = folder / f"still-{index:02}.jpg"
    if not path.exists():
        width, height = round(WIDTH * DRAWN), round(HEIGHT * DRAWN)
        picture = engine("image", "illustrator").draw(SCENES[index], width=width, height=height, look=LOOK, seed=1)
        options = [
            cv2.IMWRITE_JPEG_QUALITY,
            95,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        ]
        cv2.imwrite(str(path), cv2.cvtColor(picture.pixels, cv2.COLOR_RGB2BGR), options)
    return path


def specs(hashes: list[str], shots: int) -> list[ShotSpec]:
    """A film of so many shots; the stills come in turn."""
    found: list[ShotSpec] = []
    for index in range(shots):
        last, fade = index == shots - 1, FADE_FRAMES if index else 0
        still = Still(
            hashes[index % len(hashes)], MOTIONS[index % len(MOTIONS)], SHOT_FRAMES + (0 if last else FADE_FRAMES)
        )
        before = found[-1].still if found else None
        found.append(
            ShotSpec(
                width=WIDTH,
                height=HEIGHT,
                fps=FPS,
                frames=SHOT_FRAMES,
                still=still,
                transition="crossfade" if fade else "cut",
                transition_frames=fade,
                before=before if fade else None,
                caption=caption(TEXT),
            )
        )
    return found


def caption(text: str) -> Caption:
    """*text* spoken evenly over a shot."""
    words = text.split()
    step = (SHOT_FRAMES / FPS - 0.5) / len(words)
    timed = (Word(word, 0.3 + k * step, 0.3 + (k + 1) * step) for k, word in enumerate(words))
    return Caption(text, tuple(timed))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
