"""The styles: their data is checked, every picture lies in the safe area, the spoken word is shown where it is."""

import re
from dataclasses import replace
from functools import lru_cache
from itertools import product

import numpy as np
import pytest

from infra.errors import BadInput, UnknownName
from infra.media import captions, fonts, styles
from infra.media.captions import Caption, draw, layout
from infra.media.lettering import Line, Mark, Panel, Style, paint, word_columns
from infra.media.shots import ShotSpec, Still
from infra.media.timing import Word
from tasks.schema import CaptionStyle

STYLES = sorted(styles.styles().style)
SIZES = [(320, 180), (180, 320), (200, 200), (1920, 1080), (1080, 1920), (16, 16), (400, 40)]
LONG = ("Honeybees find flowers with their eyes, and 300 of them flew 5 km to " * 9)[:600]
TEXTS = {
    "one": ("Bees.", "en"),
    "long": (LONG, "en"),
    "unbroken": ("Donaudampfschifffahrtsgesellschaft" * 3, "de"),
    "arabic": ("النحل يرى ألوان الزهور ويعود إلى البيت في المساء.", "ar"),
    "hebrew": ("הדבורים רואות 300 צבעים ורוקדות.", "he"),
    "thai": ("ผึ้งน้ำหวานพบดอกไม้ได้อย่างไรในสวนที่เต็มไปด้วยสีสัน", "th"),
    "hindi": ("मधुमक्खियाँ अपनी आँखों से फूल ढूँढती हैं।", "hi"),
    "emoji": ("Bees 🐝 love 🌸 and 👨‍👩‍👧‍👦 wave 👋🏽 from 🇫🇷 in 3️⃣ days", "en"),
    "wide sign": ("﷽ bees", "en"),
    "stacked": ("Z̸̡̢͎̳̣̈́̾̈́a͐ bees", "en"),
}
CHINESE = {"chinese": ("蜜蜂用舞蹈告诉同伴，花蜜就在2026年新开的花园里。" * 20, "zh")}


def timed(text, each=0.25):
    return tuple(Word(word, 0.1 + each * k, 0.1 + each * (k + 1)) for k, word in enumerate(text.split()))


def test_the_styles_of_a_brief_are_those_of_the_file():
    assert set(STYLES) == set(CaptionStyle.__args__)


def test_an_unknown_style_is_named_with_near_ones():
    for call in (
        lambda: captions.identity("documentry"),
        lambda: layout(Caption("Bees", style="documentry"), width=320, height=180, fps=30, frames=9),
    ):
        with pytest.raises(UnknownName, match="documentary"):
            call()


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('colour = "#ffffff"', 'colour = "white"', "style.clean.colour"),
        ("weight = 700", "", "style.clean.weight"),
        ("weight = 700", "weight = 1000", "style.clean.weight"),
        ("outline = 0.075", "outlin = 0.075", "style.clean.outlin"),
        ('highlight = ["#ffd60a"]', "highlight = []", "style.clean.highlight"),
        ("left = 0.05", "left = 0.9", "safe.wide"),
        ("[style.clean]", "[style.clean", "not TOML"),
    ],
)
def test_a_fault_in_the_data_is_named(old, new, named):
    text = styles.FILE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(BadInput, match=re.escape(named)):
        styles.parse(text.replace(old, new, 1))


def test_a_shot_depends_on_its_own_style_only(monkeypatch):
    spec = ShotSpec(width=320, height=180, fps=30, frames=20, still=Still("0" * 64, "push", 20))

    def keys():
        return {name: replace(spec, caption=Caption("Bees", style=name)).key for name in STYLES}

    before, plain = keys(), spec.key
    assert len({*before.values(), plain}) == len(STYLES) + 1
    edited = styles.parse(styles.FILE.read_text(encoding="utf-8").replace("#e11d48", "#1d48e1"))
    monkeypatch.setattr(styles, "styles", lambda: edited)
    assert {name for name, key in keys().items() if key != before[name]} == {"bold"}
    assert spec.key == plain
    moved = styles.parse(styles.FILE.read_text(encoding="utf-8").replace("bottom = 0.80", "bottom = 0.79"))
    monkeypatch.setattr(styles, "styles", lambda: moved)
    assert all(key != before[name] for name, key in keys().items())


