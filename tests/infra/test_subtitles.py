"""WebVTT and SubRip files are valid, whole and timed."""

import re

import pytest

from infra.errors import UnknownName
from infra.media import styles
from infra.media.subtitles import Spoken, srt, webvtt
from infra.media.timing import Word

PER_CENT = r"\d{1,2}%|100%"
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


def parsed(text):
    """Cues of a WebVTT file as (start_ms, end_ms, settings, plain lines, word times); strict."""
    head, *blocks = text.split("\n\n")
    assert re.fullmatch(r"WEBVTT(?: [^\n]*)?", head)
    assert "-->" not in head
    assert text.endswith("\n")
    return [cue_of(block.rstrip("\n"), number) for number, block in enumerate(blocks, 1)]


def cue_of(block, number):
    name, times, *lines = block.split("\n")
    assert name == str(number)
    assert lines
    start, end, settings = re.fullmatch(rf"({STAMP}) --> ({STAMP})((?: [a-z]+:[^ ]+)*)", times).groups()
    settings = dict(item.split(":", 1) for item in settings.split())
    for key, value in settings.items():
        assert re.fullmatch(
            {"align": "start|center", "line": PER_CENT, "position": PER_CENT, "size": PER_CENT}[key], value
        )
    plain, marks = [], []
    for line in lines:
        pieces = re.findall(rf"<({STAMP})>|&(amp|lt|gt|rlm);|([^<>&]+)", line)
        rebuilt = "".join(f"<{t}>" if t else f"&{e};" if e else w for t, e, w in pieces)
        assert rebuilt == line
        plain.append("".join({"amp": "&", "lt": "<", "gt": ">", "rlm": "\u200f"}.get(e, w) for _, e, w in pieces))
        marks += [milliseconds(t) for t, _, _ in pieces if t]
    return milliseconds(start), milliseconds(end), settings, plain, marks


def milliseconds(stamp):
    hours, minutes, rest = stamp.split(":")
    return (int(hours) * 60 + int(minutes)) * 60_000 + int(rest.replace(".", ""))


ARABIC = Spoken(0, 3, "النحل يرى ألوان الزهور، see?")
TRICKY = Spoken(0, 3, "a --> b <c>bold</c> &amp; <00:00:01.000> WEBVTT NOTE STYLE")


@pytest.mark.parametrize("frame", [None, (1920, 1080), (1080, 1920), (1080, 1080)])
@pytest.mark.parametrize("style", sorted(styles.styles().style))
def test_a_strict_parser_reads_back_every_word_and_time(frame, style):
    captions = [TRICKY, BEES, LONG, ARABIC]
    cues = parsed(webvtt(captions, language="en", title="Bees & <b>", frame=frame, style=style))
    words = " ".join(line.strip("\u200f") for cue in cues for line in cue[3]).split()
    assert words == [word for caption in captions for word in caption.text.split()]
    for start, end, _, lines, marks in cues:
        assert 1 <= len(lines) <= 2
        assert [start, *marks, end] == sorted({start, *marks, end})


@pytest.mark.parametrize("frame", [(1920, 1080), (1080, 1920), (1080, 1080)])
@pytest.mark.parametrize("style", sorted(styles.styles().style))
def test_cues_stand_in_the_safe_area(frame, style):
    area = styles.safe_area(*frame)
    for _, _, settings, lines, _ in parsed(webvtt([BEES, LONG, ARABIC], language="en", frame=frame, style=style)):
        share = {key: int(value.rstrip("%")) / 100 for key, value in settings.items() if key != "align"}
        assert area.top <= share["line"]
        assert share["line"] + len(lines) * 0.06 * min(frame) / frame[1] <= area.bottom
        lead = {"start": 0.0, "center": 0.5}[settings["align"]]
        left = share["position"] - share["size"] * (1 - lead if lines[0].startswith("\u200f") else lead)
        assert area.left - 0.001 <= left
        assert left + share["size"] <= area.right + 0.001


def test_without_a_frame_players_place_the_cues():
    assert all(cue[2] == {} for cue in parsed(webvtt([LONG], language="en")))


def test_tall_frames_have_shorter_lines():
    def longest(frame):
        return max(len(line) for cue in parsed(webvtt([LONG], language="en", frame=frame)) for line in cue[3])

    assert longest((1080, 1920)) <= 28 < longest((1920, 1080)) <= 42


def test_lines_that_run_to_the_left_are_held_at_both_ends():
    (cue,) = parsed(webvtt([ARABIC], language="ar"))
    assert all(line[0] == line[-1] == "\u200f" for line in cue[3])
    assert all(line[0] == line[-1] == "\u200f" for line in srt([ARABIC], language="ar").split("\n")[2:3])
    assert "\u200f" not in srt([BEES], language="en")


def test_an_arrow_in_the_text_does_not_look_like_a_time_line():
    lines = srt([TRICKY], language="en").split("\n")
    assert [index for index, line in enumerate(lines) if "-->" in line] == [1]


def test_the_words_stand_as_written_whatever_the_style():
    assert "colours" in webvtt([BEES], language="en", frame=(1920, 1080), style="bold")
    with pytest.raises(UnknownName, match="bold"):
        webvtt([BEES], language="en", frame=(1920, 1080), style="bald")
