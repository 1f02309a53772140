"""Captions: the right word lights up at the right time, nothing is lost, lines break well, every script is drawn."""

import io
from itertools import groupby, pairwise

import numpy as np
import pytest
from PIL import Image

from infra.media import fonts
from infra.media.captions import Caption, draw, layout, missing_glyphs, sprite_png
from infra.media.lettering import Line, Style, measure, paint, right_to_left
from infra.media.pages import paginate
from infra.media.planes import blank, to_rgb
from infra.media.sprites import blend, sprite
from infra.media.timing import Word, spans

SIZES = [(1920, 1080), (1080, 1920), (1080, 1080)]
LONG = (
    "Honeybees find flowers with their eyes, their antennae and a remarkable sense of direction: "
    "they dance to tell the others where the best nectar is, and in the evening they all come home."
)


def spoken(texts, each=0.3, start=0.2):
    return tuple(Word(text, start + each * k, start + each * (k + 1)) for k, text in enumerate(texts))


def lit(cue):
    """The highlighted text of a cue."""
    return "".join(line.text[slice(*line.mark)] for line in cue.lines)


def shown(cues):
    """The pages of the cues, each as its lines."""
    return [page for page, _ in groupby(tuple(line.text for line in cue.lines) for cue in cues)]


def test_each_word_lights_up_while_it_is_spoken():
    words = spoken(["bees", "see", "colours"])
    cues = layout(Caption("Bees see colours.", words), width=640, height=360, fps=30, frames=60)
    at = {frame: lit(cue) for cue in cues for frame in range(cue.first, cue.end)}
    assert at[6] == "Bees"
    assert at[14] == "Bees"
    assert at[15] == "see"
    assert at[24] == "colours."
    assert at[32] == "colours."
    assert at[2] == ""
    assert 0 not in at


def test_cues_do_not_overlap_and_stay_within_the_shot():
    cues = layout(Caption(LONG, spoken(LONG.split(), 0.2)), width=1080, height=1080, fps=25, frames=160)
    assert all(a.end <= b.first for a, b in pairwise(cues))
    assert cues[-1].end <= 160
    assert all(cue.first < cue.end for cue in cues)


def test_words_that_spell_the_caption_give_their_exact_times():
    found = spans("你好，“世界”！", (Word("你好", 0.1, 0.5), Word("世界", 0.6, 1.0)), 2)
    assert [("你好，“世界”！"[s.start : s.end], s.start_s, s.end_s) for s in found] == [
        ("你好，", 0.1, 0.5),
        ("“世界”！", 0.6, 1.0),
    ]


def test_words_spoken_otherwise_keep_the_times_of_those_that_agree():
    words = (
        Word("it", 0.0, 0.2),
        Word("has", 0.2, 0.4),
        Word("twenty", 0.4, 0.7),
        Word("four", 0.7, 1.0),
        Word("legs", 1.0, 1.4),
    )
    found = spans("It has 24 legs.", words, 2)
    assert [round(s.start_s, 2) for s in found] == [0.0, 0.2, 0.4, 1.0]
    assert found[-1].end_s == pytest.approx(1.4)


def test_words_of_another_text_fall_back_to_proportion():
    found = spans("aaaa bb cc", (Word("xyz", 1.0, 2.0),), 5)
    assert [(round(s.start_s, 3), round(s.end_s, 3)) for s in found] == [(1.0, 1.5), (1.5, 1.75), (1.75, 2.0)]


def test_a_caption_without_words_takes_the_whole_time():
    assert [(s.start_s, s.end_s) for s in spans("ab cd", (), 4)] == [(0, 2), (2, 4)]
    assert spans("… 🐝 !", (), 4) == ()
    assert layout(Caption("🐝"), width=640, height=360, fps=30, frames=30)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "text", ["Bees.", LONG, LONG * 3, "Donaudampfschifffahrtsgesellschaftskapitänsmützenhaken" * 2 + "griff"]
)
def test_no_character_is_lost_and_lines_fit_the_safe_area(size, text):
    width, height = size
    cues = layout(Caption(text), width=width, height=height, fps=30, frames=300)
    pages = shown(cues)
    assert "".join("".join(page) for page in pages).replace(" ", "") == text.replace(" ", "")
    assert all(len(page) <= 2 for page in pages)
    assert all(measure(line, cues[0].style, "en") <= 0.85 * width for page in pages for line in page)
    for cue in cues:
        patch = draw(cue)
        high, wide = patch.keep[0].shape
        assert patch.x >= 0
        assert patch.x + wide <= width
        assert 0.3 * height < patch.y
        assert patch.y + high <= 0.95 * height
        assert patch.x % 2 == patch.y % 2 == high % 2 == wide % 2 == 0


