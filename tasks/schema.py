"""The values that travel between tasks: frozen, hashable, units in their names, impossible states refused.

Brief ─ Anchor ─ Script(Segment…) ─ Frame, Clip, Bed ─ Timeline(Shot…) ─ Film        Edits change a Film
Their terms are in `tasks.terms`, edits in `tasks.edits`; all of them are found here.
"""

from __future__ import annotations

import json
import unicodedata
from functools import cached_property
from itertools import accumulate
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from tasks.edits import Added, Edits, Timing
from tasks.terms import (
    Aspect,
    Asset,
    CaptionStyle,
    Colour,
    Effect,
    Encoder,
    EngineName,
    Fps,
    Gate,
    Hash,
    Height,
    Language,
    Media,
    Mood,
    Motion,
    Quality,
    SegmentId,
    Sentence,
    Share,
    Template,
    Transition,
    Value,
)

__all__ = [
    "Added", "Anchor", "Aspect", "Asset", "Bed", "Brief", "CaptionStyle", "Clip", "Colour", "Cue", "Cues", "Edits",
    "Effect", "Encoder", "EngineName", "Film", "Fps", "Frame", "Gate", "Hash", "Height", "Language", "Manifest",
    "Media", "Mood", "Motion", "Plane", "Quality", "RenderedShot", "Script", "Segment", "SegmentId", "Sentence",
    "Share", "Shot", "Template", "Timeline", "Timing", "Transition", "Value", "Word", "Wording",
]  # fmt: skip

JOINERS = "\u200d\ufe0f"
"""Format characters that hold emoji together; the other control characters are dropped."""


class Wording(Value):
    """What a tenant says otherwise in a prompt template; what is None is said as the template says it."""

    system: str | None = Field(None, max_length=4000)
    outline: str | None = Field(None, max_length=2000)
    chapters: str | None = Field(None, max_length=2000)
    chapter: str | None = Field(None, max_length=2000)
    first: str | None = Field(None, max_length=2000)
    next: str | None = Field(None, max_length=2000)
    last: str | None = Field(None, max_length=2000)
    only: str | None = Field(None, max_length=2000)


class Brief(Value):
    """What the user asks for."""

    topic: str = Field(
        description="What the film is about, in the language it should speak.", examples=["How honeybees find flowers"]
    )
    style: str = Field("warm documentary", max_length=200, description="The look and the tone, in words.")
    seconds: float = Field(30, ge=5, le=600, description="How long the film should be; it will be within 10 %.")
    language: Language | None = Field(None, description="Language of narration and captions; unset: that of the topic.")
    aspect: Aspect = Field("16:9", description="Width to height.")
    height: Height = Field(1080, description="Pixels along the shorter side.")
    fps: Fps = Field(30, description="Frames per second.")
    voice: str | None = Field(None, max_length=40, description="A voice's name; unset: the language's first.")
    bpm: float | None = Field(None, ge=40, le=220, description="Tempo; unset: what the mood wants.")
    seed: int = Field(1, ge=0, lt=2**31, description="Another seed, another film.")
    caption_style: CaptionStyle = Field("clean", description="How captions look.")
    transition: Transition = Field("crossfade", description="How one shot gives way to the next.")
    quality: Quality = Field("standard", description="Bits for looks: preview, standard or best.")
    encoder: Encoder = Field("x264", description="x264 and nvenc give H.264, svtav1 gives AV1.")
    template: Template = Field("explainer", description="What kind of film: how the script is asked for.")
    wording: Wording | None = Field(None, description="Your own wording of the template's prompts.")
    engines: dict[EngineName, Annotated[str, StringConstraints(max_length=200)]] = Field(
        default_factory=dict, description="Other engines for this film than those of the settings: image → sketch, …"
    )
    approve: Gate | None = Field(None, description="Wait for a human to approve the script or the storyboard.")
    music: Asset | None = Field(None, description="A song of your own in place of the composed bed.")
    media: dict[SegmentId, Media] = Field(
        default_factory=dict, description="Pictures and clips of your own, by the shot that shows them: s1, s2, …"
    )

    def __hash__(self) -> int:
        return hash(json.dumps(self.model_dump(mode="json"), sort_keys=True))

    @field_validator("topic", "style")
    @classmethod
    def _readable(cls, text: str) -> str:
        """Control and unassigned characters are dropped, white space is folded."""
        spaced = (" " if c.isspace() else c for c in text)
        kept = "".join(c for c in spaced if c in JOINERS or unicodedata.category(c)[0] != "C")
        return " ".join(kept.split())

    @field_validator("topic")
    @classmethod
    def _says_something(cls, topic: str) -> str:
        if not topic:
            raise ValueError("the topic is empty: say in a few words what the film is about")
        if len(topic) > 500:
            raise ValueError(f"the topic has {len(topic):,} characters; 500 is the most: give the idea, not the text")
        return topic


class Anchor(Value):
    """The one source that every prompt of every modality is rendered from."""

    topic: str
    style: str
    language: Language
    look: str
    palette: tuple[Colour, Colour, Colour, Colour, Colour]
    light: Literal["day", "dawn", "dusk", "night", "studio"]
    tone: str
    voice: str
    mood: Mood
    bpm: float = Field(ge=40, le=220)
    seed: int
    template: Template = "explainer"
    wording: Wording | None = None


class Segment(Value):
    """One beat of the story. `caption` is shown and spoken; `visual` describes the picture, in English."""

    id: SegmentId
    caption: Sentence
    visual: Sentence
    mood: Mood


