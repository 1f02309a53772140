"""The film that every way renders, as files in a folder; the standard library alone, so that it weighs on no peer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

WIDTH, HEIGHT, FPS = 1920, 1080, 30
SHOT_FRAMES, FADE_FRAMES = 75, 12
SHOT_S, FADE_S = SHOT_FRAMES / FPS, FADE_FRAMES / FPS
ZOOM_PER_S = 0.025
"""How fast every still grows: the renderer's own speed."""


@dataclass(frozen=True)
class Shot:
    """A still for `SHOT_S` with *text* on it from *start_s* to *end_s* of the film.

    *words* are (text, start, end) in seconds from the shot's own first frame.
    """

    still: str
    sha256: str
    text: str
    start_s: float
    end_s: float
    words: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class Film:
    """The shots of a film and the folder that holds its narration, its SRT and, for the bare encode, its raw frames."""

    folder: Path
    shots: tuple[Shot, ...]

    @classmethod
    def load(cls, folder: Path) -> Film:
        read = json.loads((folder / "film.json").read_text())
        return cls(folder, tuple(Shot(**{**shot, "words": tuple(map(tuple, shot["words"]))}) for shot in read))

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "film.json").write_text(json.dumps([asdict(shot) for shot in self.shots]))

    @property
    def frames(self) -> int:
        return len(self.shots) * SHOT_FRAMES

    @property
    def seconds(self) -> float:
        return self.frames / FPS

    @property
    def narration(self) -> Path:
        return self.folder / "narration.wav"

    @property
    def srt(self) -> Path:
        return self.folder / "captions.srt"

    @property
    def raw(self) -> Path:
        """Every frame that our renderer draws, before encoding: planar YUV 4:2:0, one after the other."""
        return self.folder / "frames.yuv"
