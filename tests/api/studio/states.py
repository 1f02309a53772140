"""The states that the studio can be in, each brought about as a user would meet it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from tests.api.studio.acting import User
from tests.api.studio.driving import Studio, until

TOPICS = {"en": "How honeybees find flowers", "zh": "蜜蜂怎样找到花"}
LONG_S = 60
"""A film that is still being made when its page has been looked at."""
GONE = {"sha256": "0" * 64, "media_type": "image/png", "size_bytes": 10}
"""A picture that the store has not."""

State = Callable[[Studio, User], Awaitable[None]]


async def empty(_: Studio, user: User) -> None:
    await user.page.goto("/studio")
    await user.button("brief.create").wait_for()
    await until(user.page, "document.querySelector('.estimate')?.textContent.trim()")


async def streaming(studio: Studio, user: User) -> None:
    made = await made_now(studio, user, seconds=LONG_S, language=user.lang)
    await user.open(made)
    await user.stored("m.shots.value.some(({ picture }) => picture)")


async def finished(studio: Studio, user: User) -> None:
    await shown(user, await studio.kept_project(TOPICS[user.lang]))


async def shown(user: User, project: str) -> None:
    """A finished film, all of it there."""
    await user.open(project)
    await user.stored("m.scene.value?.stage === 'made' && m.versions.value.length")


async def film_tab(studio: Studio, user: User) -> None:
    await finished(studio, user)
    await user.tab("edit")
    await user.page.get_by_role("tab", name=user.say("inspector.film"), exact=True).click()
    await user.page.get_by_role("heading", name=user.say("versions"), exact=True).wait_for()


async def edited(studio: Studio, user: User) -> None:
    await shown(user, await studio.finished_project(TOPICS[user.lang]))
    await user.caption(1, {"en": "Bees dance.", "zh": "蜜蜂跳舞。"}[user.lang])
    await user.saved()
    await user.stored("m.estimate.value")


async def timeline(studio: Studio, user: User) -> None:
    await finished(studio, user)
    await user.tab("timeline")
    await user.page.get_by_role("listbox", name=user.say("tl.shots")).get_by_role("option").first.focus()


async def error(studio: Studio, user: User) -> None:
    project = await studio.finished_project(TOPICS[user.lang])
    edits = {"media": {"s1": {"asset": GONE}}}
    await studio.ask("PATCH", f"/api/projects/{project}", json={"edits": edits}, headers={"If-Match": "*"})
    await studio.ask("POST", f"/api/projects/{project}/runs")
    assert (await studio.ended(project))["state"] == "failed"
    await user.open(project)
    await user.page.get_by_role("alert").first.wait_for()


async def gate(studio: Studio, user: User) -> None:
    project = await made_now(studio, user, approve="script")
    assert (await studio.ended(project))["state"] == "waiting"
    await user.open(project)
    await user.button("gate.approve").wait_for()


async def conflict(studio: Studio, user: User) -> None:
    project = await studio.finished_project(TOPICS[user.lang])
    await shown(user, project)
    await user.page.context.set_offline(True)
    await user.caption(1, "Mine.")
    theirs = {"edits": {"captions": {"s1": "Theirs."}}}
    await studio.ask("PATCH", f"/api/projects/{project}", json=theirs, headers={"If-Match": "*"})
    await user.page.context.set_offline(False)
    await user.page.get_by_role("alertdialog").wait_for()


async def publishing(studio: Studio, user: User) -> None:
    await finished(studio, user)
    await user.button("publish.open").click()
    dialog = user.page.get_by_role("dialog")
    does = [dialog.get_by_role("button", name=user.say(f"publish.{name}"), exact=True) for name in ("open", "update")]
    await does[0].or_(does[1]).click()
    await dialog.get_by_role("img", name=user.say("publish.qr")).wait_for()


async def shortcuts(studio: Studio, user: User) -> None:
    await finished(studio, user)
    await user.page.keyboard.press("?")
    await user.page.get_by_role("dialog").wait_for()


async def library(studio: Studio, user: User) -> None:
    await studio.kept_project(TOPICS[user.lang])
    await user.page.goto("/studio/library")
    await until(user.page, "document.querySelector('main a[href^=\"/studio/p/\"]')")


async def campaign(_: Studio, user: User) -> None:
    await user.page.goto("/studio/campaign")
    await user.page.get_by_role("textbox").first.wait_for()


async def operations(_: Studio, user: User) -> None:
    await user.page.goto("/studio/ops")
    await user.page.get_by_role("heading", name=user.say("ops.workers")).first.wait_for()


async def public(studio: Studio, user: User) -> None:
    project = await studio.kept_project(TOPICS[user.lang])
    page = await studio.ask("POST", f"/api/projects/{project}/publications", json={"rights": True})
    await user.page.goto(page["url"])


async def made_now(studio: Studio, user: User, seconds: int = 5, **brief: Any) -> str:
    """A project whose film is under way."""
    asked = {"topic": TOPICS[user.lang], "seconds": seconds, "height": 480, **brief}
    return str((await studio.ask("POST", "/api/projects", json={"brief": asked, "make": True}))["id"])


STATES: dict[str, State] = {
    "empty": empty, "streaming": streaming, "finished": finished, "film": film_tab, "edited": edited,
    "timeline": timeline, "error": error, "gate": gate, "conflict": conflict, "publish": publishing,
    "shortcuts": shortcuts, "library": library, "campaign": campaign, "operations": operations, "public": public,
}  # fmt: skip
