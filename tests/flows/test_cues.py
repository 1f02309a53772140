"""Each shot's captions are drawn for the preview while the film is rendered; a film never fails by them."""

import cv2
import pytest

from flows.create import create
from flows.happenings import Telling
from flows.record import Run
from infra import events
from infra.errors import EngineBusy
from infra.media import captions, cuesheet
from tasks.assets import path_of
from tasks.render import spec_of
from tasks.schema import Brief, Cues

pytestmark = pytest.mark.usefixtures("prefect_server")

BRIEF = Brief(topic="How an otter sleeps", seconds=5, height=480, fps=24)


async def heard_of(brief):
    heard = []
    with events.listening(heard.append):
        film = await create(brief)
    return film, heard


def logged(heard):
    telling = Telling(Run("r_1", "flow-run", "film", "p_1", 1, 1))
    return [entry for event in heard for entry in telling.entries(event)]


async def test_the_cues_of_each_shot_are_told_with_their_sheet():
    film, heard = await heard_of(BRIEF)
    (told,) = [entry.data for entry in logged(heard) if entry.kind == "cues.drawn"]
    assert told["segment"] == "s1"
    cues, spec = Cues.model_validate(told["cues"]), spec_of(film.timeline, 0)
    laid = captions.layout(spec.caption, width=spec.width, height=spec.height, fps=spec.fps, frames=spec.frames)
    assert [(cue.first, cue.end, cue.x, cue.y) for cue in cues.cues] == [(c.first, c.end, c.x, c.y) for c in laid]
    assert (cues.caption, cues.style, cues.width, cues.height) == (film.timeline.shots[0].caption, "clean", 854, 480)
    sheet = cv2.imread(str(path_of(cues.sheet)), cv2.IMREAD_UNCHANGED)
    assert sheet.shape[2] == 4
    assert all(sheet[c.sheet_y :, c.sheet_x :][: c.height, : c.width, 3].any() for c in cues.cues)

    _, again = await heard_of(BRIEF)
    (cued,) = [event.data for event in again if event.kind == "step.done" and event.data["step"] == "draw_cues"]
    assert cued["reused"]


async def test_where_they_cannot_be_drawn_the_film_is_made_and_it_is_told(monkeypatch):
    def broken(*_, **__):
        raise MemoryError("no room for the sheet")

    monkeypatch.setattr(cuesheet, "cue_sheet", broken)
    film, heard = await heard_of(BRIEF.model_copy(update={"topic": "How an otter wakes"}))
    assert film.master
    (told,) = [entry.data for entry in logged(heard) if entry.kind == "step.failed"]
    assert (told["step"], told["segment"], told["error"]) == ("draw_cues", "s1", "MemoryError")
    assert "no room for the sheet" in told["what"]
    assert told["remedy"]


async def test_a_step_that_ends_well_after_all_has_not_failed(monkeypatch):
    draw, tried = cuesheet.cue_sheet, []

    def busy_once(*given, **more):
        tried.append(1)
        if len(tried) == 1:
            raise EngineBusy("The pencil is taken.", "Wait.")
        return draw(*given, **more)

    monkeypatch.setattr(cuesheet, "cue_sheet", busy_once)
    _, heard = await heard_of(BRIEF.model_copy(update={"topic": "How an otter swims"}))
    assert len(tried) == 2
    assert [entry.kind for entry in logged(heard)].count("cues.drawn") == 1
    assert not [event for event in heard if event.kind == "step.failed"]
