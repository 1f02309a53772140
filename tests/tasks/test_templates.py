"""Prompt templates: six kinds of film in two languages, one wording of one's own, and what models are told."""

from __future__ import annotations

import hashlib
import json

import pytest
from test_script import anchor_for, written

from infra.engines.text.sketch import Sketch
from infra.errors import BadInput, UnknownName
from tasks import script
from tasks.schema import Brief, Wording
from tasks.writing import templates
from tasks.writing.grammar import bounds
from tasks.writing.languages import language_of
from tasks.writing.preview import preview
from tasks.writing.prompts import opening

EVERY = [(name, language) for name in templates.NAMES for language in templates.LANGUAGES]
EXPLAINER = {
    ("en", 5): "55839e187ce83bae", ("en", 30): "e1ae2c5586c8f51e", ("en", 90): "d7a6ee099edba4ca",
    ("zh", 5): "62d5ce41a0c68de7", ("zh", 30): "5093a23c1b60cc38", ("zh", 90): "620112ad21ff2487",
}  # fmt: skip
"""What the explainer told models before there were other templates."""
TOPICS = {"en": "How honeybees find flowers", "zh": "一杯茶的旅程：从云南山上到杯子里"}


class Ear(Sketch):
    """Hears everything that it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list = []

    def complete(self, messages, **how):
        heard = [list(map(dict, messages)), how.get("grammar")]
        self.heard.append([*heard, how.get("seed"), how.get("temperature"), how.get("max_tokens")])
        return super().complete(messages, **how)


def told(language: str, seconds: float, **anchor) -> list:
    ear, anchored = Ear(), anchor_for(TOPICS[language], language, **anchor)
    script.draft(anchored, script.plan(seconds, language, bpm=90), ear)
    written(anchored, seconds, ear)
    return ear.heard


@pytest.mark.parametrize(("language", "seconds"), EXPLAINER)
def test_the_explainer_tells_models_what_it_always_told(language, seconds):
    heard = json.dumps(told(language, seconds), ensure_ascii=False)
    assert hashlib.sha256(heard.encode()).hexdigest()[:16] == EXPLAINER[language, seconds]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_template_is_whole(name, language):
    one = templates.read(name, language)
    assert one.version >= 1
    assert language_of(one.title) == language_of(one.description) == language
    assert set(one.prompts) == set(Wording.model_fields)
    assert "$" not in "".join(one.prompts.values())
    assert one.example.narrations[0].ask == "first"
    for narration in one.example.narrations:
        length = len(narration.caption.split()) if language == "en" else len(narration.caption)
        assert bounds(narration.words)[0] <= length <= bounds(narration.words)[1], narration.caption
        assert 2 <= len(narration.things.split(", ")) <= 5
        assert language_of(narration.caption) == language
        assert narration.things.isascii()


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_template_writes_a_sound_script(name, language):
    planned, _, made = written(anchor_for(TOPICS[language], language, template=name), 20, Sketch())
    assert len(made.segments) == planned.segments


@pytest.mark.parametrize("language", templates.LANGUAGES)
def test_templates_differ_in_what_they_say(language):
    openings = [opening(anchor_for("x", language, template=name), narrated=True) for name in templates.NAMES]
    for index in (0, 1, 2):
        assert len({messages[index]["content"] for messages in openings}) == len(templates.NAMES)


def test_a_reworded_prompt_is_said_in_the_question_and_in_the_example():
    wording = Wording(first="Say of {topic}: {beat} ({words} words)")
    heard = told("en", 10, wording=wording)
    refining = next(call for call in heard if "caption" in call[1])[0]
    assert refining[3]["content"] == "Say of Why leaves fall in autumn: Autumn days grow short and cool. (14 words)"
    assert refining[-1]["content"].startswith("Tone: warm.\nSay of How honeybees find flowers: ")
    assert refining[-1]["content"].endswith("words)")


def test_a_reworded_system_message_keeps_the_form_of_the_replies():
    system = told("en", 5, wording=Wording(system="You sing of {topic}."))[0][0][0]
    assert (
        system["content"] == "You sing of How honeybees find flowers. Pictures are lists of things that can be drawn."
    )


def test_a_topic_with_braces_is_only_text():
    anchored = anchor_for("{beat} {0.__class__}", "en", wording=Wording(system="About {topic}."))
    assert opening(anchored, narrated=False)[0]["content"].startswith("About {beat} {0.__class__}. ")


@pytest.mark.parametrize(
    ("prompt", "text", "says"),
    [
        ("outline", "Tell {topic.__class__} in {count} lines", "{topic.__class__}"),
        ("outline", "Tell {topic[0]} in {count} lines", "{topic[0]}"),
        ("outline", "Tell {topic!r} in {count} lines", "{topic!r}"),
        ("outline", "Tell {topic:>1000000000} in {count} lines", "{topic:>1000000000}"),
        ("outline", "Tell {topic:{count}} in {count} lines", "{topic:{count}}"),
        ("outline", "Tell {} in {count} lines", "{}"),
        ("outline", "Tell {0} in {count} lines", "{0}"),
        ("outline", "Tell {beat} of {topic} in {count} lines", "{beat}"),
        ("outline", "Tell {topic}", "{count}"),
        ("first", "Say it in {words} words", "{beat}"),
        ("chapter", "{count} lines", "{chapter}"),
        ("next", "Say {beat} in {words", "brace"),
        ("last", "Say } {beat} in {words}", "brace"),
        ("only", "  ", "empty"),
        ("system", "You are {name}.", "{name}"),
    ],
)
def test_what_cannot_be_filled_is_refused_by_name(prompt, text, says):
    with pytest.raises(BadInput) as error:
        templates.validate(Wording(**{prompt: text}))
    assert f"“{prompt}”" in error.value.what
    assert says in error.value.what
    assert error.value.remedy
    with pytest.raises(BadInput):
        written(anchor_for("Bees", "en", wording=Wording(**{prompt: text})), 60, Sketch())


def test_doubled_braces_are_braces():
    templates.validate(Wording(system="Reply {{so}}."))
    assert told("en", 5, wording=Wording(system="Reply {{so}}."))[0][0][0]["content"].startswith("Reply {so}.")


def test_unknown_templates_and_languages_are_named():
    with pytest.raises(UnknownName, match="recipe"):
        templates.read("recipes", "en")
    with pytest.raises(UnknownName, match="en, zh"):
        templates.read("recipe", "xx")


def test_the_digest_follows_the_texts_alone(monkeypatch):
    before = templates.texts_digest()
    real = templates.read

    def changed(**change):
        def reads(name, language):
            one = real(name, language)
            return one.model_copy(update=change) if (name, language) == ("recipe", "zh") else one

        templates.texts_digest.cache_clear()
        monkeypatch.setattr(templates, "read", reads)
        return templates.texts_digest()

    assert changed(title="另一个", description="别的", version=9) == before
    assert changed(again="别说：{repeated}") != before
    templates.texts_digest.cache_clear()


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_preview_is_what_will_be_asked(name, language):
    brief = Brief(topic=TOPICS[language], style="warm documentary", seconds=30, language=language, template=name)
    shown = preview(brief, tone="warm")
    heard = told(language, 30, template=name)
    assert shown.draft == tuple(heard[0][0])
    assert shown.outline == tuple(next(call[0] for call in heard[1:] if "title" in call[1]))
    narration = next(call[0] for call in heard if "caption" in call[1])
    assert shown.narration[:-2] == tuple(narration[:-2])
    assert shown.narration[-1]["content"].startswith(narration[-1]["content"].split("\n")[0])


def test_a_preview_of_a_long_film_asks_for_chapters():
    shown = preview(Brief(topic="Volcanoes", seconds=600), tone="warm")
    assert "one for each chapter" in shown.outline[-1]["content"]
    assert "Chapter 1:" in [m["content"] for m in shown.narration if m["role"] == "user"][-2]


def test_a_preview_refuses_what_cannot_be_filled():
    with pytest.raises(BadInput, match="beat"):
        preview(Brief(topic="Volcanoes", wording=Wording(first="x {words}")), tone="warm")
