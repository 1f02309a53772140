"""The journal on a real database: what it tells, how often, and that it waits for nobody."""

import asyncio
import contextlib
import dataclasses
import json
import sqlite3
import threading
import time

import pytest
from sqlalchemy import insert, select

from flows import journal
from flows.record import Run
from infra import eventlog, events, tables
from infra.database import close_database, reading, writing
from infra.eventlog import Entry
from infra.settings import settings
from tasks.schema import Anchor, Asset, Clip, Frame, Segment
from tasks.script import Draft
from tests import services

RUN = Run("r_1", "flow-run", "film", "p_1", 1, 1)
ANCHOR = Anchor(
    topic="Tea", style="warm", language="en", look="documentary", palette=("#112233",) * 5, light="day", tone="calm",
    voice="a", mood="calm", bpm=90, seed=1,
)  # fmt: skip
SEGMENT = Segment(id="s1", caption="Tea is old.", visual="a cup", mood="calm")
ASSET = Asset(sha256="0" * 64, media_type="image/png", size_bytes=1)


@pytest.fixture(scope="module")
def postgres():
    with services.postgres() as url:
        yield url


@pytest.fixture
async def run(request, home, monkeypatch):
    if getattr(request, "param", "sqlite") == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", request.getfixturevalue("postgres"))
        settings.cache_clear()
    row = {
        "id": RUN.id, "flow_run": RUN.flow_run, "flow": "film", "stream": RUN.stream, "tenant": "t", "user": "u",
        "version": 1, "payload": "", "parameters": "{}", "state": "running", "attempt": 1, "created": 1.0,
    }  # fmt: skip
    async with writing() as db:
        await db.execute(insert(tables.runs).values(**row))
        await eventlog.append_within(db, RUN.stream, [Entry("run.started", {}, RUN.uid("started"), RUN.id)])
    token = events.run.set(RUN.flow_run)
    yield RUN
    events.run.reset(token)
    await close_database()


def done(step: str, value, label: str = "", *, reused: bool = False, key: str = "k") -> None:
    told = {"label": label, "reused": reused, "seconds": time.perf_counter(), "value": value, "key": key}
    events.emit("step.done", step=step, engine="sketch/1", **told)


async def told(*kinds: str) -> list[tuple[str, dict]]:
    return [
        (event.kind, json.loads(event.data))
        for event in await eventlog.read(RUN.stream)
        if not kinds or event.kind in kinds
    ][0 if kinds else 1 :]


@pytest.mark.parametrize("run", ["sqlite", "postgres"], indirect=True)
async def test_what_a_step_gave_is_told_whether_made_or_reused(run):
    async with journal.keeping() as book:
        await book.open(run)
        events.emit("anchor.set", anchor=ANCHOR)
        done("set_anchor", ANCHOR)
        done("write_draft", Draft(title="Tea", lines=("One.",)), reused=True)
        events.emit("segment.refined", segment=SEGMENT)
        done("draw_frame", Frame(asset=ASSET, width=2, height=2), "s1")
        done("speak", Clip(asset=ASSET, duration_ms=5, voice="a", pace=1, words=()), "s1")
        await book.close(run)
    seen = await told()
    assert [kind for kind, _ in seen if kind not in {"progress", "step.done"}] == [
        "anchor.set", "script.drafted", "segment.refined", "frame.drawn", "clip.spoken",
    ]  # fmt: skip
    by_kind = dict(seen)
    assert by_kind["anchor.set"] == {"anchor": ANCHOR.model_dump(mode="json")}
    assert by_kind["script.drafted"] == {"title": "Tea", "lines": ["One."]}
    assert by_kind["segment.refined"]["segment"]["caption"] == "Tea is old."
    assert by_kind["frame.drawn"]["segment"] == "s1"
    assert by_kind["frame.drawn"]["frame"]["asset"]["sha256"] == "0" * 64
    assert set(by_kind["step.done"]) == {"step", "label", "reused", "seconds", "key"}
    async with reading() as db:
        timings = {row.step: row.count for row in await db.execute(select(tables.timings))}
    assert timings == {"set_anchor": 1, "draw_frame": 1, "speak": 1}


@pytest.mark.parametrize(("label", "segment"), [("s12", {"segment": "s12"}), ("", {}), ("s0", {}), ("poster", {})])
async def test_why_a_step_failed_is_told_once_and_of_which_shot(run, label, segment):
    why = {"error": "EngineFailed", "what": "It broke.", "remedy": "Try again.", "retryable": False}
    for _ in range(2):
        async with journal.keeping() as book:
            await book.open(run)
            events.emit("step.failed", step="draw_frame", label=label, key="k", **why)
            await book.close(run)
    assert await told() == [("step.failed", {"step": "draw_frame", "label": label, **why, **segment})]


async def test_a_run_that_is_done_over_repeats_nothing(run):
    for _ in range(2):
        async with journal.keeping() as book:
            await book.open(run)
            events.emit("script.planned", segments=1)
            done("set_anchor", ANCHOR)
            events.emit("segment.refined", segment=SEGMENT)
            await book.close(run)
    kinds = [kind for kind, _ in await told() if kind != "progress"]
    assert sorted(kinds) == ["anchor.set", "script.planned", "segment.refined", "step.done"]


