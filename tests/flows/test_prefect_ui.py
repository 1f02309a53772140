"""A film started from the form in Prefect's own UI, in a real browser, on the whole as `flywheel up` starts it."""

import time

import httpx
import pytest
from browser import needs_chromium, page
from whole import whole

TOPIC = "How honeybees find flowers"


def deployment(prefect: str) -> str:
    return httpx.get(f"{prefect}/api/deployments/name/create/film").raise_for_status().json()["id"]


async def fill_in_and_submit(prefect: str, picture: str | None = None) -> None:
    async with page(1400, 1500) as tab:
        await tab.goto(f"{prefect}/deployments/deployment/{deployment(prefect)}/run")
        topic = tab.locator("textarea").first
        await topic.wait_for(timeout=30_000)
        for told in ("What the film is about, in the language it should speak.", "How long the film should be"):
            await tab.get_by_text(told).first.wait_for(timeout=30_000)
        await topic.fill(TOPIC)
        await tab.locator("input[type=number]").first.fill("6")
        if picture:
            await tab.screenshot(path=picture)
        await tab.get_by_role("button", name="Submit").click()
        await tab.get_by_text("scheduled to start").first.wait_for(timeout=30_000)


def finished(api: str, within_s: float = 90) -> dict:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        projects = httpx.get(f"{api}/api/projects").raise_for_status().json()["projects"]
        if projects and projects[0]["state"] not in {"queued", "running"}:
            return projects[0]
        time.sleep(0.5)
    raise AssertionError(projects)


def film_of(api: str, project: str) -> tuple[dict, bytes]:
    film = httpx.get(f"{api}/api/projects/{project}/film").raise_for_status().json()
    return film, httpx.get(api + film["files"]["master"]["url"]).raise_for_status().content


@needs_chromium
async def test_a_run_from_the_form_makes_a_project_with_a_film(tmp_path):
    with whole(tmp_path / "home", "--engine", "sketch") as running:
        await fill_in_and_submit(running.prefect)
        project = finished(running.api)
        assert project["state"] == "done"
        film, master = film_of(running.api, project["id"])
        assert master[4:8] == b"ftyp"
        assert film["duration_ms"] == pytest.approx(6000, rel=0.1)
