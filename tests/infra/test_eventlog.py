"""The durable log on SQLite and on Postgres, written by several processes at once."""

import asyncio
import json

import pytest
from logs import phase, writer
from sqlalchemy import select

from infra import tables
from infra.database import reading, writing
from infra.eventlog import Entry, Standing, append, append_within, lasts, read, read_some, standing


def entry(kind: str, uid: str, **data: object) -> Entry:
    return Entry(kind, data, uid, "r_1")


async def test_numbers_events_in_order_and_logs_each_once(database: str) -> None:
    assert await append("p_1", [phase(1), phase(2)]) == 2
    assert await append("p_1", [phase(2), phase(3), phase(3)]) == 1
    assert await append("p_1", [phase(1)]) == 0
    rows = await read("p_1")
    assert [(row.seq, json.loads(row.data)["content"]["number"]) for row in rows] == [(1, 1), (2, 2), (3, 3)]
    assert {row.run for row in rows} == {"r_1"}
    assert await standing("p_1") == Standing(3, 0)


async def test_streams_do_not_know_each_other(database: str) -> None:
    await append("p_1", [phase(1), phase(2)])
    await append("p_2", [phase(1)])
    assert await lasts(["p_1", "p_2", "p_3"]) == {"p_1": 2, "p_2": 1}
    assert await standing("p_3") == Standing(0, 0)
    assert await read("p_3") == []


async def test_counts_the_runs_that_have_not_ended(database: str) -> None:
    await append("p_1", [entry("run.queued", "r_1:queued:1"), entry("run.queued", "r_2:queued:1")])
    await append("p_1", [entry("run.queued", "r_1:queued:1"), entry("run.done", "r_1:end:1")])
    await append("p_1", [entry("run.done", "r_1:end:1")])
    assert await standing("p_1") == Standing(3, 1)
    await append("p_1", [entry("run.failed", "r_2:end:1")])
    assert await standing("p_1") == Standing(4, 0)


async def test_reads_in_pages_and_leaves_kinds_out(database: str) -> None:
    await append("p_1", [*(phase(number) for number in range(5)), entry("step.done", "s"), phase(9)])
    assert [row.seq for row in await read("p_1", after=2, limit=2)] == [3, 4]
    assert [row.seq for row in await read("p_1", after=4, without=("step.done",))] == [5, 7]


async def test_reads_some_until_there_is_enough(database: str) -> None:
    await append("p_1", [entry("note", f"{number}", text="x" * 1000) for number in range(200)])
    assert [row.seq for row in await read_some("p_1", 3, 2500)] == [4, 5, 6]
    assert [row.seq for row in await read_some("p_1", 3, 1)] == [4]
    assert [row.seq for row in await read_some("p_1", 5, 10**9)] == list(range(6, 201))
    assert await read_some("p_1", 200, 1000) == []


async def test_what_is_rolled_back_was_never_logged(database: str) -> None:
    await append("p_1", [phase(1)])

    async def fails() -> None:
        async with writing() as db:
            await append_within(db, "p_1", [phase(2)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert await standing("p_1") == Standing(1, 0)
    await append("p_1", [phase(3)])
    assert [row.seq for row in await read("p_1")] == [1, 2]


async def test_long_uids_that_begin_alike_stay_apart(database: str) -> None:
    long = "r:step.done:" + "x" * 300
    assert await append("p_1", [entry("a", long + "1"), entry("b", long + "2")]) == 2
    assert await append("p_1", [entry("a", long + "1"), entry("b", long + "2")]) == 0


async def test_any_text_comes_back_as_it_was(database: str) -> None:
    said = {"caption": "蜜蜂 🐝\n\r\u2028\x00 \ud83d half"}
    await append("p_1", [entry("segment.writing", "w", **said)])
    (row,) = await read("p_1")
    assert json.loads(row.data) == said
    assert "\n" not in row.data
    assert "\r" not in row.data


async def test_refuses_numbers_that_are_none(database: str) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        await append("p_1", [entry("progress", "p", fraction=float("nan"))])
    assert await standing("p_1") == Standing(0, 0)


async def test_several_processes_write_one_stream_without_gap_or_double(database: str) -> None:
    await append("p_1", [phase(0, "own")])
    both = [writer("p_1", 30, tag) for tag in ("a", "b", "b")]  # two write the same happenings
    assert [await asyncio.to_thread(process.wait, 60) for process in both] == [0, 0, 0]
    rows = await read("p_1")
    assert [row.seq for row in rows] == list(range(1, 62))
    told = [(json.loads(row.data)["content"]["tag"], json.loads(row.data)["content"]["number"]) for row in rows]
    assert len(set(told)) == 61
    for tag in ("a", "b"):
        assert [number for who, number in told if who == tag] == list(range(30))


async def test_many_tasks_write_at_once(database: str) -> None:
    await asyncio.gather(*(append("p_1", [phase(number, tag)]) for number in range(10) for tag in "abc"))
    assert [row.seq for row in await read("p_1")] == list(range(1, 31))
    async with reading() as db:
        ids = list(await db.scalars(select(tables.events.c.seq).order_by(tables.events.c.id)))
    assert database != "sqlite" or ids == list(range(1, 31))
