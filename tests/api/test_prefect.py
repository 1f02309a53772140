"""Telling a real Prefect server of runs: once, later if it is away; cancelling and approving them."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

import pytest
import services
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.input import RunInput
from prefect.input.run_input import keyset_from_paused_state
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Running, Suspended
from sqlalchemy import insert, select, update

from api import outbox, prefect
from api.edge import Ask, Who, admit
from flows.deployments import register
from infra import keys
from infra.database import close_database, reading, writing
from infra.errors import BadInput, Conflict, MissingPart, Unreachable
from infra.eventlog import read, standing
from infra.tables import runs
from tasks.schema import Edits

BRIEF = {"topic": "How honeybees find flowers", "seconds": 5, "height": 480}
ANN = Who("acme", "ann", keys.EVERYTHING)


@pytest.fixture(scope="module")
def url(prefect_server: None) -> str:
    return str(PREFECT_API_URL.value())


@pytest.fixture
async def there(url: str, home: object) -> AsyncIterator[str]:
    """A Prefect that knows our deployments; what a test leaves behind there is deleted."""
    with temporary_settings({PREFECT_API_URL: url}):
        async with get_client() as client:
            await register(client)
        # The first request of a connection can take longer than the API waits for one.
        while not await prefect.healthy():  # noqa: ASYNC110 - it is asked, and does not tell
            await asyncio.sleep(0.2)
        yield url
        async with get_client() as client:
            for name in await _told():
                await client.delete_flow_run(UUID(name))
    await _close()


@pytest.fixture
async def away(home: object) -> AsyncIterator[None]:
    """Nothing listens where Prefect should be."""
    with temporary_settings({PREFECT_API_URL: f"http://127.0.0.1:{services.free_port()}/api"}):
        yield
    await _close()


@pytest.fixture
def hanging() -> Iterator[str]:
    """Something listens where Prefect should be, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api"


async def _close() -> None:
    await prefect.close()
    await close_database()


async def _told() -> list[str]:
    async with reading() as db:
        return list(await db.scalars(select(runs.c.flow_run).where(runs.c.flow_run.is_not(None))))


def ask(**brief: Any) -> Ask:
    return Ask(ANN, "film", {"brief": {**BRIEF, **brief}, "edits": {}}, stream="p_1", version=1)


async def row(run: str) -> Any:
    async with reading() as db:
        return (await db.execute(select(runs).where(runs.c.id == run))).one()


async def age(run: str) -> None:
    async with writing() as db:
        await db.execute(update(runs).where(runs.c.id == run).values(created=time.time() - 60))


async def flow_run(run: str) -> FlowRun:
    async with get_client() as client:
        return await client.read_flow_run(UUID((await row(run)).flow_run))


async def events(stream: str) -> list[tuple[str, dict[str, Any]]]:
    return [(logged.kind, json.loads(logged.data)) for logged in await read(stream)]


async def test_a_run_and_its_first_event_are_written_and_prefect_is_told(there):
    made = await admit(ask())
    kept = await row(made.run)
    assert (kept.state, kept.stream, kept.version, kept.attempt, kept.trace) == ("queued", "p_1", 1, 1, None)
    assert await events("p_1") == [("run.queued", {"run": made.run, "flow": "film", "version": 1})]
    assert (await standing("p_1")).active == 1
    told = await flow_run(made.run)
    assert told.idempotency_key == made.run
    assert told.parameters == json.loads(kept.parameters)
    assert told.parameters["brief"]["topic"] == BRIEF["topic"]
    assert told.state
    assert told.state.is_scheduled()


async def test_the_trace_of_the_request_goes_with_the_run(there):
    from opentelemetry import trace
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

    context = SpanContext(0xABC, 0xDEF, is_remote=False, trace_flags=TraceFlags(1))
    with trace.use_span(NonRecordingSpan(context)):
        made = await admit(ask(seed=7))
    assert (await row(made.run)).trace == f"00-{0xABC:032x}-{0xDEF:016x}-01"


async def test_told_twice_at_once_it_is_one_flow_run(there):
    parameters = ask().parameters
    told = await asyncio.gather(*(prefect.trigger("r_twice", "film", parameters, within_s=20) for _ in range(4)))
    assert len(set(told)) == 1
    async with get_client() as client:
        await client.delete_flow_run(UUID(told[0]))


async def test_what_the_flow_does_not_take_fails_the_run_with_a_remedy(there):
    wrong = ask()
    wrong.parameters["edits"] = {"voice": ["tall"]}
    made = await admit(wrong)
    kept = await row(made.run)
    assert (kept.state, kept.flow_run) == ("failed", None)
    kind, data = (await events("p_1"))[-1]
    assert kind == "run.failed"
    assert data["error"] == "BadInput"
    assert "tall" in data["what"]
    assert data["remedy"]
    assert (await standing("p_1")).active == 0


