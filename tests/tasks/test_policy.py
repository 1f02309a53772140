import asyncio
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prefect import flow

from infra import allowance, events, leases, pools
from infra.errors import AssetMissing, BadInput, BudgetSpent, EngineBusy
from infra.settings import settings
from infra.store import open_store
from tasks import flight
from tasks.assets import keep_text
from tasks.policy import assets_in, is_outage, step
from tasks.schema import Asset, Value

pytestmark = pytest.mark.usefixtures("prefect_server", "home")
calls: list[str] = []


class Note(Value):
    text: str
    asset: Asset


@step(recipe="note/1", pool="text", uses=("text",))
async def write_note(text: str, times: int = 1) -> Note:
    calls.append(text)
    await asyncio.sleep(0.05)
    return Note(text=text * times, asset=keep_text(text * times, "text/plain"))


@step(recipe="note/1", pool="text", uses=("text",))
async def other_note(text: str, times: int = 1) -> Note:
    calls.append("other " + text)
    return Note(text="other", asset=keep_text("other", "text/plain"))


@step(recipe="stubborn/1")
async def stubborn(text: str) -> Note:
    calls.append(text)
    if len(calls) < 3:
        raise EngineBusy("The engine is busy.", "Wait.")
    return Note(text=text, asset=keep_text(text, "text/plain"))


@step(recipe="hopeless/1")
async def hopeless(text: str) -> Note:
    calls.append(text)
    raise BadInput(f"{text} cannot be.", "Say something else.")


@pytest.fixture(autouse=True)
def _fresh(home, monkeypatch):
    from prefect.settings import PREFECT_RESULTS_LOCAL_STORAGE_PATH, temporary_settings

    calls.clear()
    with temporary_settings({PREFECT_RESULTS_LOCAL_STORAGE_PATH: str(home / "results")}):
        yield


async def in_flow(work):
    @flow
    async def run():
        return await work()

    return await run()


async def test_equal_work_is_done_once_even_by_name_and_default():
    async def work():
        return [await write_note("a"), await write_note(text="a"), await write_note("a", times=1)]

    notes = await in_flow(work)
    assert calls == ["a"]
    assert notes[0] == notes[1] == notes[2]


async def test_equal_work_at_the_same_time_is_done_once():
    async def work():
        return await asyncio.gather(*[write_note("a") for _ in range(5)])

    heard = []
    with events.listening(heard.append):
        await in_flow(work)
    assert calls == ["a"]
    assert [e.data["reused"] for e in heard if e.kind == "step.done"].count(False) == 1


async def test_a_second_run_finds_everything():
    async def work():
        return await write_note("a")

    heard = []
    await in_flow(work)
    with events.listening(heard.append):
        await in_flow(work)
    assert calls == ["a"]
    assert [e.data["reused"] for e in heard if e.kind == "step.done"] == [True]


async def test_two_steps_with_equal_inputs_do_not_collide():
    async def work():
        return await write_note("a"), await other_note("a")

    first, second = await in_flow(work)
    assert calls == ["a", "other a"]
    assert first != second
    assert write_note.key("a") != other_note.key("a")


async def test_what_was_lost_from_the_store_is_made_again():
    async def work():
        return await write_note("a")

    note = await in_flow(work)
    open_store().path(note.asset.sha256).unlink()
    assert await in_flow(work) == note
    assert calls == ["a", "a"]
    assert open_store().path(note.asset.sha256).read_text() == "a"


async def test_what_was_changed_in_the_store_is_made_again():
    async def work():
        return await write_note("a")

    note = await in_flow(work)
    open_store().path(note.asset.sha256).write_text("tampered")
    await in_flow(work)
    assert open_store().path(note.asset.sha256).read_text() == "a"


async def test_work_begun_ahead_is_joined():
    async def work():
        return await write_note("a")

    async with flight.ahead(lambda: write_note.ahead("a")):
        assert (await in_flow(work)).text == "a"
    assert calls == ["a"]
    assert await write_note.ahead("a") is None
    assert not flight._flights


async def test_work_begun_ahead_that_nobody_wants_is_given_up():
    started = asyncio.Event()

    async def begin():
        started.set()
        await write_note.ahead("a")

    async with flight.ahead(begin):
        await started.wait()
        await asyncio.sleep(0.02)
    assert not flight._flights
    assert await leases.alive([f"step:{write_note.key('a')}"]) == set()


async def test_what_was_begun_ahead_is_not_held_once_it_is_known():
    key = f"step:{write_note.key('a')}"
    async with flight.ahead(lambda: write_note.ahead("a")):
        await asyncio.sleep(0.02)
        await in_flow(lambda: write_note("a"))
        assert await leases.alive([key]) == set()
        assert not flight._flights
    assert calls == ["a"]
    assert not flight._flights


