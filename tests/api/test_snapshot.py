"""The state of a project: what each event changes, and that a snapshot and what follows is the whole."""

import json
import time
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tries
from hypothesis import strategies as st
from sqlalchemy import delete, update

from api.snapshot import NOT_SHOWN, Snapshot, reduce, snapshot
from infra.database import close_database, writing
from infra.eventlog import Entry, Logged, append, read
from infra.tables import events as events_table
from infra.tables import streams as streams_table
from tasks.schema import Timeline

PNG = {"sha256": "a" * 64, "media_type": "image/png", "size_bytes": 3}
JPG = {"sha256": "b" * 64, "media_type": "image/jpeg", "size_bytes": 4}
FRAME = {"asset": JPG, "width": 640, "height": 480, "layers": [], "shows": [], "focus": [0.5, 0.5], "footage": None}
CLIP = {"asset": PNG, "duration_ms": 900, "voice": "v", "pace": 1.0, "words": []}
SHOT = {"asset": JPG, "frames": 30, "packets_sha256": "c" * 64}
FRESH = count()


@pytest.fixture
async def database(home: Path) -> AsyncIterator[None]:
    yield
    await close_database()


def after(
    *events: tuple[str, dict[str, Any]] | tuple[str, dict[str, Any], str], state: Snapshot | None = None
) -> Snapshot:
    """The state after these events of run r_1, or of the run that is named."""
    state = state or Snapshot()
    for kind, data, *run in events:
        state = reduce(state, Logged("p", state.last_event_id + 1, kind, json.dumps(data), *(run or ["r_1"]), 1.0))
    return state


def refined(name: str, caption: str = "Bees dance.", visual: str = "a bee") -> tuple[str, dict[str, Any]]:
    return "segment.refined", {"segment": {"id": name, "caption": caption, "visual": visual, "mood": "calm"}}


def laid(*shots: tuple[str, str]) -> tuple[str, dict[str, Any]]:
    timeline = {
        "width": 640, "height": 480, "fps": 30, "bpm": 120, "language": "en",
        "shots": [
            {
                "segment": name, "beats": 4, "motion": "push", "transition": "cut", "transition_frames": 0,
                "lead_ms": 0, "caption": caption, "frame": FRAME, "clip": CLIP,
            }
            for name, caption in shots
        ],
    }  # fmt: skip
    Timeline.model_validate(timeline)
    return "timeline.laid", {"timeline": timeline}


def test_nothing_has_happened() -> None:
    assert Snapshot().model_dump(exclude_defaults=True) == {}


def test_a_film_comes_into_being() -> None:
    state = after(
        ("run.queued", {"run": "r_1", "flow": "film", "version": 1}),
        ("run.started", {"attempt": 1, "worker": "w"}),
        ("anchor.set", {"anchor": {"topic": "Bees"}}),
        ("script.planned", {"segments": 2}),
        ("segment.drafted", {"segment": "s1", "caption": "Bees fly."}),
        ("frame.drafted", {"segment": "s1", "asset": PNG, "width": 64, "height": 48}),
        ("script.outlined", {"title": "The dance", "lines": ["a", "b"]}),
        ("segment.writing", {"segment": "s1", "caption": "Bees da"}),
    )
    assert state.runs[0].model_dump(exclude_none=True) == {
        "id": "r_1", "flow": "film", "version": 1, "state": "running",
    }  # fmt: skip
    assert [segment.id for segment in state.segments] == ["s1", "s2"]
    assert state.title == "The dance"
    assert state.segments[0].writing == "Bees da"
    assert state.segments[0].frame
    assert state.segments[0].frame.draft

    state = after(
        refined("s1"),
        ("frame.drawn", {"segment": "s1", "frame": FRAME}),
        ("frame.drafted", {"segment": "s1", "asset": PNG, "width": 64, "height": 48}),  # late
        ("clip.spoken", {"segment": "s1", "clip": CLIP}),
        ("poster.painted", {"frame": FRAME}),
        ("progress", {"fraction": 0.5, "seconds_left": 3}),
        ("cost", {"engine_seconds": 2.5, "money": 0.0, "by_pool": {"text": 2.5}}),
        laid(("s1", "Bees dance.")),
        ("shot.rendered", {"segment": "s1", "shot": SHOT}),
        ("film.mastered", {"master": JPG}),
        ("film.certified", {"holds": True, "certificate": PNG}),
        ("run.done", {"version": 1, "title": "The dance of bees"}),
        state=state,
    )
    (segment,) = state.segments  # the timeline shows one
    assert segment.frame
    assert (segment.caption, segment.draft, segment.writing) == ("Bees dance.", "Bees fly.", None)
    assert not segment.frame.draft
    shown = json.loads(state.model_dump_json())
    assert shown["segments"][0]["clip"] == CLIP
    assert shown["segments"][0]["shot"] == SHOT
    assert shown["poster"]["width"] == 640
    assert shown["progress"] == {"fraction": 0.5, "seconds_left": 3}
    assert shown["cost"]["by_pool"] == {"text": 2.5}
    assert (shown["master"], shown["certificate"], shown["holds"]) == (JPG, PNG, True)
    assert (shown["title"], shown["runs"][0]["state"]) == ("The dance of bees", "done")
    assert shown["last_event_id"] == 20