async def test_a_deployment_that_is_not_there_yet_is_waited_for(there):
    with pytest.raises(MissingPart, match="flywheel worker"):
        await prefect.trigger("r_1", "no-such", {})
    made = await admit(Ask(ANN, "film", ask().parameters, stream="p_1"))
    async with writing() as db:
        await db.execute(update(runs).where(runs.c.id == made.run).values(flow="no-such", flow_run=None))
    await age(made.run)
    with pytest.raises(MissingPart):
        await outbox.round_of()
    assert (await row(made.run)).state == "queued"


async def test_a_deployment_made_anew_is_found(there, url):
    parameters = ask().parameters
    await prefect.trigger("r_before_0", "film", parameters, within_s=20)
    async with get_client() as client:
        old = await client.read_deployment_by_name("create/film")
        await client.delete_deployment(old.id)
        await register(client)
        told, *_ = await asyncio.gather(
            *(prefect.trigger(f"r_after_{number}", "film", parameters, within_s=20) for number in range(3))
        )
        assert (await client.read_flow_run(UUID(told))).deployment_id != old.id
        for flow_run in await client.read_flow_runs():
            if (flow_run.idempotency_key or "").startswith(("r_before_", "r_after_")):
                await client.delete_flow_run(flow_run.id)


async def test_while_prefect_is_away_a_run_is_accepted_and_told_later_once(away, url):
    made = await admit(ask())
    assert made.cache == "miss"
    assert (await row(made.run)).flow_run is None
    await age(made.run)
    with pytest.raises(Unreachable):
        await outbox.round_of()
    with temporary_settings({PREFECT_API_URL: url}):
        async with get_client() as client:
            await register(client)
        assert sum(await asyncio.gather(*(outbox.round_of() for _ in range(3)))) == 1
        assert (await flow_run(made.run)).idempotency_key == made.run
        assert await outbox.round_of() == 0
        async with get_client() as client:
            await client.delete_flow_run((await flow_run(made.run)).id)
        await prefect.close()


async def test_a_request_waits_for_prefect_two_seconds_and_the_next_not_at_all(home, hanging):
    with temporary_settings({PREFECT_API_URL: hanging}):
        begun = time.monotonic()
        await admit(ask())
        first = time.monotonic()
        await admit(ask(seed=2))
        second = time.monotonic()
        assert not await prefect.healthy()
    assert 1.9 < first - begun < 5
    assert second - first < 1
    await _close()


async def test_prefect_is_waited_for_again_after_its_rest_however_many_ask_meanwhile(home, hanging):
    with temporary_settings({PREFECT_API_URL: hanging}):
        with pytest.raises(Unreachable):
            await prefect.trigger("r_1", "film", {})
        connection = await prefect._connected(hanging)
        until = connection.rests_until
        with pytest.raises(Unreachable, match="within the last"):
            await prefect.trigger("r_1", "film", {})
        assert connection.rests_until == until
    await _close()


async def test_once_prefect_has_answered_it_is_waited_for(there):
    connection = await prefect._connected(there)
    connection.rests_until = time.monotonic() + 60
    assert await prefect.healthy()
    assert connection.rests_until == 0


async def test_an_error_that_nobody_foresaw_does_not_end_the_outbox(away, monkeypatch):
    monkeypatch.setattr(outbox, "EVERY_S", 0.05)
    made = await admit(ask())
    await age(made.run)
    async with writing() as db:
        await db.execute(update(runs).values(parameters="no JSON"))
    telling = asyncio.create_task(outbox.keep_telling())
    await asyncio.sleep(0.5)
    assert not telling.done()
    telling.cancel()


async def test_the_outbox_goes_on_by_itself(away, url, monkeypatch):
    monkeypatch.setattr(outbox, "EVERY_S", 0.1)
    monkeypatch.setattr(outbox, "AGED_S", 0.0)
    made = await admit(ask())
    telling = asyncio.create_task(outbox.keep_telling())
    await asyncio.sleep(0.5)
    assert not telling.done()
    telling.cancel()
    with temporary_settings({PREFECT_API_URL: url}):
        async with get_client() as client:
            await register(client)
        telling = asyncio.create_task(outbox.keep_telling())
        async with asyncio.timeout(20):
            while not await _told():  # noqa: ASYNC110  # it is another task's work, seen only in the database
                await asyncio.sleep(0.05)
        telling.cancel()
        async with get_client() as client:
            await client.delete_flow_run((await flow_run(made.run)).id)
        await prefect.close()


async def test_a_run_that_prefect_does_not_know_is_cancelled_at_once(away):
    made = await admit(ask())
    await prefect.cancel(made.run)
    kept = await row(made.run)
    assert kept.state == "cancelled"
    assert kept.ended
    assert (await events("p_1"))[-1] == ("run.cancelled", {"by": "user"})
    await age(made.run)
    with pytest.raises(Unreachable):
        await outbox.round_of()  # it may have been told without having answered