def test_lines_are_balanced_without_a_widow():
    (page,) = paginate("The quick brown fox jumps over the lazy dog today", [], len, 40)
    lengths = [end - start for start, end in page]
    assert len(lengths) == 2
    assert max(lengths) - min(lengths) <= 6


def test_chinese_breaks_between_words_and_never_before_punctuation():
    text = "蜜蜂用舞蹈告诉同伴花蜜在哪里，春天的花园里到处都是颜色。"
    cues = layout(Caption(text, language="zh"), width=320, height=568, fps=30, frames=120) if has_cjk() else ()
    for page in shown(cues):
        assert all(line[0] not in "，。的" for line in page)
    pages = paginate(text, [(0, 2), (3, 5), (5, 7), (7, 9)], len, 8)
    assert all(text[start] not in "，。的" and start not in {1, 4, 6, 8} for page in pages for start, _ in page)


def has_cjk():
    from infra.catalogue import locate
    from infra.errors import FlywheelError

    try:
        return (locate(fonts.CJK_MODEL) / fonts.CJK_FILE).is_file()
    except FlywheelError:
        return False


def test_the_highlight_does_not_move_the_text():
    style = Style(48, outline=4, shadow=3)
    plain = paint([Line("Bees see AVATAR")], style, "en")
    for mark in ((0, 4), (5, 8), (9, 15)):
        marked = paint([Line("Bees see AVATAR", mark)], style, "en")
        assert np.array_equal(plain[..., 3], marked[..., 3])
        assert not np.array_equal(plain, marked)


def test_arabic_reads_from_the_right_and_joins():
    style = Style(48)
    assert right_to_left("النحل bees")
    assert not right_to_left("bees النحل")
    word, letters = measure("النحل", style, "ar"), sum(measure(c, style, "ar") for c in "النحل")
    assert word < 0.95 * letters
    ink = paint([Line("النحل يرى", (0, 5))], style, "ar").astype(int)
    yellow = (ink[..., 3] > 200) & (ink[..., 2] < 100)
    assert np.nonzero(yellow.any(0))[0].mean() > ink.shape[1] / 2


def test_emoji_are_drawn_in_colour():
    ink = paint([Line("🐝")], Style(64), "en").astype(int)
    solid = ink[ink[..., 3] > 250]
    assert (solid.max(1) - solid.min(1)).max() > 100


def test_missing_characters_are_named():
    assert missing_glyphs("Bees 🐝 النحل שלום ☀️ 👩‍🚀") == ()


@pytest.mark.models
def test_chinese_is_drawn_bold_from_its_own_face():
    assert missing_glyphs("蜜蜂“找到”花朵……★①한국어かな", "zh") == ()
    assert missing_glyphs("Bees \u0b95") == ("\u0b95",)
    cues = layout(Caption("蜜蜂如何“找到”花朵？", language="zh"), width=640, height=360, fps=30, frames=60)
    assert "".join(line.text for line in cues[0].lines) == "蜜蜂如何“找到”花朵？"
    assert measure("“", Style(40), "zh") == pytest.approx(40, abs=1)
    assert measure("“", Style(40), "en") < 25
    assert (paint([Line("蜜")], Style(40), "zh")[..., 3] > 128).mean() > 0.12


def test_a_sprite_covers_only_its_box_and_keeps_its_colour():
    pixels = np.zeros((40, 60, 4), np.uint8)
    pixels[10:30, 10:50] = (255, 214, 10, 255)
    frame = blank(200, 100)
    for plane in frame:
        plane[:] = 128
    blend(frame, sprite(pixels, 20, 30))
    rgb = to_rgb(frame).astype(int)
    assert np.abs(rgb[45:55, 35:65] - (255, 214, 10)).max() <= 3
    assert (frame[0][:30] == 128).all()
    assert (frame[0][:, :20] == 128).all()
    assert (frame[1][:15] == 128).all()


def test_the_png_of_a_cue_is_what_is_blended():
    (cue, *_) = layout(Caption("Bees", spoken(["bees"])), width=640, height=360, fps=30, frames=60)
    image = Image.open(io.BytesIO(sprite_png(cue)))
    assert image.mode == "RGBA"
    assert image.size[::-1] == draw(cue).keep[0].shape
