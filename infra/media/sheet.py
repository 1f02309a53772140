"""Stills from a finished film: the contact sheet, one numbered frame per shot, and the poster."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from infra.errors import BadInput
from infra.media.lettering import Line, Style, measure, paint
from infra.media.probe import frame_at, frames_at, probe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from infra.engines import Pixels

IDENTITY = "sheet-1"
PAPER, GAP = (22, 22, 26), 16
ELLIPSIS = "…"
LABEL = 2.9
"""Height of the two lines under a frame, in text sizes."""


@dataclass(frozen=True)
class Entry:
    """One picture of the sheet: the frame at *at_s*, for the shot that starts at *start_s*."""

    at_s: float
    start_s: float
    caption: str = ""


def contact_sheet(film: Path, entries: Sequence[Entry], *, language: str = "en", width: int = 1600) -> bytes:
    """A JPEG *width* pixels wide: a frame for each entry in reading order, with number, time and caption.

    Raises:
        BadInput: there are no entries, or *film* cannot be read.
    """
    if not entries:
        raise BadInput("A contact sheet needs at least one shot.", "Give the film's shots.")
    shape = probe(film)
    columns = _columns(len(entries), shape.width / shape.height)
    wide = (width - GAP * (columns + 1)) // columns
    high = round(wide * shape.height / shape.width)
    label = Style(max(13.0, min(width / 80, wide / 22)), colour="#d8d8de", highlight="#8a8a94")
    pitch = high + round(label.size * LABEL) + GAP
    sheet = np.full((GAP + -(-len(entries) // columns) * pitch, width, 3), PAPER, np.uint8)
    frames = frames_at(film, [entry.at_s for entry in entries], width=wide + 1)
    for index, (entry, frame) in enumerate(zip(entries, frames, strict=True)):
        x, y = GAP + index % columns * (wide + GAP), GAP + index // columns * pitch
        sheet[y : y + high, x : x + wide] = cv2.resize(frame, (wide, high), interpolation=cv2.INTER_AREA)
        _write(sheet, _label(index + 1, entry, label, language, wide), label, language, x, y + high)
    return _jpeg(sheet, 88)


def poster(film: Path, at_s: float) -> bytes:
    """The film's frame at *at_s* as a JPEG in full size."""
    return _jpeg(frame_at(film, at_s), 92)


def timecode(seconds: float) -> str:
    """Minutes, seconds and tenths: `1:05.4`."""
    tenths = int(seconds * 10 + 0.5)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def _columns(count: int, aspect: float) -> int:
    """As many columns as make the sheet about as wide as a page."""
    return max(1, min(count, round((count / aspect * 1.5) ** 0.5) or 1, 8))


def _label(number: int, entry: Entry, style: Style, language: str, width: int) -> list[Line]:
    head = f"{number}   {timecode(entry.start_s)}"
    mark = (len(str(number)), len(head))
    return [Line(head, mark), Line(_shortened(" ".join(entry.caption.split()), style, language, width))]


def _shortened(text: str, style: Style, language: str, width: int) -> str:
    """*text*, cut with an ellipsis where it is wider than *width* pixels."""
    room = width - 2 * style.margin
    if not text or measure(text, style, language) <= room:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        fits = measure(text[:middle].rstrip() + ELLIPSIS, style, language) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return text[:low].rstrip() + ELLIPSIS


def _write(sheet: Pixels, lines: list[Line], style: Style, language: str, x: int, y: int) -> None:
    """Lay *lines* onto *sheet* with their upper left corner at (x, y)."""
    text = paint(lines, style, language, align=0.0)
    box = sheet[y : y + text.shape[0], x : x + text.shape[1]]
    text = text[: box.shape[0], : box.shape[1]].astype(np.uint16)
    box[:] = np.minimum(255, box * (255 - text[..., 3:]) // 255 + text[..., :3])


def _jpeg(pixels: Pixels, quality: int) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "JPEG", quality=quality, subsampling=0, optimize=True)
    return target.getvalue()
