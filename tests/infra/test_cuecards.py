"""A cue as data gives the very picture the renderer lays onto frames."""

import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput
from infra.media.captions import Caption, draw, layout
from infra.media.cuecards import CueInfo, cue_from, describe, render
from infra.media.planes import BT709
from infra.media.sprites import blend
from infra.media.styles import styles
from infra.media.timing import Word

WORDS = tuple(Word(word, 0.3 * k + 0.2, 0.3 * k + 0.5) for k, word in enumerate(["bees", "see", "colours"]))
FRAME = {"width": 320, "height": 180, "fps": 30, "frames": 60}
STYLES = sorted(styles().style)


def caption(style, text="Bees 🐝 see colours."):
    return Caption(text, WORDS, style=style)


def described(style="clean", **changes):
    return [
        json.loads(json.dumps(info.model_dump(mode="json"))) for info in describe(caption(style), **FRAME | changes)
    ]


@pytest.mark.parametrize("style", STYLES)
def test_descriptions_are_json_and_come_back_whole(style):
    cues = layout(caption(style), **FRAME)
    assert [cue_from(data) for data in described(style)] == list(cues)
    assert [CueInfo.model_validate(data) for data in described(style)] == list(describe(caption(style), **FRAME))
    for data, cue in zip(described(style), cues, strict=True):
        rows, columns = draw(cue).keep[0].shape
        assert (data["x"], data["y"], data["width"], data["height"]) == (cue.x, cue.y, columns, rows)


def to_planes(rgb):
    """RGB as limited-range BT.709 4:2:0 in floats, chroma sited left as H.264 has it."""
    yuv = cv2.transform(rgb.astype(np.float32), BT709)
    chroma = [
        cv2.sepFilter2D(yuv[..., k], -1, np.array([0.25, 0.5, 0.25]), np.array([1.0]), borderType=cv2.BORDER_REPLICATE)
        for k in (1, 2)
    ]
    luma = yuv[..., 0] * (219 / 255) + 16
    return [luma, *((c[::2, ::2] + c[1::2, ::2]) / 2 * (224 / 255) + 128 for c in chroma)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("ground", ["grey", "slope"])
def test_the_picture_laid_over_a_frame_is_what_the_renderer_blends(style, ground):
    across, down = np.meshgrid(np.arange(320), np.arange(180))
    rgb = (
        np.dstack([across * 0.4 + 60, down * 0.6 + 50, 190 - across * 0.3])
        if ground == "slope"
        else np.full((180, 320, 3), 118.0)
    )
    rgb = rgb.astype(np.uint8)
    for info in describe(caption(style), **FRAME)[:4]:
        picture = Image.open(io.BytesIO(render(info)))
        assert picture.mode == "RGBA"
        assert picture.size == (info.width, info.height)
        shown = Image.fromarray(rgb).convert("RGBA")
        shown.alpha_composite(picture, (info.x, info.y))
        expected = to_planes(np.asarray(shown.convert("RGB")))
        frame = tuple(np.ascontiguousarray(np.rint(plane), np.uint8) for plane in to_planes(rgb))
        blend(frame, draw(cue_from(info)))
        for wanted, got in zip(expected, frame, strict=True):
            assert np.abs(wanted - got).max() <= 2


def test_a_key_is_that_of_the_picture():
    first = described()
    again = described(fps=25)
    pictures = {data["key"]: render(data) for data in first}
    assert {data["key"] for data in again} == set(pictures)
    assert len(set(pictures.values())) == len(pictures) == 4
    assert all(render(data) == pictures[data["key"]] for data in again)
    others = [described("bold"), described(width=480, height=270), described(width=180, height=320)]
    assert all(not {data["key"] for data in other} & set(pictures) for other in others)


def test_the_language_is_part_of_the_key():
    keys = [describe(Caption("Bees", language=language), **FRAME)[0].key for language in ("en", "sr")]
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data | {"key": "0" * 64},
        lambda data: data | {"key": "../etc"},
        lambda data: data | {"more": 1},
        lambda data: data | {"drawing": data["drawing"] | {"align": 0.2}},
        lambda data: data | {"drawing": data["drawing"] | {"style": data["drawing"]["style"] | {"colour": "red"}}},
        lambda data: data | {"drawing": data["drawing"] | {"style": data["drawing"]["style"] | {"size": 900.0}}},
        lambda data: {},
    ],
)
def test_what_describes_no_cue_is_refused(spoil):
    with pytest.raises(BadInput):
        render(spoil(described()[0]))


def test_a_caption_too_large_to_draw_is_refused():
    data = described()[0]
    drawing = data["drawing"] | {"lines": [data["drawing"]["lines"][0] | {"text": "bees " * 400}]}
    drawing["style"] = drawing["style"] | {"size": 400.0}
    with pytest.raises(BadInput, match="too large"):
        render(data | {"drawing": drawing})