def assert_safe(text, language, style, width, height):
    area = styles.safe_area(width, height)
    words = timed(text)
    cues = layout(Caption(text, words, language, style), width=width, height=height, fps=25, frames=25 * 40)
    assert cues
    for lines, cue in {tuple(line.text for line in cue.lines): cue for cue in cues}.items():
        patch = draw(cue)
        rows, columns = patch.keep[0].shape
        assert (patch.x % 2, patch.y % 2, rows % 2, columns % 2) == (0, 0, 0, 0)
        assert min(patch.x, patch.y) >= 0, lines
        assert patch.x + columns <= width, lines
        assert patch.y + rows <= height, lines
        if min(width, height) > 100:
            assert area.left * width <= patch.x, lines
            assert patch.x + columns <= area.right * width, lines
            assert area.top * height <= patch.y, lines
            assert patch.y + rows <= area.bottom * height, lines


@pytest.mark.parametrize(("style", "size"), [*product(STYLES, SIZES)])
def test_every_picture_lies_in_the_safe_area(style, size):
    for text, language in TEXTS.values():
        assert_safe(text, language, style, *size)


@pytest.mark.models
@pytest.mark.parametrize(("style", "size"), [*product(STYLES, SIZES)])
def test_chinese_lies_in_the_safe_area(style, size):
    for text, language in CHINESE.values():
        assert_safe(text, language, style, *size)


def test_safe_areas_leave_room_for_what_plays_the_film():
    safe = styles.styles().safe
    for area in (safe.wide, safe.square, safe.tall):
        assert min(area.left, area.top, 1 - area.right, 1 - area.bottom) >= 0.05
    assert safe.tall.bottom <= 0.80


def boxed(**changes):
    return Style(40, mark=Mark("box", "#ff0000", 4, 5), **changes)


def columns_of(ink, colour):
    near = np.abs(ink[..., :3].astype(int) - colour).max(-1) < 40
    return np.flatnonzero((near & (ink[..., 3] > 200)).any(0))


@lru_cache
def column_of_each_word(text, language):
    """Middle of each word's ink, by painting it alone in green."""
    middles = []
    for word in re.finditer(r"\S+", text):
        ink = paint([Line(text, tints=((*word.span(), "#00ff00"),))], boxed(), language)
        middles.append(columns_of(ink, (0, 255, 0)).mean())
    return middles


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bees see all colours", "en"),
        ("النحل يرى كل الألوان", "ar"),
        ("הדבורים רואות הכול", "he"),
        ("النحل see 300 الألوان", "ar"),
        ("ผึ้ง เห็น สี", "th"),
        ("फूल ढूँढती हैं", "hi"),
    ],
)
def test_the_box_lies_behind_its_word(text, language):
    middles = column_of_each_word(text, language)
    spans = [word.span() for word in re.finditer(r"\S+", text)]
    for number, span in enumerate(spans):
        box = columns_of(paint([Line(text, span)], boxed(colour="#ffffff", highlight="#ffffff"), language), (255, 0, 0))
        assert box[0] < middles[number] < box[-1]
        assert not any(box[0] < middle < box[-1] for k, middle in enumerate(middles) if k != number)
    if language in {"ar", "he"}:
        assert middles[0] == max(middles)


@pytest.mark.parametrize(("text", "end", "side"), [("Bees,see", 4, 0), ("النحل،يرى", 5, -1)])
def test_a_box_is_tight_where_its_neighbour_touches_and_roomy_elsewhere(text, end, side):
    line = Line(text, (0, end))
    box = columns_of(paint([line], boxed(colour="#ffffff", highlight="#ffffff"), "en"), (255, 0, 0))
    ink = [edge + boxed().side for edge in word_columns(line, boxed(), "en")]
    room = [ink[0] - box[0], box[-1] + 1 - ink[1]]
    assert room[side] >= 4
    assert room[-1 - side] <= 2


