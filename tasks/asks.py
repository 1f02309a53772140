"""What the modality jobs are asked for and what they give: plain values, names as JSON has them.

Each job's answer is part of the next one's question: text → image-storyboard and audio → video. So what a job gives is
accepted as it is, with fields that the next one has no use for.
"""

from __future__ import annotations

from typing import Annotated, Self, TypeVar

from pydantic import AfterValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from tasks.schema import (
    Anchor,
    Aspect,
    Asset,
    Brief,
    Clip,
    Fps,
    Frame,
    Height,
    Language,
    Mood,
    Plane,
    Segment,
    SegmentId,
    Sentence,
    Value,
    Word,
)

MOST = 60
"""Most pictures, clips or segments of one job."""


def _topic(text: str) -> str:
    """A topic as a brief has it.

    Raises:
        ValueError: it says nothing, or too much.
    """
    try:
        return Brief(topic=text).topic
    except ValidationError as error:
        raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error


Topic = Annotated[str, AfterValidator(_topic)]
Named = TypeVar("Named", "PictureAsk", "CaptionAsk")
Seconds = Annotated[float, Field(ge=5, le=600, description="How long the film should be.", examples=[30])]


class Ask(Value):
    """A question; a field that it does not know is refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Part(Value):
    """A part of a question or an answer; fields that it does not know are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Linked(Part):
    """An asset, and where its bytes are; names as everywhere."""

    model_config = ConfigDict(alias_generator=None)

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    media_type: str
    size_bytes: int = Field(ge=0)
    url: str | None = None

    @classmethod
    def to(cls, asset: Asset) -> Self:
        """*asset* with its address."""
        return cls(**asset.model_dump(), url=f"/api/assets/{asset.sha256}")

    @property
    def asset(self) -> Asset:
        """The asset itself."""
        return Asset(sha256=self.sha256, media_type=self.media_type, size_bytes=self.size_bytes)


class AnchorAsk(Ask):
    """For an anchor: the look, tone, voice, mood and tempo that every other job is given."""

    topic: Topic = Field(description="What it is about.", examples=["How honeybees find flowers"])
    style: str = Field("warm documentary", max_length=200, description="The look and the tone, in words.")
    language: Language | None = Field(None, description="Unset: the topic's language.")


class TextAsk(Ask):
    """For a script."""

    anchor: Anchor
    length: Seconds


class Line(Part):
    """A segment of a script. `durationMs` is a guess of the voice; a draft has neither `visual` nor `mood`."""

    id: SegmentId
    caption: Sentence
    visual: Sentence | None = None
    mood: Mood | None = None
    duration_ms: int | None = Field(None, gt=0)


class PictureAsk(Part):
    """A picture: of `visual`, a description in English, or else of what `caption` says."""

    id: SegmentId | None = Field(None, description="Unset: s1, s2, … by its place.", examples=["s1"])
    visual: Sentence | None = Field(None, examples=["Wide shot of a meadow, bees, morning light"])
    caption: Sentence | None = Field(None, examples=["Bees leave the hive at dawn."])

    @model_validator(mode="after")
    def _of_something(self) -> Self:
        if not self.text:
            raise ValueError("say what the picture shows: give `visual` or `caption`")
        return self

    @property
    def text(self) -> str:
        """What is drawn."""
        return self.visual or self.caption or ""


class CaptionAsk(Part):
    """Words to be spoken."""

    id: SegmentId | None = Field(None, description="Unset: s1, s2, … by its place.", examples=["s1"])
    caption: Sentence = Field(examples=["Bees leave the hive at dawn."])


class StoryboardAsk(Ask):
    """For pictures."""

    anchor: Anchor
    frames: tuple[PictureAsk, ...] = Field(min_length=1, max_length=MOST)
    aspect: Aspect = "16:9"
    height: Height = 1080

    @field_validator("frames")
    @classmethod
    def _each_once(cls, frames: tuple[PictureAsk, ...]) -> tuple[PictureAsk, ...]:
        return _named(frames)


class AudioAsk(Ask):
    """For narration."""

    anchor: Anchor
    segments: tuple[CaptionAsk, ...] = Field(min_length=1, max_length=MOST)

    @field_validator("segments")
    @classmethod
    def _each_once(cls, segments: tuple[CaptionAsk, ...]) -> tuple[CaptionAsk, ...]:
        return _named(segments)


