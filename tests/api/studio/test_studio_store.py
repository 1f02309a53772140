"""The studio's state in a real browser, against the whole: what reloads, cuts, other tabs and refusals do to it."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from driving import Studio, of, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playwright.async_api import BrowserContext, Page, Request, Route

pytestmark = pytest.mark.timeout(300)
CUT = ("net::ERR", "Failed to load resource", "503")
"""What a browser says on its console when the server is away or refuses: here that is what is tried."""
WORDS = "A dance tells the others the way."


async def store(page: Page, expression: str) -> Any:
    """The value of *expression* about the page's store, `m`."""
    return await of(page, "store.js", expression)


async def reached(page: Page, expression: str, seconds: float = 60) -> Any:
    """The value of *expression* about the store once it is true."""
    end = time.monotonic() + seconds
    while not (value := await store(page, expression)):
        now = await store(page, "[m.saving.value, m.stream.value, m.problem.value, m.busy.value, m.doc.value]")
        assert time.monotonic() < end, f"after {seconds:g} s not {expression}: {now}"
        await asyncio.sleep(0.05)
    return value


async def opened(page: Page, project: str) -> Page:
    """*page* with the project open."""
    await page.goto(f"/studio/p/{project}")
    await until(page, "document.querySelector('header') !== null")
    await store(page, f"m.open('{project}')")
    await reached(page, "m.project.value !== null")
    return page


async def caption(page: Page, segment: str, words: str) -> None:
    """Say *words* in a shot, as the inspector does."""
    await change(page, f"e.withCaption(doc, '{segment}', {json.dumps(words)})", segment)


async def change(page: Page, made: str, key: str = "") -> None:
    """Change the document `doc` to what is *made* of it with `e`, the edits."""
    base = "document.querySelector('script[src$=\"/app.js\"]').src.replace('app.js', '')"
    await page.evaluate(
        f"Promise.all([import({base} + 'store.js'), import({base} + 'core/edits.js')])"
        f".then(([m, e]) => m.change('change', (doc) => {made}, {{key: '{key}'}}))"
    )


async def captions(page: Page) -> dict[str, str]:
    """The words that a human gave, as the page has them."""
    return dict(await store(page, "m.doc.value.edits.captions"))


async def said(studio: Studio, project: str) -> dict[str, str]:
    """The words that a human gave, as the server has them."""
    return dict((await studio.project(project))["edits"]["captions"])


async def changed_elsewhere(studio: Studio, project: str, words: str) -> None:
    """Other words for the first shot, and another title, from a client that is no tab of the browser."""
    change = {"title": "Theirs", "edits": {"captions": {"s1": words}}}
    await studio.ask("PATCH", f"/api/projects/{project}", json=change, headers={"If-Match": "*"})


async def begun(studio: Studio, topic: str, seconds: float = 10) -> str:
    """A project whose film has just been asked for."""
    brief = {"topic": topic, "seconds": seconds, "height": 480}
    return str((await studio.ask("POST", "/api/projects", json={"brief": brief, "make": True}))["id"])


async def equals_the_servers(page: Page, studio: Studio, project: str) -> None:
    """The page has come to the state that the server's reducer has come to."""
    await reached(page, "!m.busy.value && m.stream.value === 'ended'", 120)
    mine, theirs = await store(page, "m.snap.value"), (await studio.project(project))["snapshot"]
    assert {**mine, "last_event_id": 0} == {**theirs, "last_event_id": 0}  # what Prefect says comes after the end, too


def refusing(method: str) -> Callable[[Route], Awaitable[None]]:
    """A network that loses requests of *method*."""

    async def handle(route: Route) -> None:
        await (route.abort() if route.request.method == method else route.continue_())

    return handle


def streams(context: BrowserContext) -> list[Request]:
    """The event streams that the browser opens from now on."""
    found: list[Request] = []
    context.on("request", lambda request: found.append(request) if "/events?" in request.url else None)
    return found


