import json

import pytest
from pydantic import ValidationError

from infra.hashing import digest
from tasks.schema import Added, Brief, Edits, Script, Segment


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


def test_edits_that_add_and_lock_nothing_are_written_as_before_there_were_such_fields():
    """Their hash is part of what films were made of."""
    plain = Edits(captions={"s1": "Bees."})
    for edits in (plain, plain.model_copy(update={"added": {}, "locked": ()}), Edits(added={"s9": {"caption": "B."}})):
        written = edits.model_dump(mode="json")
        assert ("added" in written) == bool(edits.added)
        assert "locked" not in written
        assert Edits.model_validate(written) == edits.model_copy(update={"locked": None})
    earlier = (
        '{"captions": {"s1": "Bees."}, "visuals": {}, "redo": {}, "order": null, "voice": null, "bpm": null, "mood":'
        ' null, "aspect": null, "beats": {}, "motions": {}, "transitions": {}, "timing": null, "caption_style": null,'
        ' "quality": null, "music": null, "media": {}}'
    )
    assert digest(plain) == digest(json.loads(earlier))
    assert Edits.model_validate_json(earlier) == plain


def test_edits_know_what_they_say_of_a_shot():
    edits = Edits(added={"s201": Added(caption="Bees rest.")}, motions={"s1": "hold"}, order=("s1",), locked=("s1",))
    assert edits.told_of("s1") == {"motions": "hold"}
    assert edits.told_of("s201") == {"added": Added(caption="Bees rest.")}
    assert (edits.shows("s1"), edits.shows("s201")) == (True, False)
    assert edits.segments == {"s1", "s201"}
    assert edits.unlocked == edits.model_copy(update={"locked": None})
