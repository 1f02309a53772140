"""Where captions break: nothing is lost, nothing is too wide, and no line ends or begins badly."""

import unicodedata
from itertools import pairwise

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infra.media.atoms import GRAPHEME, WORDS_OF_THEIR_OWN, atoms_of, chinese_words
from infra.media.pages import paginate

ALPHABET = "abcDE é .,!?—“”（）《》%5 10km 的了吗呢吧着蜜蜂花园年，。？！…🐝👨‍👩‍👧‍👦न्دن שלום ผึ้ง·ー\u200d"
TEXTS = st.one_of(
    st.text(alphabet=ALPHABET, max_size=60),
    st.lists(st.sampled_from(ALPHABET.split(" ")), max_size=30).map(" ".join),
    st.text(max_size=30),
).map(lambda text: " ".join(text.split()))

CHINESE = [*"的了吗呢吧，。？！", "蜜蜂", "花园", "我们", "去过", "看见", "“花”", "（蜜）", "地球", "2026年"]
NUMBERED = ["bees", "fly", "over", "gardens", "then", "back", "Dr.", "Smith", "5", "40", "100", "2026"]
NUMBERED += ["km", "min", "%", "3.5 million"]
WORDS = ["bee", "flower", "garden", "direction", "remarkable", "a", "the", "of", "sense", "honey"]


def columns(text):
    """A stand-in for the width of text: wide characters take two."""
    return float(sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text))


def broken(text, limit, **kind):
    pages = paginate(text, chinese_words(text), columns, limit, **kind)
    return [[text[start:end] for start, end in page] for page in pages]


def lines_of(text, limit, **kind):
    return [line for page in broken(text, limit, **kind) for line in page]


@settings(max_examples=120, deadline=None)
@given(TEXTS, st.integers(4, 40), st.sampled_from([4, float("inf")]))
@example("Donaudampfschifffahrt", 5, 4)
@example("5 km", 4, 4)
@example("！！！！！！！！", 4, float("inf"))
def test_nothing_is_lost_and_nothing_is_too_wide(text, limit, most):
    pages = paginate(text, chinese_words(text), columns, limit, most_words=most)
    ranges = [line for page in pages for line in page]
    assert all(1 <= len(page) <= 2 for page in pages)
    assert all(a[1] <= b[0] and not text[a[1] : b[0]].strip() for a, b in pairwise(ranges))
    assert "".join(text[a:b] for a, b in ranges).replace(" ", "") == text.replace(" ", "")
    for start, end in ranges:
        line = text[start:end]
        assert line == line.strip()
        assert columns(line) <= limit or len(GRAPHEME.findall(line)) == 1
    assert pages == paginate(text, chinese_words(text), columns, limit, most_words=most)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.sampled_from(CHINESE),
        min_size=3,
        max_size=30,
    )
)
def test_no_chinese_line_begins_with_a_particle_or_a_closing_mark(parts):
    text = "".join(parts)
    lines = lines_of(text, 24)
    longest = max((atom.end - atom.start for atom in atoms_of(text, chinese_words(text), columns, 1e9)), default=0)
    if longest > 12:  # a row of marks wider than a line must be torn somewhere
        return
    for line in lines[1:]:
        assert line[0] not in "，。？！”）》、："
        assert line[0] not in "的了吗呢吧" or line.startswith(WORDS_OF_THEIR_OWN)
    assert all(line[-1] not in "“（《" for line in lines)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.sampled_from(NUMBERED),
        min_size=6,
        max_size=25,
    )
)
def test_numbers_keep_their_units_and_titles_their_names(words):
    text = " ".join(words)
    ends = [(a.rsplit(" ", 1)[-1], b.split(" ", 1)[0]) for a, b in pairwise(lines_of(text, 30))]
    for last, first in ends:
        assert not (regex.fullmatch(r"[\d.]+", last) and first in {"km", "min", "%", "million"})
        assert last != "Dr."


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("我们在2026年种了100棵树，走了5公里，花了3.5亿元。", ["2026年", "100棵", "5公里", "3.5亿"]),
        ("距离是 5 公里，温度是 30 ℃，比例是 50 %。", ["5 公里", "30 ℃", "50 %"]),
        ("第3章讲了王小明和蜜蜂，第 12 章讲了列奥纳多·达·芬奇。", ["第3章", "王小明", "列奥纳多·达·芬奇", "第 12 章"]),
        ("他用iPhone拍了蜜蜂的舞蹈，然后发到了YouTube上。", ["iPhone", "蜜蜂", "舞蹈", "YouTube"]),
    ],
)
@pytest.mark.parametrize("limit", [18, 20, 24, 30])
def test_what_belongs_together_stays_on_one_line(text, whole, limit):
    lines = lines_of(text, limit)
    for piece in whole:
        assert any(piece in line for line in lines), lines


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.sampled_from(WORDS),
        min_size=4,
        max_size=20,
    )
)
def test_no_short_word_is_left_alone_on_a_last_line(words):
    for lines in broken(" ".join(words), 34):
        if len(lines) == 2 and " " not in lines[1] and lines[0].count(" ") > 1 and len(lines[1]) < 10:
            above = lines[0].rsplit(" ", 1)[1]
            assert len(f"{above} {lines[1]}") > 34


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=8, max_size=40))
def test_no_short_word_is_left_alone_on_a_last_page(words):
    last = broken(" ".join(words), 34)[-1]
    assert len(last) == 2 or " " in last[0] or len(last[0]) > 9


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("The quick brown fox jumps", 2),
        ("Bees see colours that we cannot see", 2),
        ("One two three four five six seven", 2),
    ],
)
def test_short_pages_have_two_to_four_words(text, pages):
    found = broken(text, 100, most_words=4)
    assert len(found) >= pages
    assert all(2 <= len(" ".join(page).split()) <= 4 for page in found)


def test_an_emoji_stays_with_the_word_before_it():
    lines = lines_of("The bees fly over flowers 🌸 and trees 🌳 and hives 🐝 at night", 16)
    assert all(line[0] not in "🌸🌳🐝" for line in lines)


def test_an_abbreviation_ends_no_sentence():
    assert lines_of("Today we met Dr. Smith and J. R. Tolkien at home", 26)[0].startswith("Today we met")
    assert not any(
        line.endswith(("Dr.", "J.", "R.")) for line in lines_of("We met Dr. Smith and J. R. Tolkien at home", 22)
    )


def test_thai_breaks_between_the_words_heard():
    words = ["ผึ้ง", "น้ำหวาน", "พบ", "ดอกไม้", "ใน", "สวน"]
    text, ranges, at = "".join(words), [], 0
    for word in words:
        ranges.append((at, at + len(word)))
        at += len(word)
    edges = {place for word in ranges for place in word}
    pages = paginate(text, ranges, lambda piece: float(len(piece)), 12)
    assert {place for page in pages for line in page for place in line} <= edges
    torn = paginate(text, [], lambda piece: float(len(piece)), 12)
    assert all(text[end - 1] not in "เแโใไ" for page in torn for _, end in page)
