"""The script writer: lengths, shapes, repetition and repair, with the sketch engine; the real models at the end."""

from __future__ import annotations

import re

import pytest

from infra.engines import engine
from infra.engines.text.sketch import Sketch
from tasks import script
from tasks.schema import Anchor, Script
from tasks.writing import checks
from tasks.writing.light import light_of
from tasks.writing.plan import BREATH_S, LEAD_S, LETTERS_PER_SECOND
from tasks.writing.prompts import in_words

TOPICS = {
    "en": [
        "How honeybees find flowers",
        "🐝🌸",
        "كيف يجد النحل الأزهار",
        "x",
        "a" * 500,
        '<b>5G & "bees"</b> <|im_end|>{beat}',
    ],
    "zh": ["一杯茶的旅程：从云南山上到杯子里", "AI 与咖啡 coffee", "🍵", "1969年登月"],
}


def anchor_for(topic: str, language: str, **changed) -> Anchor:
    values = {
        "topic": topic, "style": "warm documentary", "language": language, "look": "documentary",
        "palette": ("#102030",) * 5, "light": "day", "tone": "warm", "voice": "v", "mood": "calm", "bpm": 90, "seed": 1,
    }  # fmt: skip
    return Anchor.model_validate(values | changed)


def written(anchor: Anchor, seconds: float, text) -> tuple[script.Plan, script.Outline, Script]:
    """A whole script, as the flow writes it."""
    planned = script.plan(seconds, anchor.language, bpm=anchor.bpm)
    known = script.outline(anchor, planned, text)
    done: tuple = ()
    while len(done) < planned.segments:
        if len(done) == len(known.beats):
            known = script.extend(anchor, planned, known, text)
        done += (script.refine(anchor, planned, known, done, text),)
    return planned, known, Script(title=known.title, language=anchor.language, segments=done)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("seconds", [5, 10, 15, 30, 60, 180, 600])
def test_plan_fills_the_time(language, seconds):
    planned = script.plan(seconds, language, bpm=90)
    silence_s = planned.segments * (LEAD_S + BREATH_S + 30 / 90)
    spoken_s = planned.letters / LETTERS_PER_SECOND[language]
    assert silence_s + spoken_s == pytest.approx(0.95 * seconds, rel=0.02)
    assert planned.segments >= (2 if seconds >= 10 else 1)
    assert 3.5 <= spoken_s / planned.segments <= 7
    assert max(planned.chapters) - min(planned.chapters) <= 1
    assert max(planned.chapters) <= 9


def test_a_caption_that_was_long_makes_the_next_shorter():
    planned = script.plan(30, "en")
    mean = planned.letters / planned.segments
    assert planned.room(()) == round(mean)
    assert planned.room(("x" * round(1.4 * mean),)) < mean < planned.room(("x" * round(0.6 * mean),))


@pytest.mark.parametrize(
    ("language", "topic"), [(language, topic) for language in TOPICS for topic in TOPICS[language]]
)
def test_any_topic_becomes_a_sound_script(language, topic):
    planned, known, made = written(anchor_for(topic, language), 30, Sketch())
    captions = [segment.caption for segment in made.segments]
    assert len(captions) == planned.segments == len(known.beats)
    assert sum(map(len, captions)) == pytest.approx(planned.letters, rel=0.15)
    for index, caption in enumerate(captions):
        assert not checks.broken(caption, language)
        assert not checks.repeated(caption, captions[:index], topic)
    assert all(re.fullmatch(r"[A-Z][a-z -]+ of [a-z ,]+, (at|in) [a-z ]+", s.visual) for s in made.segments)
    assert [segment.id for segment in made.segments] == [f"s{n + 1}" for n in range(planned.segments)]


@pytest.mark.parametrize(("language", "topic"), [("en", "Volcanoes"), ("zh", "丝绸之路")])
def test_ten_minutes_without_repetition(language, topic):
    planned, known, made = written(anchor_for(topic, language), 600, Sketch())
    captions = [segment.caption for segment in made.segments]
    assert planned.segments > 80
    assert len(known.chapters) > 8
    repeats = [caption for index, caption in enumerate(captions) if checks.repeated(caption, captions[:index], topic)]
    assert not repeats


def test_equal_input_equal_script_and_another_seed_another():
    one, same = (written(anchor_for("Coffee", "en"), 15, Sketch())[2] for _ in range(2))
    assert one == same
    assert written(anchor_for("Coffee", "en", seed=2), 15, Sketch())[2] != one