def test_every_line_of_an_arabic_caption_runs_to_the_left():
    text = "النحل يرى ألوان الزهور ويعود إلى Paris و London في المساء ثم ينام"
    cues = layout(Caption(text, language="ar"), width=180, height=320, fps=30, frames=300)
    lines = {line.text: line.runs_left for cue in cues for line in cue.lines}
    assert len(lines) > 2
    assert all(lines.values())
    left, right = (paint([Line("Paris يعود", rtl=rtl, mark=(0, 5))], Style(40), "ar") for rtl in (False, True))
    assert columns_of(left, (255, 214, 10)).mean() < left.shape[1] / 2 < columns_of(right, (255, 214, 10)).mean()


@pytest.mark.models
def test_chinese_is_lit_word_by_word():
    words = tuple(Word(char, 0.2 * k, 0.2 * k + 0.2) for k, char in enumerate("蜜蜂看见颜色"))
    cues = layout(Caption("蜜蜂看见颜色。", words, "zh"), width=640, height=360, fps=30, frames=60)
    lit = [line.text[slice(*line.mark)] for cue in cues for line in cue.lines]
    assert [word for word in lit if word] == ["蜜蜂", "看见", "颜色。"]


@pytest.mark.models
def test_a_box_leaves_out_the_wide_marks_around_its_word():
    plain = columns_of(paint([Line("“蜜蜂”，看见", (1, 3))], boxed(), "zh"), (255, 0, 0))
    whole = columns_of(paint([Line("“蜜蜂”，看见", (0, 5))], boxed(), "zh"), (255, 0, 0))
    assert np.array_equal(plain, whole)
    assert 72 < np.ptp(plain) < 92
    assert columns_of(paint([Line("……", (0, 2))], boxed(), "zh"), (255, 0, 0)).size


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧‍👦", "🇫🇷", "👋🏽", "3️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏿‍🚀"])
@pytest.mark.parametrize("name", STYLES)
def test_an_emoji_is_one_coloured_glyph_in_every_style(emoji, name):
    style = styles.look(name).lettering(60)
    ink = paint([Line(emoji)], replace(style, panel=None, mark=None), "en").astype(int)
    alone = paint([Line("🐝")], replace(style, panel=None, mark=None), "en")
    assert abs(ink.shape[1] - alone.shape[1]) <= 16
    assert (ink[..., 3] > 250).sum() > 900
    left, right = word_columns(Line(f"a {emoji} b", (2, 2 + len(emoji))), style, "en")
    assert 50 < right - left < 90


@pytest.mark.parametrize(
    ("text", "span"), [("Bees see", (0, 4)), ("ไม้ สี", (0, 3)), ("النحل يرى", (6, 9)), ("ÅÇj ß", (0, 3))]
)
def test_a_box_hides_the_outline_of_its_word_and_of_no_other(text, span):
    style = boxed(colour="#ffffff", highlight="#ffffff", outline=4.0, outline_colour="#00ff00")
    ink = paint([Line(text, span)], style, "en").astype(int)
    green = (ink[..., 1] > 150) & (ink[..., 0] < 120) & (ink[..., 3] > 200)
    box = columns_of(ink, (255, 0, 0))
    assert not green[:, box[0] + 2 : box[-1] - 1].any()
    assert green.any()


def test_an_underline_lies_under_its_word():
    style = Style(40, mark=Mark("underline", "#ff0000", thickness=4))
    ink = paint([Line("Bees see", (5, 8))], style, "en")
    rows = np.flatnonzero((ink[..., 0] > 200) & (ink[..., 1] < 60)) // ink.shape[1]
    assert 3 <= np.ptp(rows) + 1 <= 5
    under = columns_of(ink, (255, 0, 0))
    assert under[0] > ink.shape[1] / 2
    assert columns_of(paint([Line("Bees see")], style, "en"), (255, 0, 0)).size == 0