def test_a_run_says_what_it_waits_for_and_why_it_failed() -> None:
    state = after(("run.queued", {"run": "r_1", "flow": "film"}), ("run.waiting", {"gate": "script", "until": 9.0}))
    assert (state.runs[0].state, state.runs[0].gate, state.runs[0].until) == ("waiting", "script", 9.0)
    state = after(("run.resumed", {}), state=state)
    assert (state.runs[0].state, state.runs[0].gate) == ("running", None)
    why = {"error": "EngineFailed", "what": "It broke.", "remedy": "Try again.", "retryable": False}
    state = after(("run.failed", why), state=state)
    assert json.loads(state.model_dump_json())["runs"][0]["error"] == why
    assert after(("run.cancelled", {"by": "user"}, "r_2"), state=state).runs[1].state == "cancelled"


def test_a_draft_of_the_time_goes_when_it_is_laid() -> None:
    draft = {"bpm": 90, "fps": 30, "duration_ms": 4000, "shots": []}
    state = after(("timeline.drafted", draft))
    assert state.draft_timeline == draft
    state = after(laid(("s2", "b"), ("s1", "a")), state=state)
    assert state.draft_timeline is None
    assert [segment.id for segment in state.segments] == ["s2", "s1"]


def test_a_new_run_keeps_what_it_does_not_make_anew() -> None:
    state = after(
        ("run.queued", {"run": "r_1", "flow": "film", "version": 1}), ("script.planned", {"segments": 3}),
        *(refined(name) for name in ("s1", "s2", "s3")),
        *(("frame.drawn", {"segment": name, "frame": FRAME}) for name in ("s1", "s2", "s3")),
        *(("clip.spoken", {"segment": name, "clip": CLIP}) for name in ("s1", "s2", "s3")),
        *(("shot.rendered", {"segment": name, "shot": SHOT}) for name in ("s1", "s2", "s3")),
        ("progress", {"fraction": 1.0}), ("run.done", {}),
        ("run.queued", {"run": "r_2", "flow": "film", "version": 2}, "r_2"),
    )  # fmt: skip
    assert state.progress is None
    assert [run.id for run in state.runs] == ["r_1", "r_2"]
    state = after(
        ("script.planned", {"segments": 2}, "r_2"), refined("s1", caption="Other words."),
        refined("s2", visual="another bee"), state=state,
    )  # fmt: skip
    spoken, drawn = state.segments
    assert (spoken.caption, bool(spoken.frame), spoken.clip, spoken.shot) == ("Other words.", True, None, None)
    assert (bool(drawn.clip), drawn.frame, drawn.shot) == (True, None, None)


def test_shots_that_a_human_added_stay_with_what_is_made_of_them() -> None:
    state = after(
        ("script.planned", {"segments": 1, "added": ["s201"]}), refined("s201"),
        ("clip.spoken", {"segment": "s201", "clip": CLIP}), ("script.planned", {"segments": 1, "added": ["s201"]}),
    )  # fmt: skip
    assert [(segment.id, segment.clip) for segment in state.segments] == [("s1", None), ("s201", CLIP)]
    state = after(("script.planned", {"segments": 2, "added": []}), state=state)
    assert [segment.id for segment in state.segments] == ["s1", "s2"]


CUES = {"sheet": PNG, "cues": [], "caption": "Bees dance.", "style": "clean", "width": 640, "height": 480}


