"""What a human changes of a film: only what depends on it is made again."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, field_validator

from tasks.terms import (
    Aspect,
    Asset,
    CaptionStyle,
    Media,
    Mood,
    Motion,
    Quality,
    SegmentId,
    Sentence,
    Transition,
    Value,
)

BY_SEGMENT = ("captions", "visuals", "redo", "beats", "motions", "transitions", "media")
"""Fields of edits that say something of single segments."""


def _left_open(value: object) -> bool:
    """Whether a field is written at all: edits that do not use it stay, byte for byte, what they were without it."""
    return not value


class Timing(Value):
    """The tempo of a film and the beats of each of its shots."""

    bpm: float = Field(ge=40, le=220)
    beats: dict[SegmentId, int]


class Added(Value):
    """A shot that a human adds."""

    caption: Sentence
    visual: Sentence | None = Field(None, description="what its picture shows; unset: what the caption says")
    mood: Mood | None = Field(None, description="unset: the film's")


class Edits(Value):
    """What a human changed. `create(brief, edits)` is how a film is edited: only what depends on it is made again."""

    captions: dict[SegmentId, Sentence] = Field(default_factory=dict, description="new words, shown and spoken")
    visuals: dict[SegmentId, Sentence] = Field(default_factory=dict, description="new picture descriptions")
    redo: dict[SegmentId, int] = Field(default_factory=dict, description="how often a picture was asked for anew")
    order: tuple[SegmentId, ...] | None = Field(
        None, min_length=1, description="the segments to show, in order; others are dropped"
    )
    voice: str | None = None
    bpm: float | None = Field(None, ge=40, le=220)
    mood: Mood | None = None
    aspect: Aspect | None = None
    beats: dict[SegmentId, Annotated[int, Field(gt=0, le=2000)]] = Field(
        default_factory=dict, description="how many beats a shot lasts; never fewer than its narration needs"
    )
    motions: dict[SegmentId, Motion] = Field(default_factory=dict, description="another camera move")
    transitions: dict[SegmentId, Transition] = Field(default_factory=dict, description="how a shot comes in")
    timing: Timing | None = Field(
        None, description="the timing of the film that is edited: shots whose narration still fits keep their place"
    )
    caption_style: CaptionStyle | None = None
    quality: Quality | None = None
    music: Asset | None = Field(None, description="a song of your own")
    media: dict[SegmentId, Media] = Field(default_factory=dict, description="pictures and clips of your own")
    added: dict[SegmentId, Added] = Field(
        default_factory=dict,
        exclude_if=_left_open,
        description="shots of your own, by ids beyond the script's; shown where `order` names them, else at the end",
    )
    locked: tuple[SegmentId, ...] | None = Field(
        None,
        exclude_if=_left_open,
        description=(
            "shots that no change touches until they are unlocked; what concerns the whole film applies all the same; "
            "one whose words and picture are to outlast another story needs both in `captions` and `visuals`."
        ),
    )

    def joined(self, more: Edits) -> Edits:
        """These with all that *more* says; of one segment's caption, picture or move, what *more* says counts."""
        changed: dict[str, object] = {}
        for name in type(self).model_fields:
            old, new = getattr(self, name), getattr(more, name)
            if isinstance(new, dict):
                changed[name] = old | new
            elif new is not None:
                changed[name] = new
        return self.model_copy(update=changed)

    @property
    def segments(self) -> frozenset[str]:
        """All segments that these edits speak of."""
        return frozenset(self.order or ()).union(self.added, *(getattr(self, name) for name in BY_SEGMENT))

    @property
    def unlocked(self) -> Self:
        """These without what no picture and no sound depends on."""
        return self.model_copy(update={"locked": None})

    def told_of(self, segment: str) -> dict[str, object]:
        """All that these say of one segment alone."""
        return {name: said for name in (*BY_SEGMENT, "added") if (said := getattr(self, name).get(segment)) is not None}

    def shows(self, segment: str) -> bool:
        """Whether a segment that there is, is shown."""
        return self.order is None or segment in self.order

    @field_validator("order")
    @classmethod
    def _once(cls, order: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if order and len(set(order)) != len(order):
            raise ValueError("a segment can be shown only once")
        return order
