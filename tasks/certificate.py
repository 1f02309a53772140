"""The certificate of a film: its timing as found in the finished MP4, next to what was promised.

Two parts. *exact* is counted, hashed or computed to a rounding error: it alone decides whether the certificate holds.
*measured* is what a detector sees and a transcriber hears: it has limits too, but convicts nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from infra.hashing import canonical, digest
from tasks.schema import Hash, Language, SegmentId, Transition, Value

NOT_MEASURED = "not measured"
FROM_THE_MP4 = frozenset({"master", "captions_vtt", "captions_srt", "contact_sheet", "manifest", "certificate"})
"""Fields of a film that are known only once its MP4 is."""


def shortened(text: str) -> str:
    """*text* with each hash in it by its first 12 digits."""
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", text)


def content_id(said: Mapping[str, Any]) -> str:
    """SHA-256 of what a manifest says, but for what comes from the MP4, which can so carry it, and who made it.

    It is taken from the words of the manifest, not from values made of them: a later version reads the same.
    """
    film = {name: value for name, value in canonical(said["film"]).items() if name not in FROM_THE_MP4}
    return digest({**{name: value for name, value in said.items() if name != "made_with"}, "film": film})


class Promised(Value):
    """What the manifest says the film is; *content* is the hash of all it says that does not come from the MP4."""

    sha256: Hash
    content: Hash
    width: int
    height: int
    fps: int
    frames: int
    duration_ms: float
    bpm: float
    language: Language
    loudness_lufs: float
    true_peak_dbtp: float


class File(Value):
    """The files by hash; *content* is what the MP4 itself says that the manifest's content is."""

    title: str
    sha256: Hash
    manifest_sha256: Hash
    content: str = Field(description="as found in the MP4; empty if it carries none")


class Pictures(Value):
    """Every picture, decoded. *off_grid* counts those that are not shown at k/fps seconds, exactly."""

    decoded: int
    packets: int
    off_grid: int
    broken: str = Field("", description="why decoding ended early")
    duration_ms: float
    width: int
    height: int
    fps: float
    codec: str
    matrix: int = Field(description="ITU-T H.273, as primaries and transfer; 1 is BT.709")
    primaries: int
    transfer: int
    limited_range: bool


class Cut(Value):
    """Where a shot begins: on which beat, in which frame, and how far that frame lies after the beat."""

    segment: SegmentId
    beat: int
    frame: int
    residual_ms: float


class Beats(Value):
    """The beat grid and the cuts on it."""

    bpm: float
    cuts: tuple[Cut, ...]


class Copy(Value):
    """The packets of one shot as they lie in the MP4: *copied* if they are those that were encoded for it.

    *frames* is how many the shot has, *planned* how many the timeline gives it.
    """

    segment: SegmentId
    frames: int
    planned: int
    packets_sha256: Hash
    copied: bool


class Sound(Value):
    """The sound track, decoded."""

    packets_sha256: str
    duration_ms: float
    rate: int
    loudness_lufs: float
    true_peak_dbtp: float


class Starts(Value):
    """When the container shows the first picture and plays the first sample, its edit lists applied."""

    video_ms: float
    sound_ms: float
    offset_ms: float = Field(description="how much later than the pictures the sound begins")


class Exact(Value):
    """What decides whether the certificate holds."""

    promised: Promised
    file: File
    pictures: Pictures
    beats: Beats
    shots: tuple[Copy, ...]
    sound: Sound
    starts: Starts


class SeenCut(Value):
    """A change of pictures as seen in them: its first frame, the first frame after it, both against the timeline."""

    segment: SegmentId
    transition: Transition
    first_frame: int | None = None
    settled_frame: int | None = None
    error_ms: float | None = None
    reason: str = ""


class Onset(Value):
    """How much later than its first word's time a narration is heard to begin."""

    segment: SegmentId
    offset_ms: float | None = None
    reason: str = ""


class Against(Value):
    """Times of words against when the transcriber hears them: the median and the largest distance, either way."""

    median_ms: float | None = None
    largest_ms: float | None = None
    matched: int = 0
    words: int = 0
    reason: str = ""


class Heard(Value):
    """What the transcriber hears of one segment. *voice* are the manifest's word times, *caption* the lit words."""

    segment: SegmentId
    caption: str
    text: str
    error_rate: float
    lit: Against
    voice: Against


class Hearing(Value):
    """What the transcriber (by its identity) hears of the whole film; *reason* says why there is nothing to compare."""

    transcriber: str
    reason: str = ""
    error_rate: float | None = Field(None, description="of the whole text: words (en), characters (zh)")
    lit: Against = Against()
    voice: Against = Against()
    segments: tuple[Heard, ...] = ()


class Measured(Value):
    """What was seen and heard; *narration_offset_ms* is the median of the *onsets*."""

    cuts: tuple[SeenCut, ...]
    onsets: tuple[Onset, ...]
    narration_offset_ms: float | None
    hearing: Hearing


class Check(Value):
    """One value against its limit; *holds* is None where the value could not be measured.

    *decides* is true for the exact part.
    """

    name: str
    decides: bool
    value: str | int | float | None
    unit: str = ""
    limit: str
    holds: bool | None

    @property
    def told(self) -> str:
        """In words: the check, what was found, what it should be."""
        found = "not measured" if self.value is None else f"{self.value} {self.unit}".rstrip()
        return shortened(f"{self.name}: {found}, limit {self.limit}")


class Certificate(Value):
    """The whole; *holds* says that every exact check does.

    *seal* is the hash of all the rest, so that no figure is altered in passing. It is no signature: whoever can write
    all of a film's files can make them agree.
    """

    format: Literal["flywheel-certificate/1"] = "flywheel-certificate/1"
    holds: bool
    checks: tuple[Check, ...]
    exact: Exact
    measured: Measured
    seal: str = ""

    def sealed(self) -> Self:
        """The same, with its right seal."""
        return self.model_copy(update={"seal": digest(self.model_copy(update={"seal": ""}))})

    def text(self) -> str:
        """As JSON: sorted, without clock or path; the same film gives the same bytes."""
        return json.dumps(canonical(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
