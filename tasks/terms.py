"""The terms of the trade: the choices there are, names as types, and the values that all others are made of."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Language = Literal["en", "zh"]
Aspect = Literal["16:9", "9:16", "1:1"]
Height = Literal[480, 540, 720, 1080]
Fps = Literal[24, 25, 30, 60]
Mood = Literal["calm", "epic", "happy", "mysterious", "sad", "tense"]
Motion = Literal[
    "push", "pull", "pan_left", "pan_right", "tilt_up", "tilt_down", "hold",
    "parallax_left", "parallax_right", "parallax_push",
]  # fmt: skip
Transition = Literal["cut", "crossfade", "dip", "wipe"]
"""How a shot comes in: at once, out of the one before, through black, or pushed aside by an edge."""
CaptionStyle = Literal["clean", "bold", "documentary", "children"]
Quality = Literal["preview", "standard", "best"]
Encoder = Literal["x264", "nvenc", "svtav1"]
Template = Literal["explainer", "product", "story", "news", "lesson", "recipe"]
Gate = Literal["script", "storyboard"]
EngineName = Literal["draft", "text", "image", "speech", "music", "embed"]
Effect = Literal["black_and_white", "mirror", "invert", "brighten", "darken", "slow_motion", "speed_up", "paint"]
"""What may be done to a user's own picture or clip; each is a moviepy effect."""

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
SegmentId = Annotated[str, StringConstraints(pattern=r"^s[1-9][0-9]{0,4}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]


class Value(BaseModel):
    """A frozen value; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Asset(Value):
    """Bytes in the store, by their SHA-256."""

    sha256: Hash
    media_type: str
    size_bytes: int = Field(ge=0)


class Media(Value):
    """A picture, clip or song of the user's own, in the store.

    A clip is shown from *start_s* on; its own sound is heard *volume* (0 to 1) as loud as it is recorded.
    """

    asset: Asset
    start_s: float = Field(0, ge=0, description="Where in a clip the shot begins, in seconds.")
    volume: float = Field(0, ge=0, le=1, description="How much of a clip's own sound is heard.")
    effects: tuple[Effect, ...] = Field((), description="What is done to it, in order.")

    @model_validator(mode="after")
    def _in_step(self) -> Self:
        if self.volume and {"slow_motion", "speed_up"} & set(self.effects):
            raise ValueError("a clip that runs slower or faster than it was recorded is shown without its sound")
        return self