class Script(Value):
    """What is said and shown, in order; ids are unique and stay with their segment through edits."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    language: Language
    segments: Annotated[tuple[Segment, ...], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [segment.id for segment in self.segments]
        if len(set(ids)) != len(ids):
            raise ValueError("segment ids must be unique")
        return self


class Plane(Value):
    """One layer of a frame: an RGBA picture as large as the frame, `depth` 0 (far) to 1 (near)."""

    asset: Asset
    depth: float = Field(ge=0, le=1)


class Frame(Value):
    """A picture, with its layers far to near and what was placed in it.

    *focus* is what must stay in view when the frame is cropped to another aspect, as shares of width and height.
    Where the user gave a clip, *footage* is it, and the picture is its first frame.
    """

    asset: Asset
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    layers: tuple[Plane, ...] = ()
    shows: tuple[str, ...] = ()
    focus: tuple[Share, Share] = (0.5, 0.5)
    footage: Media | None = None


class Word(Value):
    """A spoken word, as times from the clip's start."""

    text: str
    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)


class Clip(Value):
    """Spoken narration, measured."""

    asset: Asset
    duration_ms: int = Field(gt=0)
    voice: str
    pace: float = Field(ge=0.92, le=1.08)
    words: tuple[Word, ...]


class Bed(Value):
    """Music of exactly `beats` beats; beat k starts at k·60000/bpm ms."""

    asset: Asset
    bpm: float = Field(ge=40, le=220)
    beats: int = Field(gt=0)


class Shot(Value):
    """One segment on screen for whole beats; the narration starts `lead_ms` after the cut."""

    segment: SegmentId
    beats: int = Field(gt=0)
    motion: Motion
    transition: Transition
    transition_frames: int = Field(ge=0, description="the first frames, in which the shot before is still seen")
    lead_ms: int = Field(ge=0)
    caption: str
    frame: Frame
    clip: Clip

    @model_validator(mode="after")
    def _comes_in(self) -> Self:
        if (self.transition == "cut") != (self.transition_frames == 0):
            raise ValueError(f"shot {self.segment}: a cut takes no frames, and every other transition takes some")
        return self


class Timeline(Value):
    """The film's time: beats decide, frames follow. Shot i covers frames [cut(i), cut(i+1))."""

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    fps: Fps
    bpm: float = Field(ge=40, le=220)
    language: Language
    caption_style: CaptionStyle = "clean"
    quality: Quality = "standard"
    encoder: Encoder = "x264"
    shots: Annotated[tuple[Shot, ...], Field(min_length=1)]

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The beat on which each shot begins; the last is the film's end."""
        return tuple(accumulate((shot.beats for shot in self.shots), initial=0))

    @property
    def beats(self) -> int:
        """Beats in the whole film."""
        return self.starts[-1]

    def frame_of_beat(self, beat: int) -> int:
        """The integer frame nearest to a beat: at most half a frame off, never accumulating."""
        return int(beat * 60 * self.fps / self.bpm + 0.5)

    def cut(self, index: int) -> int:
        """First frame of shot *index*; `cut(len(shots))` is the film's length in frames."""
        return self.frame_of_beat(self.starts[index])

    def residual_ms(self, index: int) -> float:
        """How far cut *index* lies after (or, negative, before) its beat; 0 where a beat is whole frames."""
        return self.cut(index) * 1000 / self.fps - self.starts[index] * 60_000 / self.bpm

    @property
    def frames(self) -> int:
        """Frames in the whole film."""
        return self.cut(len(self.shots))

    @property
    def duration_ms(self) -> float:
        """Length of the film, from its frames."""
        return self.frames * 1000 / self.fps

    @model_validator(mode="after")
    def _holds_narration(self) -> Self:
        for index, shot in enumerate(self.shots):
            frames = self.cut(index + 1) - self.cut(index)
            if shot.lead_ms + shot.clip.duration_ms > frames * 1000 / self.fps + 0.5:
                raise ValueError(f"shot {shot.segment} is shorter than its narration")
            if shot.transition_frames >= frames:
                raise ValueError(f"shot {shot.segment} is shorter than its transition")
        return self


class Cue(Value):
    """Frames [first, end) of a shot show this part of its sheet of captions, with its upper left corner at (x, y)."""

    first: int = Field(ge=0)
    end: int = Field(gt=0)
    x: int = Field(ge=0)
    y: int = Field(ge=0)
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    sheet_x: int = Field(ge=0)
    sheet_y: int = Field(ge=0)


class Cues(Value):
    """The pictures of one shot's captions, all on one *sheet* with straight alpha, for a film of *width* x *height*."""

    sheet: Asset | None
    cues: tuple[Cue, ...]
    caption: str
    style: CaptionStyle
    width: int = Field(gt=0)
    height: int = Field(gt=0)


class RenderedShot(Value):
    """One closed-GOP file: `frames` frames of one shot. *packets_sha256* is what `media.packets.digest_of` says."""

    asset: Asset
    frames: int = Field(gt=0)
    packets_sha256: Hash


class Film(Value):
    """Everything needed to show, check, replay or change a film."""

    title: str
    brief: Brief
    edits: Edits
    anchor: Anchor
    script: Script
    timeline: Timeline
    shots: tuple[RenderedShot, ...]
    bed: Bed
    master: Asset
    captions_vtt: Asset
    captions_srt: Asset
    poster: Asset
    contact_sheet: Asset
    manifest: Asset | None = None
    certificate: Asset | None = None
    loudness_lufs: float
    true_peak_dbtp: float


class Manifest(BaseModel):
    """What is written beside a film: enough to make it again or to change it."""

    model_config = ConfigDict(frozen=True)

    format: Literal["flywheel-manifest/1"]
    brief: Brief
    edits: Edits
    seed: int
    engines: dict[str, str]
    made_with: dict[str, str]
    film: Film