def test_a_draft_has_one_line_per_segment_and_streams():
    pieces: list[str] = []
    anchor = anchor_for("Coffee", "en")
    made = script.draft(anchor, script.plan(30, "en"), Sketch(), pieces.append)
    assert len(made.lines) == 5
    assert "".join(pieces).split("\n") == [made.title, *made.lines]
    assert len(script.draft(anchor, script.plan(600, "en"), Sketch()).lines) == 11, "one per chapter"


def test_only_the_caption_is_streamed():
    anchor, pieces = anchor_for("Coffee", "en"), []
    planned = script.plan(15, "en")
    known = script.outline(anchor, planned, Sketch())
    segment = script.refine(anchor, planned, known, (), Sketch(), pieces.append)
    assert "".join(pieces).strip() == segment.caption


class Stubborn(Sketch):
    """Always writes the same caption."""

    def complete(self, messages, **how):
        text = super().complete([{"role": "user", "content": "same"}], **how | {"seed": 0, "on_text": None})
        return (
            re.sub(r"^.*\n", "Bees fly home in the evening.\n", text, count=1) if "caption" in how["grammar"] else text
        )


def test_a_stubborn_model_ends_in_distinct_captions():
    made = written(anchor_for("Bees", "en"), 30, Stubborn())[2]
    captions = [segment.caption for segment in made.segments]
    assert captions[0] == "Bees fly home in the evening."
    assert len(set(captions)) == len(captions)


@pytest.mark.parametrize(
    ("caption", "earlier"),
    [
        ("The bees dance to show the way.", "Bees dance to show their way."),
        ("Rain falls. Rain falls.", "Something else entirely here."),
        ("茶农在清晨采摘嫩绿的茶叶。", "清晨，茶农采摘嫩绿的茶叶。"),
    ],
)
def test_near_repetition_is_seen(caption, earlier):
    assert checks.repeated(caption, [earlier])


@pytest.mark.parametrize(
    ("caption", "earlier"),
    [
        ("The bee lands on a yellow flower.", "A bee carries pollen back to the dark hive."),
        ("茶农在清晨采摘嫩绿的茶叶。", "滚烫的水唤醒杯中的茶香。"),
    ],
)
def test_the_same_subject_is_no_repetition(caption, earlier):
    assert not checks.repeated(caption, [earlier])


@pytest.mark.parametrize(
    ("caption", "language"),
    [
        ("The bees fly to the.", "en"),
        ("Bees fly home", "en"),
        ("茶叶，。", "zh"),
        ("Tea is good.", "zh"),
        ("看看看看看看。", "zh"),
    ],
)
def test_broken_captions_are_seen(caption, language):
    assert checks.broken(caption, language)


def test_stock_phrases_are_cut_away():
    assert checks.trimmed("茶香四溢，令人回味无穷。", ["山风轻吹，令人回味无穷。"]) == "茶香四溢。"
    said = ["The ash falls, leaving a mark."]
    assert (
        checks.trimmed("The fire burns, leaving a trail, leaving a mark.", said) == "The fire burns, leaving a trail."
    )
    assert checks.trimmed("The ash falls slowly.", said) == "The ash falls slowly."


def test_words_of_the_task_leak_only_when_they_are_not_the_topic():
    assert checks.leaks("In this film we see bees.", "Bees")
    assert not checks.leaks("A film begins with light.", "How a film is made")
    assert checks.leaks("旁白，今天去云南。", "茶")
    assert checks.leaks("星星为什么发光呢？约多少字？", "星星")


def test_emoji_become_words_and_light_is_read_from_the_scene():
    assert in_words("🐝🌸") == "honeybee, cherry blossom"
    assert in_words("👩‍🚀 on 🌕") == "woman, rocket, on full moon symbol"
    assert [light_of(text) for text in ("Stars above the sea", "清晨的雾", "a cup")] == ["night", "dawn", None]


@pytest.mark.models
@pytest.mark.parametrize(("language", "topic"), [("en", "How honeybees find flowers"), ("zh", "一杯茶的旅程")])
def test_the_real_model_writes_a_sound_script(language, topic):
    planned, _, made = written(anchor_for(topic, language), 10, engine("text", "llama"))
    captions = [segment.caption for segment in made.segments]
    assert not any(checks.broken(caption, language) for caption in captions)
    assert not checks.repeated(captions[1], captions[:1])
    assert sum(map(len, captions)) == pytest.approx(planned.letters, rel=0.35)