async def test_a_reload_in_the_middle_of_a_run_loses_nothing(studio: Studio) -> None:
    project = await begun(studio, "How a reload is survived")
    async with studio.page() as page:
        await opened(page, project)
        for kind in ("m.snap.value.segments.length", "m.snap.value.segments.some((one) => one.clip)"):
            await reached(page, kind)
            await page.reload()
            await opened(page, project)
        await equals_the_servers(page, studio, project)


async def test_no_event_is_lost_or_doubled_when_the_server_is_killed(studio: Studio) -> None:
    project = await begun(studio, "How a killed server is survived", 30)
    async with studio.page(allowed=CUT) as page:
        await opened(page, project)
        await page.evaluate(FOLLOWED, project)
        for floor in (15, 60):
            await until(page, f"seqs.length > {floor}", 60)
            await studio.kill_api()
        await until(page, "ended", 120)
        await equals_the_servers(page, studio, project)
        heard = await page.evaluate("seqs")
    assert heard == await shown_seqs(studio, project)


FOLLOWED = """async (project) => {
  const base = document.querySelector('script[src$="/app.js"]').src.replace('app.js', '');
  const { follow } = await import(base + 'stream.js');
  const { events } = await (await fetch(`/api/projects/${project}`)).json();
  globalThis.seqs = [];
  globalThis.ended = false;
  const onEvent = (kind, data, seq) => seqs.push([kind, seq]);
  follow(events, { after: 0, onEvent, onState: (state) => { ended = state === 'ended'; } });
}"""


async def shown_seqs(studio: Studio, project: str) -> list[list[Any]]:
    """Kind and number of each event that a state shows, from the log."""
    answer = await studio.api.get(f"/api/projects/{project}/events")
    blocks = [
        dict(line.split(": ", 1) for line in block.split("\n") if ": " in line) for block in answer.text.split("\n\n")
    ]
    hidden = {"step.done", "task.state", "flow.state", "end"}
    return [[one["event"], int(one["id"])] for one in blocks if one.get("event", "end") not in hidden]


async def test_six_tabs_share_one_stream_and_another_takes_over(studio: Studio) -> None:
    project = await begun(studio, "How six tabs share a stream")
    async with studio.page() as first:
        opening = streams(first.context)
        tabs = [first, *[await first.context.new_page() for _ in range(5)]]
        for tab in tabs:
            await opened(tab, project)
        for tab in tabs:
            await equals_the_servers(tab, studio, project)
        assert len(opening) == 1

        await first.close()
        await caption(tabs[1], "s1", WORDS)
        await reached(tabs[2], f"m.doc.value.edits.captions.s1 === {WORDS!r}")
        assert await store(tabs[2], "m.make()")
        for tab in tabs[1:]:
            await reached(tab, "m.run.value.version === 2")
            await equals_the_servers(tab, studio, project)
            assert await store(tab, "m.shots.value[0].caption") == WORDS
            assert await store(tab, "m.pending.value") == []
    assert len(opening) <= 3, [request.url for request in opening]