@pytest.mark.parametrize(("text", "side"), [("Bees", 0), ("النحل", -1)])
def test_the_rule_stands_where_lines_begin(text, side):
    style = Style(40, panel=Panel("#00000080", 4, 20, 12, 5, "#ff0000"))
    ink = paint([Line(text)], style, "en")
    bar = columns_of(ink, (255, 0, 0))
    assert bar.size == 5
    assert abs(bar[side] - (style.margin if side == 0 else ink.shape[1] - style.margin - 1)) <= 1
    assert 120 <= ink[ink.shape[0] // 2, 12, 3] <= 136


def test_documentary_stands_at_the_side_where_reading_begins():
    def first(text, language):
        return layout(Caption(text, (), language, "documentary"), width=640, height=360, fps=30, frames=60)[0]

    latin, arabic = first("Bees see.", "en"), first("النحل يرى.", "ar")
    assert latin.x == 32
    assert arabic.x + draw(arabic).keep[0].shape[1] in {607, 608}


def test_children_words_stay_lit_each_in_its_own_colour():
    words = timed("Bees see colours", 0.4)
    cues = layout(Caption("Bees see colours", words, style="children"), width=640, height=360, fps=30, frames=60)
    lit = [tuple((start, end) for start, end, _ in cue.lines[0].tints) for cue in cues]
    assert lit[0] == ()
    assert ((0, 4), (5, 8)) in lit
    assert lit[-1] == ((0, 4), (5, 8), (9, 16))
    assert len({colour for *_, colour in cues[-1].lines[0].tints}) == 3


def test_bold_has_capitals_where_the_script_has_and_short_pages():
    text = "The bees' straße is 5 km long and пчёлы fly 3.5 million times."
    cues = layout(Caption(text, style="bold"), width=640, height=360, fps=30, frames=300)
    pages = list(dict.fromkeys(tuple(line.text for line in cue.lines) for cue in cues))
    shown = " ".join(line for page in pages for line in page)
    assert shown == "THE BEES' STRASSE IS 5 km LONG AND ПЧЁЛЫ FLY 3.5 MILLION TIMES."
    assert all(2 <= sum(len(line.split()) for line in page) <= 4 for page in pages)


def test_bold_lights_the_word_that_is_spoken():
    words = timed("Die Straße ist lang", 0.4)
    cues = layout(Caption("Die Straße ist lang", words, "de", "bold"), width=640, height=360, fps=30, frames=60)
    at = {frame: cue for cue in cues for frame in range(cue.first, cue.end)}
    assert "".join(line.text[slice(*line.mark)] for line in at[20].lines) == "STRASSE"


def test_a_word_longer_than_a_line_shrinks_before_it_is_torn():
    def first(text):
        return layout(Caption(text), width=180, height=320, fps=30, frames=60)[0]

    usual, long = first("Bees"), first("Donaudampfschifffahrtskapitän")
    assert 0.6 * usual.style.size <= long.style.size < usual.style.size
    assert [line.text for line in long.lines] == ["Donaudampfschifffahrtskapitän"]


@pytest.mark.parametrize("char", ["\ue000", "\U00013000", "\x07", "\x00", "\ud800", "\U000f0000"])
def test_a_character_without_a_glyph_is_refused(char, monkeypatch):
    monkeypatch.setattr(fonts, "CJK_INDEX", {"zh": 2})
    if char == "\U00013000":
        pytest.importorskip("skia")
        if not has_cjk():
            pytest.skip("the CJK face must be asked")
    with pytest.raises(BadInput, match=rf"U\+{ord(char):04X}.*Take these characters out") as raised:
        captions.check(f"Bees {char} see", "en")
    str(raised.value).encode()


def has_cjk():
    from infra.catalogue import locate
    from infra.errors import FlywheelError

    try:
        return (locate(fonts.CJK_MODEL) / fonts.CJK_FILE).is_file()
    except FlywheelError:
        return False


def test_what_can_be_drawn_is_let_through():
    for text, language in TEXTS.values():
        captions.check(text, language)
    captions.check("soft\u00adhyphen, zero\u200bwidth, mark\u200f, line\nbreak, tab\t", "en")


def test_a_refusal_names_eight_characters_at_most():
    many = "".join(chr(0xE000 + k) for k in range(20))
    with pytest.raises(BadInput, match=r"U\+E007 and 12 more"):
        captions.check(many)