def with_cues() -> Snapshot:
    return after(
        refined("s1"), ("clip.spoken", {"segment": "s1", "clip": CLIP}), laid(("s1", "Bees dance.")),
        ("cues.drawn", {"segment": "s1", "cues": CUES}), ("bed.composed", {"bed": BED}),
    )  # fmt: skip


BED = {"asset": JPG, "bpm": 120, "beats": 4}


def test_music_and_the_pictures_of_captions_are_shown() -> None:
    state = with_cues()
    assert json.loads(state.model_dump_json())["segments"][0]["cues"] == CUES
    assert state.bed == BED
    again = after(
        refined("s1"), ("clip.spoken", {"segment": "s1", "clip": {**CLIP, "pace": 1.05}}), laid(("s1", "Bees dance.")),
        state=state,
    )  # fmt: skip
    assert again.segments[0].cues == CUES


def slower() -> tuple[str, dict[str, Any]]:
    timeline = laid(("s1", "Bees dance."))[1]["timeline"]
    return "timeline.laid", {"timeline": timeline | {"bpm": 60}}


@pytest.mark.parametrize(
    "changed",
    [
        refined("s1", caption="Other words."),
        ("clip.spoken", {"segment": "s1", "clip": {**CLIP, "voice": "another"}}),
        laid(("s1", "Other words.")),
        slower(),
    ],
)
def test_the_pictures_of_captions_go_with_what_they_are_of(changed: tuple[str, dict[str, Any]]) -> None:
    assert after(changed, state=with_cues()).segments[0].cues is None


def failed(step: str, segment: str | None = "s1") -> tuple[str, dict[str, Any]]:
    told = {"step": step, "label": segment or "", "error": "EngineFailed", "what": "It broke.", "remedy": "Again."}
    return "step.failed", {**told, "retryable": False, **({"segment": segment} if segment else {})}


MADE = {
    "draw_frame": ("frame.drawn", {"segment": "s1", "frame": FRAME}),
    "take_media": ("frame.drawn", {"segment": "s1", "frame": FRAME}),
    "speak": ("clip.spoken", {"segment": "s1", "clip": CLIP}),
    "draw_cues": ("cues.drawn", {"segment": "s1", "cues": CUES}),
    "shoot": ("shot.rendered", {"segment": "s1", "shot": SHOT}),
    "refine_segment": refined("s1"),
    "any step": ("run.queued", {"run": "r_2", "flow": "film", "version": 1}),
}


@pytest.mark.parametrize("step", list(MADE))
def test_an_error_stands_by_its_shot_until_what_failed_is_made(step: str) -> None:
    state = after(failed(step), failed("join_shots", None))
    (segment,) = state.segments
    assert json.loads(segment.model_dump_json(exclude_defaults=True)) == {
        "id": "s1",
        "error": {"step": step, "error": "EngineFailed", "what": "It broke.", "remedy": "Again.", "retryable": False},
    }
    others = {made[0]: made for name, made in MADE.items() if made[0] != MADE[step][0]}
    others.pop("run.queued", None)
    assert after(*others.values(), state=state).segments[0].error
    assert after(MADE[step], state=state).segments[0].error is None


def test_a_state_is_described_for_clients() -> None:
    described = Snapshot.model_json_schema(mode="serialization")
    assert {"Anchor", "Timeline", "Clip", "RenderedShot", "RunError", "StepError", "Cues", "Bed"} <= set(
        described["$defs"]
    )
    assert described["properties"]["last_event_id"]["description"]


