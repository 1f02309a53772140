import pytest
from pydantic import ValidationError

from tasks.schema import Brief, Edits, Script, Segment


@pytest.mark.parametrize("topic", ["", "   ", "\n\t", "\x00\x01", "\u200b"])
def test_a_topic_that_says_nothing_is_refused(topic):
    with pytest.raises(ValidationError, match="topic is empty"):
        Brief(topic=topic)


def test_a_topic_of_ten_thousand_characters_is_refused_with_its_length():
    with pytest.raises(ValidationError, match="10,000 characters"):
        Brief(topic="x" * 10_000)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("how\x00 bees\x1b[31m fly", "how bees[31m fly"),
        ("  two\n\nlines ", "two lines"),
        ("👩\u200d🌾 🐝", "👩\u200d🌾 🐝"),
        ("كيف يطير النحل", "كيف يطير النحل"),
        ("AI 与咖啡 coffee", "AI 与咖啡 coffee"),
    ],
)
def test_control_characters_go_and_words_stay(given, kept):
    assert Brief(topic=given).topic == kept


@pytest.mark.parametrize("seconds", [0, -5, 4.9, 600.1, 1e9, float("nan"), float("inf")])
def test_lengths_out_of_range_are_refused(seconds):
    with pytest.raises(ValidationError, match="seconds"):
        Brief(topic="bees", seconds=seconds)


@pytest.mark.parametrize(
    ("field", "value"), [("language", "xx"), ("aspect", "4:3"), ("fps", 23), ("height", 1440), ("x", 1)]
)
def test_unknown_choices_are_refused_by_name(field, value):
    with pytest.raises(ValidationError, match=field):
        Brief.model_validate({"topic": "bees", field: value})


def test_values_are_frozen_and_hashable():
    brief = Brief(topic="bees")
    with pytest.raises(ValidationError, match="frozen"):
        brief.topic = "wasps"
    assert hash(brief) == hash(Brief(topic="bees"))


def test_segment_ids_are_unique():
    segment = Segment(id="s1", caption="A bee.", visual="a bee", mood="calm")
    with pytest.raises(ValidationError, match="unique"):
        Script(title="Bees", language="en", segments=(segment, segment))


def test_edits_name_segments():
    with pytest.raises(ValidationError):
        Edits.model_validate({"captions": {"third": "Bees."}})


@pytest.mark.parametrize("order", [(), ("s1", "s1")])
def test_an_order_shows_each_segment_once_and_at_least_one(order):
    with pytest.raises(ValidationError):
        Edits(order=order)
