"""What `flywheel worker` registers is what prefect.yaml says, and Prefect checks what it is asked for."""

from pathlib import Path

import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import PrefectHTTPStatusError

from flows.deployments import DEPLOYMENTS, register

pytestmark = pytest.mark.usefixtures("prefect_server")


def test_prefect_yaml_has_the_same_deployments():
    wanted = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text())["deployments"]
    entrypoints = {each["name"]: each["entrypoint"] for each in wanted}
    assert entrypoints == {
        name: f"{flow.fn.__module__.replace('.', '/')}.py:{flow.fn.__name__}" for name, flow in DEPLOYMENTS.items()
    }
    assert all(each["enforce_parameter_schema"] and each["tags"] == ["flywheel"] for each in wanted)


async def test_registering_twice_changes_nothing_and_the_form_is_complete():
    async with get_client() as client:
        first, second = await register(client), await register(client)
        assert first == second
        film = await client.read_deployment_by_name("create/film")
    brief = film.parameter_openapi_schema["definitions"]["Brief"]["properties"]
    assert brief["aspect"]["enum"] == ["16:9", "9:16", "1:1"]
    assert brief["seconds"]["default"] == 30
    assert brief["topic"]["description"].startswith("What the film is about")
    assert film.description.startswith("Turn a brief into a finished film")


async def test_a_worker_that_starts_keeps_schedules_and_mends_what_differs():
    async with get_client() as client:
        [film] = [name for name, flow in (await register(client)).items() if flow.name == "create"]
        await client.create_deployment_schedules(film, [(CronSchedule(cron="0 6 * * *"), True)])
        await client.update_deployment(film, DeploymentUpdate(description="Something else"))
        try:
            assert film in await register(client)
            found = await client.read_deployment(film)
            assert [schedule.schedule.cron for schedule in found.schedules] == ["0 6 * * *"]
            assert found.description.startswith("Turn a brief into a finished film")
        finally:
            for schedule in await client.read_deployment_schedules(film):
                await client.delete_deployment_schedule(film, schedule.id)


async def test_what_cannot_be_is_refused_before_it_runs():
    async with get_client() as client:
        [film] = [name for name, flow in (await register(client)).items() if flow.name == "create"]
        with pytest.raises(PrefectHTTPStatusError, match="409"):
            await client.create_flow_run_from_deployment(film, parameters={"brief": {"topic": "tea", "seconds": "x"}})
