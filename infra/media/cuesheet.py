"""The pictures of a shot's captions on one sheet: what a preview needs to show them as the renderer does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from infra.errors import BadInput
from infra.media.captions import MADE_BY, Caption, Cue, layout, straight
from infra.media.lettering import extent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infra.engines import Pixels

LARGEST = 4096
"""Most pixels along a side of a sheet: what every browser, also on a phone, takes as one picture."""
IDENTITY = f"cuesheet-1+{MADE_BY}"


@dataclass(frozen=True)
class Placed:
    """Frames [first, end) show *width* x *height* pixels of the sheet with their upper left corner at (*x*, *y*)."""

    first: int
    end: int
    x: int
    y: int
    width: int
    height: int
    sheet_x: int
    sheet_y: int


def cue_sheet(
    caption: Caption, *, width: int, height: int, fps: int, frames: int
) -> tuple[Pixels | None, tuple[Placed, ...]]:
    """The sheet (h, w, 4) with straight alpha, None where nothing is shown, and the cues that `shots` blends, in order.

    Cues that look the same share their place.

    Raises:
        BadInput: the pictures do not fit on one sheet.
        UnknownName: the caption's style does not exist.
        ModelMissing: the text needs the CJK face, which is not on this machine.
    """
    if not caption.text.strip():
        return None, ()
    cues = layout(caption, width=width, height=height, fps=fps, frames=frames)
    looks = {cue.key: cue for cue in cues}
    sizes = {key: extent(cue.lines, cue.style, cue.language, align=cue.align) for key, cue in looks.items()}
    places, (rows, columns) = _shelved(sizes)
    sheet = np.zeros((rows, columns, 4), np.uint8)
    for key, cue in looks.items():
        (top, left), (high, wide) = places[key], sizes[key]
        sheet[top : top + high, left : left + wide] = np.asarray(straight(cue))
    return (sheet if cues else None), tuple(_placed(cue, sizes[cue.key], places[cue.key]) for cue in cues)


def _shelved(sizes: dict[str, tuple[int, int]]) -> tuple[dict[str, tuple[int, int]], tuple[int, int]]:
    """Rows and columns at which pictures of those rows and columns lie, the tallest first, and what they take."""
    places: dict[str, tuple[int, int]] = {}
    top = left = shelf = widest = 0
    for key in _tallest_first(sizes):
        high, wide = sizes[key]
        if left and left + wide > LARGEST:
            top, left, shelf = top + shelf, 0, 0
        places[key] = (top, left)
        left, shelf = left + wide, max(shelf, high)
        widest = max(widest, left)
    if max(top + shelf, widest) > LARGEST:
        raise BadInput(
            f"The {len(sizes)} pictures of this caption take {widest} x {top + shelf} pixels, more than the preview "
            f"can hold.",
            "Say it in two shots; the film itself shows the whole caption.",
        )
    return places, (top + shelf, widest)


def _tallest_first(sizes: dict[str, tuple[int, int]]) -> Iterable[str]:
    return sorted(sizes, key=lambda key: sizes[key], reverse=True)


def _placed(cue: Cue, size: tuple[int, int], place: tuple[int, int]) -> Placed:
    return Placed(cue.first, cue.end, cue.x, cue.y, size[1], size[0], place[1], place[0])