async def test_words_of_two_tabs_are_joined_without_a_conflict(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page(allowed=CUT) as page:
        other = await opened(await page.context.new_page(), project)
        await opened(page, project)
        await asyncio.gather(
            caption(page, "s1", "One tab."), store(other, "m.change('voice', (doc) => ({...doc, title: 'Other tab'}))")
        )
        for tab in (page, other):
            await reached(
                tab, "m.saving.value === 'saved' && m.doc.value.title === 'Other tab' && m.doc.value.edits.captions.s1"
            )
    now = await studio.project(project)
    assert (now["title"], now["edits"]["captions"]) == ("Other tab", {"s1": "One tab."})


async def test_words_that_cannot_be_sent_outlive_a_reload(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page(allowed=CUT) as page:
        await opened(page, project)
        await page.context.route("**/api/projects/*", refusing("PATCH"))
        await caption(page, "s1", WORDS)
        await reached(page, "m.saving.value === 'offline'")
        await page.reload()
        await opened(page, project)
        assert await captions(page) == {"s1": WORDS}
        assert await said(studio, project) == {}
        await page.context.unroute("**/api/projects/*")
        await page.evaluate("dispatchEvent(new Event('online'))")
        await reached(page, "m.saving.value === 'saved'")
    assert await said(studio, project) == {"s1": WORDS}


async def test_words_outlive_a_reload_right_after_they_were_typed(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page(allowed=CUT) as page:
        for turn in range(3):
            await opened(page, project)
            await caption(page, "s1", f"Words of turn {turn}.")
            await page.reload()
        await opened(page, project)
        assert await captions(page) == {"s1": "Words of turn 2."}
        await reached(page, "m.saving.value === 'saved'")
        assert await store(page, "m.conflict.value") is None
    assert await said(studio, project) == {"s1": "Words of turn 2."}


async def test_without_a_network_the_last_state_is_shown_and_edits_wait(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page(allowed=CUT) as page:
        await opened(page, project)
        before = await store(page, "m.snap.value")
        await page.goto("/studio")
        await page.context.route("**/api/**", lambda route: route.abort())
        await opened(page, project)
        assert await store(page, "m.snap.value") == before
        await caption(page, "s1", WORDS)
        await reached(page, "m.saving.value === 'offline'")
        await page.context.unroute("**/api/**")
        await page.evaluate("dispatchEvent(new Event('online'))")
        await reached(page, "m.saving.value === 'saved'")
    assert await said(studio, project) == {"s1": WORDS}


@pytest.mark.parametrize("whose", ["mine", "theirs"])
async def test_a_conflict_is_settled_as_the_user_says(studio: Studio, whose: str) -> None:
    project = await studio.finished_project()
    async with studio.page(allowed=CUT) as page:
        await opened(page, project)
        await changed_elsewhere(studio, project, "Theirs.")
        await caption(page, "s1", "Mine.")
        await reached(page, "m.saving.value === 'conflict'")
        both = await store(page, "[m.conflict.value.mine, m.conflict.value.theirs].map((doc) => doc.edits.captions)")
        assert both == [{"s1": "Mine."}, {"s1": "Theirs."}]
        await page.reload()
        await opened(page, project)
        assert await store(page, "m.saving.value") == "conflict"
        await caption(page, "s1", "Mine, after all.")
        assert (await said(studio, project))["s1"] == "Theirs."
        await store(page, f"m.settle('{whose}')")
        await reached(page, "m.saving.value === 'saved'")
        settled = {"s1": "Mine, after all." if whose == "mine" else "Theirs."}
        assert await captions(page) == await said(studio, project) == settled
        assert await store(page, "m.doc.value.title") == (await studio.project(project))["title"] == "Theirs"
        if whose == "theirs":
            await store(page, "m.undo()")
            await reached(page, "m.saving.value === 'saved' && m.saved.value.edits.captions.s1 === 'Mine, after all.'")
            assert (await said(studio, project)) == {"s1": "Mine, after all."}


async def test_what_the_server_refuses_is_kept_and_told(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page(allowed=CUT) as page:
        await opened(page, project)
        await caption(page, "s1", "long " * 200)
        await reached(page, "m.saving.value === 'error'")
        problem = await store(page, "m.problem.value")
        assert (problem["status"], problem["about"]) == (422, "save")
        assert "captions.s1" in problem["detail"]
        assert (await captions(page))["s1"].startswith("long long")
        await caption(page, "s1", "Short.")
        await reached(page, "m.saving.value === 'saved' && m.problem.value === null")
    assert await said(studio, project) == {"s1": "Short."}


async def test_a_film_begins_with_empty_shots_and_ends_with_its_own(studio: Studio) -> None:
    async with studio.page() as page:
        await page.goto("/studio")
        shown = await store(
            page,
            """(() => {
          const brief = {topic: 'How a film begins', seconds: 15, height: 480};
          globalThis.created = m.create(brief, {title: 'Begun'});
          return m.shots.value.map(({id, phase}) => [id, phase]);
        })()""",
        )
        assert shown == [["s1", "waiting"], ["s2", "waiting"]]
        assert await store(page, "m.busy.value")
        project = await page.evaluate("created")
        await equals_the_servers(page, studio, project)
        await reached(page, "m.versions.value.length === 1 && m.made.value && m.project.value.version === 1")
        assert await store(
            page, "m.shots.value.every(({phase, picture, rendered}) => phase === 'final' && picture && rendered)"
        )


async def test_a_film_that_is_refused_leaves_no_project(studio: Studio) -> None:
    async with studio.page(allowed=CUT) as page:
        await page.goto("/studio")
        told = await store(page, "m.create({topic: 'x', seconds: 1}).catch((error) => error.problem)")
        assert told["status"] == 422
        assert await store(page, "[m.problem.value.about, m.doc.value, m.busy.value]") == ["create", None, False]


async def test_what_the_next_run_makes_is_estimated_made_and_brought_back(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page() as page:
        await opened(page, project)
        first = await store(page, "m.shots.value[0].caption")
        await caption(page, "s1", WORDS)
        await reached(page, "m.pending.value.length === 1 && m.pending.value[0].what === 'caption'")
        await store(page, "m.estimateNow()")
        assert await reached(page, "m.estimate.value?.spoken") == ["s1"]
        await store(page, "m.make()")
        assert await store(page, "m.pending.value") == []
        await equals_the_servers(page, studio, project)
        await reached(page, "m.project.value.version === 2 && m.versions.value.length === 2")

        await store(page, "m.restoreShot('s1', 1)")
        await reached(page, "m.pending.value.length === 1 && m.saving.value === 'saved'")
        assert await said(studio, project) == {"s1": first}
        await store(page, "m.undo()")
        await store(page, "m.restoreVersion(1)")
        await reached(page, f"m.project.value.version === 1 && m.shots.value[0].caption === {json.dumps(first)}")
        assert await store(page, "m.pending.value") == []
        await page.reload()
        await opened(page, project)
        await reached(page, f"m.shots.value[0].caption === {json.dumps(first)}")
        assert await store(page, "m.snap.value.timeline.shots[0].caption") == first


async def test_a_shot_is_added_made_taken_out_and_brought_back(studio: Studio) -> None:
    project = await studio.finished_project()
    async with studio.page() as page:
        await opened(page, project)
        await change(page, f"e.added(doc, ['s1'], 's1', {{caption: {json.dumps(WORDS)}}})")
        shown = "m.shots.value.map(({id, added, pending, caption}) => [id, added, pending, caption])"
        assert (await store(page, shown))[1] == ["s201", True, ["new"], WORDS]
        assert await store(page, "m.make()")
        await equals_the_servers(page, studio, project)
        assert (await store(page, shown))[1] == ["s201", True, [], WORDS]
        await change(page, "e.removed(doc, ['s1', 's201'], 's201')")
        assert await store(page, "m.pending.value") == [{"shot": "s201", "what": "removed"}]
        await reached(page, "m.saving.value === 'saved'")
        await store(page, "m.undo()")
        assert (await store(page, shown))[1] == ["s201", True, [], WORDS]
        await reached(page, "m.saving.value === 'saved'")


async def test_a_run_is_cancelled_and_retried(studio: Studio) -> None:
    project = await begun(studio, "How a run is taken back", 30)
    async with studio.page() as page:
        await opened(page, project)
        await reached(page, "m.run.value?.state === 'running'")
        await store(page, "m.cancel()")
        await reached(page, "m.run.value.state === 'cancelled' && !m.busy.value")
        await store(page, "m.retry()")
        await equals_the_servers(page, studio, project)
        assert await store(page, "m.run.value.state") == "done"


async def test_a_run_that_waits_goes_on_with_what_was_changed(studio: Studio) -> None:
    brief = {"topic": "How a script is approved", "seconds": 10, "height": 480, "approve": "script"}
    project = (await studio.ask("POST", "/api/projects", json={"brief": brief, "make": True}))["id"]
    async with studio.page() as page:
        await opened(page, project)
        await reached(page, "m.run.value?.state === 'waiting'")
        await caption(page, "s2", WORDS)
        await store(page, "m.approve()")
        await equals_the_servers(page, studio, project)
        await reached(page, "m.saving.value === 'saved'")
        assert await store(page, "[m.shots.value[1].caption, m.pending.value]") == [WORDS, []]
    assert await said(studio, project) == {"s2": WORDS}