async def test_a_run_that_prefect_took_without_answering_is_cancelled_there_too(there):
    made = await admit(ask())
    async with writing() as db:
        await db.execute(update(runs).where(runs.c.id == made.run).values(flow_run=None))
    await prefect.cancel(made.run)
    await age(made.run)
    assert await outbox.round_of() == 1
    state = (await flow_run(made.run)).state
    assert state
    assert state.is_cancelled()
    assert await outbox.round_of() == 0


async def test_runs_of_a_flow_that_is_missing_do_not_keep_others_waiting(there):
    row = {"tenant": "acme", "user": "ann", "payload": "", "parameters": "{}", "state": "queued", "created": 1.0}
    names = [f"r_{number:03}" for number in range(outbox.MOST + 1)]
    async with writing() as db:
        rows = [{**row, "id": name, "stream": name, "flow": "no-such"} for name in names]
        film = {**row, "id": "r_film", "stream": "p_1", "flow": "film", "parameters": json.dumps(ask().parameters)}
        await db.execute(insert(runs), [*rows, film])
    with pytest.raises(MissingPart):
        await outbox.round_of()
    assert (await flow_run("r_film")).idempotency_key == "r_film"


async def test_a_run_that_was_cancelled_while_prefect_was_told_does_not_run(there):
    made = await admit(ask())
    async with writing() as db:
        await db.execute(update(runs).where(runs.c.id == made.run).values(state="cancelled", flow_run=None))
    await outbox.tell(made.run)  # it was read before it was cancelled
    state = (await flow_run(made.run)).state
    assert state
    assert state.is_cancelled()


async def test_a_run_that_nobody_has_begun_is_cancelled_at_once(there):
    made = await admit(ask())
    await prefect.cancel(made.run)
    assert (await row(made.run)).state == "cancelled"
    state = (await flow_run(made.run)).state
    assert state
    assert state.is_cancelled()


async def test_a_run_that_was_deleted_in_prefect_is_cancelled(there):
    made = await admit(ask())
    async with get_client() as client:
        told = await flow_run(made.run)
        await client.delete_flow_run(told.id)
        await prefect.cancel(made.run)
        assert (await row(made.run)).state == "cancelled"
    async with writing() as db:
        await db.execute(update(runs).values(flow_run=None))


async def test_a_worker_is_told_to_stop_a_run_and_ends_it_itself(there):
    made = await admit(ask())
    async with get_client() as client:
        await client.set_flow_run_state((await flow_run(made.run)).id, Running(), force=True)
    await prefect.cancel(made.run)
    state = (await flow_run(made.run)).state
    assert state
    assert state.is_cancelling() or state.is_cancelled()
    assert (await row(made.run)).state == ("queued" if state.is_cancelling() else "cancelled")


async def test_a_run_that_waits_is_cancelled_at_once(there):
    made = await admit(ask())
    await wait_at_gate(made.run)
    await prefect.cancel(made.run)
    assert (await row(made.run)).state == "cancelled"


class Gate(RunInput):
    approve: bool
    edits: Edits | None = None


async def wait_at_gate(run: str) -> None:
    told = await flow_run(run)
    state = Suspended(timeout_seconds=600, pause_key="script")
    keyset = keyset_from_paused_state(state)
    state.state_details.run_input_keyset = keyset
    async with get_client() as client:
        await client.set_flow_run_state(told.id, Running(), force=True)
        await client.create_flow_run_input(told.id, keyset["schema"], json.dumps(Gate.model_json_schema()))
        await client.set_flow_run_state(told.id, state, force=True)


async def test_a_run_that_waits_goes_on_with_its_edits(there):
    made = await admit(ask())
    with pytest.raises(Conflict, match="does not wait"):
        await prefect.resume(made.run, approve=True)
    await wait_at_gate(made.run)
    with pytest.raises(BadInput, match="does not go on"):
        await prefect.resume(made.run, approve="perhaps")  # type: ignore[arg-type]
    await prefect.resume(made.run, approve=True, edits=Edits(captions={"s1": "Bees dance."}))
    state = (await flow_run(made.run)).state
    assert state
    assert state.is_scheduled()
    told = await flow_run(made.run)
    keyset = keyset_from_paused_state(Suspended(timeout_seconds=600, pause_key="script"))
    async with get_client() as client:
        said = Gate.model_validate_json(await client.read_flow_run_input(told.id, keyset["response"]))
    assert said.approve
    assert said.edits == Edits(captions={"s1": "Bees dance."})
    with pytest.raises(Conflict):
        await prefect.resume(made.run, approve=True)


async def test_health_and_queues(there):
    assert await prefect.healthy()
    before = await prefect.queues()
    await admit(ask())
    after = await prefect.queues()
    assert set(after) == {"Scheduled", "Late", "Pending", "Running"}
    assert after["Scheduled"] + after["Late"] == before["Scheduled"] + before["Late"] + 1


async def test_without_prefect_there_is_no_health(away):
    assert not await prefect.healthy()
    with pytest.raises(Unreachable, match="PREFECT_API_URL"):
        await prefect.queues()
