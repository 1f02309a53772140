"""A film waits for a human: suspended in Prefect, resumed with what the human changed, refused, or refused at once."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from prefect import get_client
from prefect.exceptions import Pause
from prefect.flow_engine import run_flow_async
from prefect.utilities.callables import parameter_schema

from flows.create import create
from flows.running import make
from infra import events
from infra.errors import BadInput, Interrupted
from infra.settings import settings
from tasks.schema import Brief, Edits, Media

pytestmark = pytest.mark.usefixtures("prefect_server")


class Waiting:
    """A film's flow run, which the test executes as a worker would."""

    def __init__(self, client, flow_run):
        self.client, self.id, self.heard = client, flow_run.id, []

    async def execute(self):
        self.heard.clear()
        flow_run = await self.client.read_flow_run(self.id)
        with events.listening(self.heard.append):
            try:
                return await run_flow_async(
                    create, flow_run=flow_run, parameters=flow_run.parameters, return_type="state"
                )
            except Pause as pause:
                return pause.state

    def of(self, kind):
        return [event.data for event in self.heard if event.kind == kind]

    @property
    def ran(self) -> Counter[str]:
        return Counter(data["step"] for data in self.of("step.done") if not data["reused"])


@pytest.fixture
async def waiting():
    """Makes flow runs of the deployment of films."""
    async with get_client() as client:
        deployment = await client.create_deployment(
            flow_id=await client.create_flow(create),
            name="film",
            parameter_openapi_schema=parameter_schema(create).model_dump_for_openapi(),
            enforce_parameter_schema=True,
        )

        async def start(brief: Brief) -> Waiting:
            made = await client.create_flow_run_from_deployment(
                deployment, parameters={"brief": brief.model_dump(mode="json")}
            )
            return Waiting(client, made)

        yield start


async def test_a_script_is_approved_with_another_caption(waiting):
    brief = Brief(topic="How a letter crosses the sea", seconds=5, height=480, fps=24, approve="script")
    run = await waiting(brief)
    state = await run.execute()
    assert state.is_paused()
    [told] = run.of("run.waiting")
    assert told["gate"] == "script"
    assert told["until"] == pytest.approx(datetime.now(UTC).timestamp() + settings().approve_hours * 3600, abs=60)
    assert [segment.id for segment in told["segments"]] == ["s1"]
    assert run.of("timeline.drafted")
    first = run.ran
    assert first["refine_segment"] == 1
    assert first["draw_frame"] == first["speak"] == first["shoot"] == 0

    shown = (await run.client.read_flow_run(run.id)).state
    assert shown.name == "Suspended"
    form = await run.client.read_flow_run_input(run.id, shown.state_details.run_input_keyset["schema"])
    assert '"approve"' in form
    assert '"captions"' in form

    caption = "A letter sails past the last lighthouse."
    await run.client.resume_flow_run(run.id, run_input={"approve": True, "edits": {"captions": {"s1": caption}}})
    state = await run.execute()
    film = await state.result()
    assert [shot.caption for shot in film.timeline.shots] == [caption]
    assert film.edits.captions == {"s1": caption}
    assert not run.of("run.waiting")
    assert len(run.of("run.resumed")) == 1
    assert not set(first) & set(run.ran), "no step ran twice"
    assert run.ran["speak"] == run.ran["draw_frame"] == run.ran["shoot"] == 1


async def test_a_storyboard_is_approved_as_it_is(waiting):
    brief = Brief(topic="Where the swallows sleep", seconds=5, height=480, fps=24, approve="storyboard")
    run = await waiting(brief)
    assert (await run.execute()).is_paused()
    first = run.ran
    assert first["draw_frame"] == 1
    assert first["speak"] == first["shoot"] == 0
    await run.client.resume_flow_run(run.id, run_input={"approve": True})
    film = await (await run.execute()).result()
    assert len(film.timeline.shots) == 1
    assert not set(first) & set(run.ran)


async def test_what_is_not_approved_is_not_made(waiting):
    run = await waiting(Brief(topic="Why leaves turn red", seconds=5, height=480, fps=24, approve="script"))
    assert (await run.execute()).is_paused()
    await run.client.resume_flow_run(run.id, run_input={"approve": False})
    state = await run.execute()
    assert state.is_failed()
    with pytest.raises(Interrupted, match="The script was not approved"):
        await state.result()
    assert run.ran["draw_frame"] == 0


async def test_an_answer_that_is_none_leaves_the_film_waiting(waiting):
    run = await waiting(Brief(topic="Why leaves turn gold", seconds=5, height=480, fps=24, approve="script"))
    assert (await run.execute()).is_paused()
    answer = await run.client.resume_flow_run(run.id, run_input={"approve": "perhaps"})
    assert answer.status == "REJECT"
    assert (await run.client.read_flow_run(run.id)).state.is_paused()


async def test_a_film_that_nobody_could_approve_is_refused_before_any_work():
    heard = []
    with events.listening(heard.append), pytest.raises(BadInput, match="Nobody can approve the script"):
        await create(Brief(topic="How tides turn", seconds=5, height=480, approve="script"))
    assert not [event for event in heard if event.kind.startswith("step.")]


async def test_a_terminal_begins_nothing_that_nobody_could_approve():
    heard = []
    with events.listening(heard.append), pytest.raises(BadInput, match="Nobody can approve the script"):
        await make(Brief(topic="How tides turn back", seconds=5, height=480, approve="script"), Edits())
    assert heard == []


def test_what_a_human_changes_is_added_to_what_was_changed_before():
    media = {"s2": Media.model_validate({"asset": {"sha256": "0" * 64, "media_type": "image/png", "size_bytes": 1}})}
    before = Edits(captions={"s1": "One.", "s2": "Two."}, voice="a", media=media)
    after = before.joined(Edits(captions={"s2": "Zwei."}, order=("s2", "s1")))
    assert after == Edits(captions={"s1": "One.", "s2": "Zwei."}, voice="a", media=media, order=("s2", "s1"))
    assert before.joined(Edits()) == before
