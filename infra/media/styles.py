"""How captions look, as data: the styles of `captions.toml`, and the part of a frame that captions may fill."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from infra.errors import BadInput, UnknownName
from infra.hashing import digest
from infra.media.lettering import Colour, Mark, Panel, Style

FILE = Path(__file__).with_name("captions.toml")
Aspect = Literal["wide", "square", "tall"]
Share = Annotated[float, Field(ge=0, le=1)]
Ems = Annotated[float, Field(ge=0, le=2)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Area(_Data):
    """A part of the frame, in shares of its width and height from the upper left corner."""

    left: Share
    top: Share
    right: Share
    bottom: Share

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.right - self.left < 0.3 or self.bottom - self.top < 0.3:
            raise ValueError("a safe area must span at least 0.3 of the frame both ways")
        return self


class Place(_Data):
    """Text *size* in shares of the frame's shorter side, longest line of its width, lowest edge of its height."""

    size: Annotated[float, Field(ge=0.02, le=0.2)]
    width: Annotated[float, Field(ge=0.2, le=1)]
    bottom: Share


class MarkData(_Data):
    """The word being spoken: a filled box behind it or a line under it."""

    manner: Literal["box", "underline"]
    colour: Colour
    corner: Ems = 0.0
    padding: Ems = 0.0
    thickness: Ems = 0.0

    def lettering(self, size: float) -> Mark:
        """The mark in pixels, for text of *size* pixels."""
        corner, padding, thickness = (_px(ems, size) for ems in (self.corner, self.padding, self.thickness))
        return Mark(self.manner, self.colour, corner, padding, thickness)


class PanelData(_Data):
    """A plate behind the lines; *rule* is the width of the bar where lines begin."""

    colour: Colour
    corner: Ems = 0.0
    padding: tuple[Ems, Ems]
    rule: Ems = 0.0
    rule_colour: Colour = "#ffffff"

    def lettering(self, size: float) -> Panel:
        """The plate in pixels, for text of *size* pixels."""
        corner, across, down, rule = (_px(ems, size) for ems in (self.corner, *self.padding, self.rule))
        return Panel(self.colour, corner, across, down, rule, self.rule_colour)


class CaptionLook(_Data):
    """One style. Lengths are in text sizes; *highlight* colours are taken in turn, word by word."""

    weight: Annotated[int, Field(ge=100, le=900)]
    colour: Colour
    highlight: Annotated[tuple[Colour, ...], Field(min_length=1, max_length=12)]
    stays: bool = False
    fatten: Ems = 0.0
    tracking: Ems = 0.0
    leading: Annotated[float, Field(ge=1, le=2)] = 1.3
    upper: bool = False
    words: Annotated[int, Field(ge=2, le=40)] | None = None
    align: Literal["centre", "start"] = "centre"
    outline: Ems = 0.0
    outline_colour: Colour = "#000000"
    halo: Ems = 0.0
    halo_colour: Colour = "#ffffff"
    shadow: Ems = 0.0
    shade: Share = 0.59
    mark: MarkData | None = None
    panel: PanelData | None = None
    wide: Place
    square: Place
    tall: Place

    def place(self, width: int, height: int) -> Place:
        """Size and place for frames of that size."""
        by_aspect: dict[Aspect, Place] = {"wide": self.wide, "square": self.square, "tall": self.tall}
        return by_aspect[aspect_of(width, height)]

    def lettering(self, size: float) -> Style:
        """The style in pixels, for text of *size* pixels."""
        return Style(
            round(size, 1),
            colour=self.colour,
            highlight=self.highlight[0],
            outline=_px(self.outline, size),
            outline_colour=self.outline_colour,
            shadow=_px(self.shadow, size),
            shade=self.shade,
            halo=_px(self.halo, size),
            halo_colour=self.halo_colour,
            weight=self.weight,
            fatten=_px(self.fatten, size),
            tracking=_px(self.tracking, size),
            leading=self.leading,
            mark=self.mark.lettering(size) if self.mark else None,
            panel=self.panel.lettering(size) if self.panel else None,
        )


class SafeAreas(_Data):
    """What a caption's picture never leaves, for each aspect."""

    wide: Area
    square: Area
    tall: Area


class Styles(_Data):
    """The whole file."""

    safe: SafeAreas
    style: Annotated[dict[str, CaptionLook], Field(min_length=1)]


def aspect_of(width: int, height: int) -> Aspect:
    """Which of the three kinds of frame that size is."""
    if width > 1.2 * height:
        return "wide"
    return "tall" if height > 1.2 * width else "square"


def parse(text: str, name: str = FILE.name) -> Styles:
    """The styles written in *text*, a TOML file called *name*.

    Raises:
        BadInput: it is not TOML, or an entry is missing, unknown or out of range; the message names the entry.
    """
    try:
        return Styles.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name} is not TOML: {error}.", "Mend that line.") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise BadInput(f"{name} holds no valid caption styles: {'; '.join(faults)}.", "Mend these entries.") from error


@lru_cache(maxsize=1)
def styles() -> Styles:
    """The styles of this installation, read once."""
    return parse(FILE.read_text(encoding="utf-8"))


def look(name: str) -> CaptionLook:
    """The style called *name*.

    Raises:
        UnknownName: there is none.
    """
    known = styles().style
    if name not in known:
        raise UnknownName("caption style", name, known)
    return known[name]


def safe_area(width: int, height: int) -> Area:
    """The part of a frame of that size which captions never leave."""
    safe = styles().safe
    by_aspect: dict[Aspect, Area] = {"wide": safe.wide, "square": safe.square, "tall": safe.tall}
    return by_aspect[aspect_of(width, height)]


def identity(name: str) -> str:
    """Changes whenever the data of that style, or a safe area, does; other styles do not matter."""
    return digest([look(name), styles().safe])[:16]


def _px(ems: float, size: float) -> float:
    return round(ems * size, 1)
