"""The sheet of a shot's captions holds, pixel by pixel, what the renderer blends."""

import io

import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput
from infra.media.captions import Caption, layout, sprite_png
from infra.media.cuesheet import LARGEST, cue_sheet
from infra.media.styles import styles
from infra.media.timing import Word

FRAME = {"width": 854, "height": 480, "fps": 30, "frames": 150}


def caption(text, style="clean", language="en"):
    words = tuple(Word(word, 0.3 + k * 0.3, 0.55 + k * 0.3) for k, word in enumerate(text.split()))
    return Caption(text, words, language, style)


@pytest.mark.parametrize("style", sorted(styles().style))
def test_each_cue_is_on_the_sheet_as_it_is_drawn(style):
    said = caption("Bees 🐝 see colours that we cannot see.", style)
    sheet, placed = cue_sheet(said, **FRAME)
    cues = layout(said, **FRAME)
    assert len(placed) == len(cues) > 5
    for cue, place in zip(cues, placed, strict=True):
        assert (place.first, place.end, place.x, place.y) == (cue.first, cue.end, cue.x, cue.y)
        rows = slice(place.sheet_y, place.sheet_y + place.height)
        part = sheet[rows, place.sheet_x : place.sheet_x + place.width]
        assert np.array_equal(part, np.asarray(Image.open(io.BytesIO(sprite_png(cue)))))


def test_pictures_do_not_overlap_and_alike_ones_are_there_once():
    _, placed = cue_sheet(caption("Bees see bees."), **FRAME)
    boxes = {(place.sheet_x, place.sheet_y, place.width, place.height) for place in placed}
    assert len(boxes) < len(placed)
    taken = np.zeros((LARGEST, LARGEST), np.uint8)
    for x, y, width, height in boxes:
        taken[y : y + height, x : x + width] += 1
    assert taken.max() == 1


def test_nothing_said_has_no_sheet():
    assert cue_sheet(Caption("  "), **FRAME) == (None, ())


def test_a_caption_too_long_for_a_sheet_is_refused():
    said = caption("Honeybees dance " * 37, "children")
    with pytest.raises(BadInput, match="more than the preview can hold"):
        cue_sheet(said, width=3840, height=2160, fps=30, frames=900)