NAMES = st.sampled_from(["s1", "s2", "s3"])
WORDS = st.sampled_from(["one", "two", "three"])
EVENTS = st.one_of(
    st.builds(lambda v: ("run.queued", {"run": f"r_{v}", "flow": "film", "version": v}), st.integers(1, 3)),
    st.just(("run.started", {"attempt": 1})),
    st.just(("run.waiting", {"gate": "script", "until": 5.0})),
    st.just(("run.failed", {"error": "E", "what": "w", "remedy": "r", "retryable": True})),
    st.builds(lambda t: ("run.done", {"title": t}), WORDS),
    st.builds(lambda n: ("script.planned", {"segments": n}), st.integers(1, 4)),
    st.builds(lambda t: ("script.drafted", {"title": t, "lines": []}), WORDS),
    st.builds(lambda t: ("script.outlined", {"title": t, "lines": []}), WORDS),
    st.builds(lambda s, c: ("segment.drafted", {"segment": s, "caption": c}), NAMES, WORDS),
    st.builds(lambda s, c: ("segment.writing", {"segment": s, "caption": c}), NAMES, WORDS),
    st.builds(refined, NAMES, WORDS, WORDS),
    st.builds(lambda s: ("frame.drafted", {"segment": s, "asset": PNG, "width": 6, "height": 4}), NAMES),
    st.builds(lambda s: ("frame.drawn", {"segment": s, "frame": FRAME}), NAMES),
    st.builds(lambda s: ("clip.spoken", {"segment": s, "clip": CLIP}), NAMES),
    st.builds(lambda s: ("shot.rendered", {"segment": s, "shot": SHOT}), NAMES),
    st.builds(lambda s: ("cues.drawn", {"segment": s, "cues": CUES}), NAMES),
    st.builds(lambda s: failed("shoot", s), st.sampled_from(["s1", "s2", None])),
    st.just(("bed.composed", {"bed": BED})),
    st.builds(lambda a, b: laid((a, b)), NAMES, WORDS),
    st.just(("timeline.drafted", {"bpm": 90, "fps": 30, "duration_ms": 4000, "shots": []})),
    st.builds(lambda f: ("progress", {"fraction": f}), st.floats(0, 1)),
    st.sampled_from(NOT_SHOWN).map(lambda kind: (kind, {"state": "x"})),
    st.just(("something.new", {"of": "a later release"})),
)


@tries(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(EVENTS, max_size=25), cut=st.integers(0, 25))
async def test_a_snapshot_and_what_follows_is_the_whole(
    database: None, events: list[tuple[str, dict[str, Any]]], cut: int
) -> None:
    stream = f"p_{next(FRESH)}"
    entries = [Entry(kind, data, str(place), "r_1") for place, (kind, data) in enumerate(events)]
    await append(stream, entries[:cut])
    part = await snapshot(stream)
    assert part.last_event_id == len(entries[:cut])
    await append(stream, entries[cut:])
    rows = await read(stream)
    for row in rows[part.last_event_id :]:
        part = reduce(part, row)
    whole = Snapshot()
    for row in rows:
        whole = reduce(whole, row)
    assert part == whole == await snapshot(stream)


def drafted(caption: str) -> list[Entry]:
    return [Entry("segment.drafted", {"segment": "s1", "caption": caption}, caption)]


async def test_only_what_follows_is_read_again(database: None) -> None:
    await append("p_again", [*drafted("one"), Entry("script.drafted", {"title": "Bees"}, "title")])
    before = await snapshot("p_again")
    async with writing() as db:  # nobody does this: it shows whether the first event is read once more
        await db.execute(update(events_table).where(events_table.c.seq == 1).values(data="{}"))
    assert await snapshot("p_again") == before
    await append("p_again", [Entry("progress", {"fraction": 0.5}, "half")])
    now = await snapshot("p_again")
    assert (now.last_event_id, now.progress, now.segments) == (3, {"fraction": 0.5}, before.segments)


@pytest.mark.parametrize("others", [["three"], ["three", "four"], ["three", "four", "five"]])
async def test_a_log_that_was_restored_is_read_from_its_beginning(database: None, others: list[str]) -> None:
    await append("p_restored", drafted("one") + drafted("two"))
    assert (await snapshot("p_restored")).segments[0].draft == "two"
    async with writing() as db:
        for table in (events_table, streams_table):
            await db.execute(delete(table))
    await append("p_restored", [entry for caption in others for entry in drafted(caption)])
    now = await snapshot("p_restored")
    assert (now.segments[0].draft, now.last_event_id) == (others[-1], len(others))


async def test_thousands_of_events_are_quickly_summed_up(database: None) -> None:
    entries = [
        Entry(kind, data, f"{kind}:{number}", "r_1")
        for number in range(3000)
        for kind, data in (
            ("segment.writing", {"segment": f"s{number % 200 + 1}", "caption": f"{number}"}),
            ("step.done", {"step": "x", "label": "y", "reused": False, "seconds": 1.0, "key": "k"}),
        )
    ]
    await append("p_many", entries)
    begun = time.perf_counter()
    state = await snapshot("p_many")
    seconds = time.perf_counter() - begun
    assert (state.last_event_id, len(state.segments)) == (6000, 200)
    assert seconds < 2, f"{seconds:.2f} s"  # 0.1 s when nothing else runs