async def test_who_joined_goes_on_when_the_allowance_of_who_began_ends():
    current, began = allowance.current, asyncio.Event()

    async def work() -> str:
        began.set()
        await asyncio.sleep(0.05)
        return await pools.run("text", lambda: "done")

    async def wanted(seconds: float) -> str:
        current.set(allowance.Allowance(seconds=seconds))
        async with flight.alone("k") as shared:
            return await shared.share(work)

    poor = asyncio.create_task(wanted(0))
    await began.wait()
    others = [asyncio.create_task(wanted(seconds)) for seconds in (60, 0, 60)]
    results = await asyncio.gather(poor, *others, return_exceptions=True)
    assert isinstance(results[0], BudgetSpent)
    assert [results[1], results[3]] == ["done", "done"]
    assert results[2] == "done" or isinstance(results[2], BudgetSpent)


async def test_who_joined_and_is_cancelled_does_not_begin_again():
    began = []

    async def work() -> None:
        began.append(1)
        await asyncio.sleep(10)

    async def wanted() -> None:
        async with flight.alone("k") as shared:
            await shared.share(work)

    tasks = [asyncio.create_task(wanted()) for _ in range(2)]
    await asyncio.sleep(0.2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    assert began == [1]


async def test_another_process_waits_and_finds_the_result():
    key = f"step:{write_note.key('a')}"

    async def work():
        return await write_note("a")

    lease = await leases.hold(key, 8)
    assert await ahead_of_another() is None
    waiting = asyncio.create_task(in_flow(work))
    await asyncio.sleep(1.5)
    assert calls == []
    await leases.release(lease)
    await waiting
    assert calls == ["a"]
    async with leases.held(key, 8):
        await asyncio.wait_for(in_flow(work), 20)  # what is known waits for nobody
    assert calls == ["a"]


async def ahead_of_another():
    async with flight.ahead(lambda: asyncio.sleep(0)):
        return await flight.begin(write_note.key("a"), lambda: asyncio.sleep(0))


async def test_without_a_database_films_are_made_and_the_log_says_so(monkeypatch, caplog):
    monkeypatch.setenv("FLYWHEEL_DATABASE", "postgresql+asyncpg://nobody@127.0.0.1:1/none")
    monkeypatch.setattr(flight, "_without_until", 0.0)
    settings.cache_clear()

    async def work():
        return await write_note("a"), await other_note("a")

    await in_flow(work)
    assert calls == ["a", "other a"]
    assert [record.message for record in caplog.records if "without leases" in record.message] != []
    monkeypatch.setattr(flight, "_without_until", 0.0)


async def test_a_retryable_error_is_retried_and_another_is_not():
    async def work():
        return await stubborn("a")

    assert (await in_flow(work)).text == "a"
    assert len(calls) == 3
    calls.clear()

    async def doomed():
        return await hopeless("b")

    with pytest.raises(BadInput, match="b cannot be"):
        await in_flow(doomed)
    assert calls == ["b"]


async def test_a_step_tells_only_that_it_failed_for_good():
    async def work():
        await stubborn("a")
        await hopeless.run("s1", "b")

    heard = []
    with events.listening(heard.append), pytest.raises(BadInput):
        await in_flow(work)
    (told,) = [event.data for event in heard if event.kind == "step.failed"]
    assert told == {
        "step": "hopeless", "label": "s1", "key": hopeless.key("b"), "error": "BadInput", "what": "b cannot be.",
        "remedy": "Say something else.", "retryable": False,
    }  # fmt: skip


async def test_a_step_that_is_cancelled_has_not_failed():
    heard, begun = [], asyncio.Event()

    def hear(event):
        heard.append(event)
        begun.set()

    with events.listening(hear):
        working = asyncio.create_task(in_flow(lambda: write_note("slow")))
        await begun.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert [event.kind for event in heard] == ["step.started"]


@pytest.mark.parametrize(
    ("error", "outage"),
    [
        (httpx.ConnectError("gone"), True),
        (httpx.HTTPStatusError("", request=httpx.Request("GET", "http://a"), response=httpx.Response(503)), True),
        (httpx.HTTPStatusError("", request=httpx.Request("GET", "http://a"), response=httpx.Response(404)), False),
        (BadInput("That cannot be."), False),
    ],
)
def test_an_outage_is_no_fault_of_a_step(error, outage):
    assert is_outage(error) is outage


def test_gpu_pools_are_tags():
    assert write_note.task.tags == {"gpu-text"}
    assert stubborn.task.tags == set()


def test_the_engine_is_part_of_the_key(monkeypatch):
    before = write_note.key("a")
    monkeypatch.setattr("infra.engines.identity", lambda kind, spec: "another")
    assert write_note.key("a") != before


def test_keys_are_the_same_in_another_process():
    program = "from tests.tasks.test_policy import write_note; print(write_note.key('一', times=2))"
    root = Path(__file__).parents[2]
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "FLYWHEEL_TEXT": "sketch", "HOME": "/tmp"}
        out = subprocess.run(
            [sys.executable, "-c", program], cwd=root, env=environment,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert out.stdout.strip() == write_note.key("一", times=2)


def test_assets_are_found_however_deep():
    asset = Asset(sha256="0" * 64, media_type="text/plain", size_bytes=1)

    class Deep(Value):
        notes: tuple[Note, ...]

    assert list(assets_in(Deep(notes=(Note(text="a", asset=asset),)))) == [asset]
    with pytest.raises(AssetMissing):
        open_store().path(asset.sha256)
