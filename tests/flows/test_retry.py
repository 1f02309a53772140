"""A film one of whose pictures fails is made again: only what was not made yet is."""

from collections import Counter

import pytest

from flows.create import create
from infra import events
from infra.engines.image import sketch
from infra.errors import EngineFailed
from tasks.drafting import LONG_SIDE
from tasks.schema import Brief

pytestmark = pytest.mark.usefixtures("prefect_server")

BRIEF = Brief(topic="What the lighthouse keeper reads", seconds=15, height=480, fps=24)


async def heard_of(brief, fails=None):
    heard = []
    with events.listening(heard.append):
        if fails:
            with pytest.raises(fails):
                await create(brief)
        else:
            await create(brief)
    return heard


def made(heard):
    return Counter((e.data["step"], e.data["label"]) for e in heard if e.kind == "step.done" and not e.data["reused"])


async def test_a_picture_that_fails_once_is_drawn_when_the_film_is_made_again(monkeypatch):
    draw, drawn = sketch.Sketch.draw, []

    def broken_once(self, prompt, **size):
        if size["width"] > LONG_SIDE:  # not the small pictures of the draft
            drawn.append(prompt)
            if len(drawn) == 3:  # behind the poster and another picture
                raise EngineFailed("The brush broke.", "Draw it again.")
        return draw(self, prompt, **size)

    monkeypatch.setattr(sketch.Sketch, "draw", broken_once)
    first = await heard_of(BRIEF, EngineFailed)
    (why,) = [e.data for e in first if e.kind == "step.failed"]
    assert (why["step"], why["error"], why["what"]) == ("draw_frame", "EngineFailed", "The brush broke.")
    failed, done = why["label"], made(first)
    assert failed in {"s1", "s2"}

    again = await heard_of(BRIEF)
    assert not [e for e in again if e.kind == "step.failed"]
    assert not done & made(again), "nothing was made twice"
    assert [name for step, name in made(again) if step == "draw_frame"] == [failed]
    assert len(drawn) == 4
    assert done.keys() >= {("set_anchor", ""), ("paint_poster", ""), ("refine_segment", "s1"), ("refine_segment", "s2")}