class GivenPlane(Part):
    """A layer of a picture."""

    asset: Linked
    depth: float = Field(ge=0, le=1)


class GivenFrame(Part):
    """A picture as `image-storyboard` gives it; without layers the camera moves over it as over a photograph."""

    id: SegmentId
    asset: Linked
    width: int = Field(gt=0, le=8192)
    height: int = Field(gt=0, le=8192)
    layers: tuple[GivenPlane, ...] = Field((), max_length=8)

    @classmethod
    def of(cls, name: str, frame: Frame) -> Self:
        """The picture *frame* of segment *name*."""
        layers = tuple(GivenPlane(asset=Linked.to(layer.asset), depth=layer.depth) for layer in frame.layers)
        return cls(id=name, asset=Linked.to(frame.asset), width=frame.width, height=frame.height, layers=layers)

    @property
    def frame(self) -> Frame:
        """The picture as a film has it."""
        layers = tuple(Plane(asset=layer.asset.asset, depth=layer.depth) for layer in self.layers)
        return Frame(asset=self.asset.asset, width=self.width, height=self.height, layers=layers)


class GivenWord(Part):
    """A spoken word."""

    text: str = Field(max_length=200)
    start_ms: int = Field(ge=0)
    end_ms: int = Field(ge=0)


class GivenClip(Part):
    """A clip as `audio` gives it."""

    id: SegmentId
    asset: Linked
    duration_ms: int = Field(gt=0, le=120_000)
    words: tuple[GivenWord, ...] = Field((), max_length=600)

    @classmethod
    def of(cls, name: str, clip: Clip) -> Self:
        """The *clip* of segment *name*."""
        words = tuple(GivenWord(text=word.text, start_ms=word.start_ms, end_ms=word.end_ms) for word in clip.words)
        return cls(id=name, asset=Linked.to(clip.asset), duration_ms=clip.duration_ms, words=words)

    def clip(self, voice: str) -> Clip:
        """The clip as a film has it, spoken by *voice*."""
        words = tuple(Word(text=word.text, start_ms=word.start_ms, end_ms=word.end_ms) for word in self.words)
        return Clip(asset=self.asset.asset, duration_ms=self.duration_ms, voice=voice, pace=1, words=words)


class GivenSegment(Part):
    """A segment of a video: its words; its picture and its clip have the same id."""

    id: SegmentId
    caption: Sentence

    def segment(self, anchor: Anchor) -> Segment:
        """The segment as a film has it."""
        return Segment(id=self.id, caption=self.caption, visual=self.caption, mood=anchor.mood)


class VideoTimeline(Ask):
    """What a video shows and says, in the order of its segments."""

    anchor: Anchor
    title: str | None = Field(None, max_length=120, description="Unset: the anchor's topic.")
    segments: tuple[GivenSegment, ...] = Field(min_length=1, max_length=MOST)
    frames: tuple[GivenFrame, ...] = Field(min_length=1, max_length=MOST)
    clips: tuple[GivenClip, ...] = Field(min_length=1, max_length=MOST)
    aspect: Aspect = "16:9"
    height: Height = 1080
    fps: Fps = 30
    bpm: float | None = Field(None, ge=40, le=220, description="Unset: near the anchor's, so that beats are frames.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wanted = [segment.id for segment in self.segments]
        if len(set(wanted)) < len(wanted):
            raise ValueError("two segments have the same id")
        for name, given in (("frames", self.frames), ("clips", self.clips)):
            ids = [part.id for part in given]
            if len(set(ids)) < len(ids):
                raise ValueError(f"{name}: two have the same id")
            if missing := [wish for wish in wanted if wish not in ids]:
                raise ValueError(f"{name}: there is none for segment {missing[0]}")
        return self


class VideoAsk(Ask):
    """For a video."""

    timeline: VideoTimeline


def _named(parts: tuple[Named, ...]) -> tuple[Named, ...]:
    """*parts*, each with an id; those without one are named by their place."""
    named = tuple(part if part.id else part.model_copy(update={"id": f"s{n}"}) for n, part in enumerate(parts, 1))
    ids = [part.id for part in named]
    if len(set(ids)) < len(ids):
        raise ValueError("two have the same id")
    return named