async def test_what_comes_often_is_told_seldom(run):
    async with journal.keeping() as book:
        await book.open(run)
        events.emit("script.planned", segments=100)
        events.emit("step.started", step="refine_segment", label="s7")
        begun = time.time()
        while time.time() - begun < 1.3:
            events.emit("text.streamed", stage="draft", text="no ")
            events.emit("text.streamed", stage="refine", text="yes ")
            events.emit("engine.used", pool="text", waited_s=0.0, seconds=0.5)
            events.emit("segment.refined", segment=SEGMENT)
            await asyncio.sleep(0.01)
        await book.close(run)
    seen = await told()
    counts = {name: sum(kind == name for kind, _ in seen) for name in ("segment.writing", "progress", "cost")}
    assert 4 <= counts["segment.writing"] <= 6
    assert 2 <= counts["progress"] <= 4
    assert 2 <= counts["cost"] <= 4
    assert all("no" not in data["caption"] for kind, data in seen if kind == "segment.writing")
    assert seen[-1][0] == "cost"
    assert seen[-1][1]["engine_seconds"] == sum(seen[-1][1]["by_pool"].values()) > 10


async def test_a_caption_that_is_begun_again_is_told_from_its_start(run):
    async with journal.keeping() as book:
        await book.open(run)
        events.emit("step.started", step="refine_segment", label="s1")
        for piece in ("", "A bad", ""):
            events.emit("text.streamed", stage="refine", text=piece)
        await asyncio.sleep(0.3)
        events.emit("text.streamed", stage="refine", text="A good")
        await book.close(run)
    captions = [data["caption"] for _, data in await told("segment.writing")]
    assert captions == ["A bad", "A good"]


async def test_what_an_interrupted_execution_cost_and_how_far_it_was_is_not_forgotten(run):
    for _ in range(2):
        async with journal.keeping() as book:
            await book.open(run)
            events.emit("script.planned", segments=2)
            events.emit("engine.used", pool="image", waited_s=0.0, seconds=2.0)
            events.emit("segment.refined", segment=SEGMENT)
            await book.close(run)
    assert [data["engine_seconds"] for _, data in await told("cost")][-1] == 4.0
    fractions = [data["fraction"] for _, data in await told("progress")]
    assert fractions == [0.2]


async def test_a_run_that_waits_is_said_to_wait(run):
    async def state() -> str:
        async with reading() as db:
            return (await db.execute(select(tables.runs.c.state))).scalar_one()

    async with journal.keeping() as book:
        await book.open(run)
        events.emit("run.waiting", gate="script", until=5.0, segments=(SEGMENT,))
        await asyncio.sleep(0.3)
        assert await state() == "waiting"
        events.emit("run.resumed")
        await book.close(run)
    assert await state() == "running"
    assert [kind for kind, _ in await told()] == ["run.waiting", "run.resumed"]


async def test_each_time_that_a_run_waited_it_goes_on_once(run):
    async def waited_until(until: float) -> None:
        async with journal.keeping() as book:
            await book.open(run)
            events.emit("run.waiting", gate="script", until=until, segments=(SEGMENT,))
            await book.close(run)

    async def goes_on() -> None:
        async with journal.keeping() as book:
            await book.open(run)
            events.emit("run.resumed", gate="script")
            await book.close(run)

    for until in (5.0, 6.0):
        await waited_until(until)
        await goes_on()
        await goes_on()  # after its worker was killed
    assert [kind for kind, _ in await told()] == ["run.waiting", "run.resumed"] * 2


async def test_another_attempt_tells_its_own(run):
    again = dataclasses.replace(run, attempt=2)
    async with writing() as db:
        await eventlog.append_within(db, run.stream, [Entry("run.started", {}, again.uid("started"), run.id)])
    for attempt in (run, again, again):
        async with journal.keeping() as book:
            await book.open(attempt)
            events.emit("anchor.set", anchor=ANCHOR)
            await book.close(attempt)
    assert [kind for kind, _ in await told("anchor.set")] == ["anchor.set"] * 2


async def test_what_cannot_be_told_stops_nothing_else(run, monkeypatch, caplog):
    monkeypatch.setattr(journal, "AGAIN_S", 0.01)
    async with journal.keeping() as book:
        await book.open(run)
        events.emit("anchor.set", anchor=ANCHOR)
        events.emit("step.done", step="speak")  # without what a step tells
        events.emit("anchor.set", anchor=object())
        events.emit("script.planned", segments=3)
        await book.close(run)
        assert not book.writer.done()
    assert [kind for kind, _ in await told()] == ["anchor.set", "script.planned"]
    assert "not in the log" in caplog.text


async def test_runs_that_nobody_opened_are_not_told(run):
    async with journal.keeping() as book:
        await book.open(run)
        events.run.set("another")
        events.emit("script.planned", segments=1)
        events.run.set(RUN.flow_run)
        await book.close(run)
        events.emit("script.planned", segments=1)
    assert await told() == []


async def test_a_locked_database_stops_neither_the_work_nor_the_telling(run, home):
    with contextlib.closing(sqlite3.connect(home / "flywheel.db", isolation_level=None)) as lock:
        async with journal.keeping() as book:
            await book.open(run)
            lock.execute("BEGIN IMMEDIATE")
            begun = time.perf_counter()
            in_a_thread = threading.Thread(target=events.emit, args=("script.planned",), kwargs={"segments": 0})
            in_a_thread.start()
            in_a_thread.join()
            for n in range(50):
                events.emit("script.planned", segments=n)
            assert time.perf_counter() - begun < 0.2
            closing = asyncio.create_task(book.close(run))
            await asyncio.sleep(1)
            assert not closing.done()
            lock.execute("ROLLBACK")
            await closing
    assert [data["segments"] for _, data in await told("script.planned")] == list(range(50))
