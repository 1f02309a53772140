"""WebVTT and SubRip files are valid, whole and timed."""

import re

from infra.media.subtitles import Spoken, srt, webvtt
from infra.media.timing import Word

STAMP = r"\d\d:[0-5]\d:[0-5]\d\.\d{3}"
BEES = Spoken(
    61.2,
    63.0,
    "Bees see <colours> & more.",
    tuple(Word(w, 61.2 + 0.3 * k, 61.5 + 0.3 * k) for k, w in enumerate(["bees", "see", "colours", "more"])),
)
LONG = Spoken(3599.5, 3610.0, "They dance to tell the others where the best nectar is to be found. " * 3)


def test_webvtt_carries_the_time_of_every_word():
    text = webvtt([BEES], language="en")
    assert text.splitlines() == [
        "WEBVTT",
        "",
        "1",
        "00:01:01.200 --> 00:01:03.000",
        "Bees <00:01:01.500>see <00:01:01.800>&lt;colours&gt; &amp; <00:01:02.100>more.",
    ]


def test_webvtt_is_valid_by_the_grammar():
    blocks = webvtt([BEES, LONG], language="en", title="Bees --> home\nagain").rstrip("\n").split("\n\n")
    assert re.fullmatch(r"WEBVTT [^\n]*", blocks[0])
    assert "-->" not in blocks[0]
    last = ""
    for number, block in enumerate(blocks[1:], 1):
        name, times, *lines = block.split("\n")
        assert name == str(number)
        assert 1 <= len(lines) <= 2
        start, end = re.fullmatch(rf"({STAMP}) --> ({STAMP})", times).groups()
        inside = re.findall(rf"<({STAMP})>", "\n".join(lines))
        assert [start, *inside, end] == sorted({start, *inside, end})
        assert start >= last
        assert all(re.fullmatch(rf"(?:[^<>&]|&(?:amp|lt|gt);|<{STAMP}>)+", line) for line in lines)
        last = start


def test_no_word_is_lost_and_lines_are_short():
    plain = srt([LONG], language="en")
    lines = [line for block in plain.strip().split("\n\n") for line in block.split("\n")[2:]]
    assert " ".join(lines).split() == LONG.text.split()
    assert max(len(line) for line in lines) <= 42


def test_srt_counts_on_and_uses_commas():
    blocks = srt([BEES, LONG], language="en").strip().split("\n\n")
    assert [block.split("\n")[0] for block in blocks] == [str(k) for k in range(1, len(blocks) + 1)]
    assert blocks[0].split("\n")[1] == "00:01:01,200 --> 00:01:03,000"
    assert blocks[0].split("\n")[2] == "Bees see <colours> & more."


def test_chinese_lines_hold_eighteen_characters_and_break_at_punctuation():
    text = "蜜蜂如何找到花朵？它们看见我们看不见的颜色，用舞蹈告诉同伴花蜜在哪里。"
    words = tuple(Word(c, 0.1 * k, 0.1 * k + 0.1) for k, c in enumerate(c for c in text if c not in "？，。"))
    blocks = srt([Spoken(0, 4, text, words)], language="zh").strip().split("\n\n")
    lines = [line for block in blocks for line in block.split("\n")[2:]]
    assert "".join(lines) == text
    assert max(map(len, lines)) <= 18
    assert all(line[-1] in "？，。" for line in lines)


def test_a_silent_or_empty_caption_is_left_out():
    assert webvtt([Spoken(0, 1, "  ")], language="en") == "WEBVTT\n"
