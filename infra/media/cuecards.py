"""Cues as plain data: what a preview needs to show a caption as the renderer will, picture by picture.

`describe` lists the cues of a caption; the picture of each is a pure function of its description (`render`), so that
it can be served under the name of its key and kept for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import BadInput
from infra.media.captions import Caption, Cue, layout, sprite_png
from infra.media.lettering import Line, Style, extent

LARGEST = 40_000_000
"""Pixels of text that a description may ask for: some ten times a caption in a 4K frame."""
Key = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
REMEDY = "Take a description as `describe` gives it, from the same version."


class Drawing(BaseModel):
    """All that the pixels of a cue depend on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=4)]
    style: Style
    language: Annotated[str, Field(max_length=20)]
    align: Annotated[float, Field(ge=0, le=1)]


class CueInfo(BaseModel):
    """Frames [first, end) show the picture *key*, *width* x *height* pixels, with its upper left corner at (x, y)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    first: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    x: Annotated[int, Field(ge=0)]
    y: Annotated[int, Field(ge=0)]
    width: Annotated[int, Field(ge=2)]
    height: Annotated[int, Field(ge=2)]
    drawing: Drawing


def describe(caption: Caption, *, width: int, height: int, fps: int, frames: int) -> tuple[CueInfo, ...]:
    """The cues of *caption* in a shot of *frames* frames, as data: `model_dump(mode="json")` is plain JSON.

    Raises:
        UnknownName: the caption's style does not exist.
        ModelMissing: the text needs the CJK face, which is not on this machine.
    """
    return tuple(map(_info, layout(caption, width=width, height=height, fps=fps, frames=frames)))


def cue_from(description: CueInfo | Mapping[str, Any]) -> Cue:
    """The cue that *description* (a `CueInfo`, or its JSON as data) was made from.

    Raises:
        BadInput: it is no description of a cue, or its key is not that of what it describes.
    """
    info = description if isinstance(description, CueInfo) else _parsed(description)
    drawing = info.drawing
    letters = max(len(line.text) for line in drawing.lines)
    if letters * len(drawing.lines) * 2 * drawing.style.size**2 > LARGEST:
        raise BadInput(f"{letters} letters of {drawing.style.size} pixels are too large a caption.", REMEDY)
    cue = Cue(info.first, info.end, drawing.lines, drawing.style, drawing.language, info.x, info.y, align=drawing.align)
    if cue.key != info.key:
        raise BadInput(f"The caption described as {info.key[:12]} is {cue.key[:12]} here.", REMEDY)
    return cue


def render(description: CueInfo | Mapping[str, Any]) -> bytes:
    """The picture of a cue as a PNG with straight alpha.

    Raises:
        BadInput: as `cue_from`.
    """
    return sprite_png(cue_from(description))


def _info(cue: Cue) -> CueInfo:
    rows, columns = extent(cue.lines, cue.style, cue.language, align=cue.align)
    drawing = Drawing(lines=cue.lines, style=cue.style, language=cue.language, align=cue.align)
    return CueInfo(
        key=cue.key, first=cue.first, end=cue.end, x=cue.x, y=cue.y, width=columns, height=rows, drawing=drawing
    )


def _parsed(description: Mapping[str, Any]) -> CueInfo:
    try:
        return CueInfo.model_validate(description)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()]
        raise BadInput(f"That describes no cue: {'; '.join(faults[:4])}.", REMEDY) from error
