"""Shots that a human adds to a film: only they are made, and the others stay as they were."""

from collections import Counter

import pytest

from flows.create import create
from infra import events
from infra.errors import BadInput
from tasks.schema import Added, Brief, Edits, Film, Timing

pytestmark = pytest.mark.usefixtures("prefect_server")

BRIEF = Brief(topic="Where the old ferry lands", seconds=10, height=480, fps=24)


@pytest.fixture(scope="module")
async def film(prefect_server) -> Film:
    return await create(BRIEF)


def timed(film: Film, **edits) -> Edits:
    line = film.timeline
    return Edits(timing=Timing(bpm=line.bpm, beats={shot.segment: shot.beats for shot in line.shots}), **edits)


async def made(edits: Edits) -> tuple[Film, Counter[str], list]:
    heard = []
    with events.listening(heard.append):
        film = await create(BRIEF, edits)
    return film, Counter(e.data["step"] for e in heard if e.kind == "step.done" and not e.data["reused"]), heard


async def test_an_added_shot_stands_where_the_order_names_it(film):
    added = {"s201": Added(caption="A gull waits for the ferry.", visual="a gull on a wooden pier", mood="happy")}
    changed, ran, heard = await made(timed(film, added=added, order=("s1", "s201", "s2")))
    assert [shot.segment for shot in changed.timeline.shots] == ["s1", "s201", "s2"]
    assert ran["draw_frame"] == ran["speak"] == 1
    assert ran["refine_segment"] == ran["paint_poster"] == 0
    assert ran["shoot"] == 2  # the shot itself, and the one that comes out of it
    before, after = (
        {shot.segment: (shot.beats, shot.clip.pace) for shot in one.timeline.shots} for one in (film, changed)
    )
    assert {name: after[name] for name in before} == before
    assert after["s201"][1] == pytest.approx(1, abs=0.03), "it is not hurried: the film may be longer"
    (told,) = [e.data["segment"] for e in heard if e.kind == "segment.refined" and e.data["segment"].id == "s201"]
    assert (told.caption, told.visual, told.mood) == (*[added["s201"].caption, added["s201"].visual], "happy")


async def test_without_an_order_added_shots_come_last_and_show_what_they_say(film):
    added = {"s202": Added(caption="The rope is tied."), "s201": Added(caption="A bell rings twice.")}
    edits = timed(film, added=added, captions={"s202": "The rope is tied at last."}, motions={"s202": "hold"})
    changed, _, _ = await made(edits)
    assert [shot.segment for shot in changed.timeline.shots] == ["s1", "s2", "s201", "s202"]
    last = changed.script.segments[-1]
    assert (last.caption, last.visual, last.mood) == (*["The rope is tied at last."] * 2, changed.anchor.mood)
    assert changed.timeline.shots[-1].motion == "hold"
    assert changed.timeline.duration_ms > 1.3 * film.timeline.duration_ms


async def test_edited_words_are_told_as_they_are_said(film):
    _, _, heard = await made(timed(film, captions={"s2": "The ferry lands."}))
    told = {e.data["segment"].id: e.data["segment"].caption for e in heard if e.kind == "segment.refined"}
    assert told == {"s1": film.script.segments[0].caption, "s2": "The ferry lands."}


async def test_the_id_of_a_shot_that_there_is_is_not_added():
    with pytest.raises(BadInput, match=r"s2 that was added has the id of one of the script's 2"):
        await create(BRIEF, Edits(added={"s2": Added(caption="A gull.")}))
