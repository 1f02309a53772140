"""Templates over HTTP: what there is, what models would be told, and a tenant's own wording with its history."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fronts import front, key

from api.wordings import worded
from infra.settings import settings
from tasks.schema import Brief, Wording
from tasks.writing import templates

JOKE = {"last": "Narrate: {beat} About {words} words, a joke."}


@pytest_asyncio.fixture
async def client(home) -> AsyncIterator[httpx.AsyncClient]:
    async with front() as caller:
        yield caller


async def reword(client, wording, etag, name="recipe", language="en"):
    body = {"language": language, "wording": wording}
    return await client.put(f"/api/templates/{name}", json=body, headers={"If-Match": etag})


async def test_six_kinds_of_film_in_two_languages(client):
    for language, title in (("en", "Recipe"), ("zh", "菜谱")):
        found = (await client.get("/api/templates", params={"language": language})).json()["templates"]
        assert [one["name"] for one in found] == list(templates.NAMES)
        recipe = found[-1]
        assert recipe["title"] == title
        assert recipe["version"] >= 1
        assert not recipe["overridden"]
        assert recipe["variables"]["first"] == {
            "needed": ["beat", "words"],
            "known": ["beat", "style", "tone", "topic", "words"],
        }


async def test_a_template_is_read_with_its_prompts(client):
    answer = await client.get("/api/templates/recipe")
    assert answer.headers["ETag"] == '"0"'
    assert answer.json()["prompts"] == templates.read("recipe", "en").prompts
    assert answer.json()["wording"] is None


async def test_unknown_names_are_refused(client):
    assert (await client.get("/api/templates/recipes")).status_code == 404
    assert (await client.get("/api/templates/recipes/history")).status_code == 404
    assert (await reword(client, JOKE, "*", name="recipes")).status_code == 404
    assert (await client.get("/api/templates/recipe", params={"language": "fr"})).status_code == 422


async def test_a_preview_shows_the_messages(client):
    ask = {"language": "zh", "topic": "红烧茄子", "style": "温馨", "seconds": 30}
    shown = (await client.post("/api/templates/recipe/preview", json=ask)).json()
    assert shown["draft"][0]["content"].startswith("你是家里的厨师")
    assert "红烧茄子" in shown["outline"][-1]["content"]
    assert shown["narration"][-1]["content"].startswith("语气：（风格的语气）。\n旁白：（提纲的第1句。）约")
    tried = (await client.post("/api/templates/recipe/preview", json={**ask, "wording": {"system": "唱。"}})).json()
    assert tried["draft"][0]["content"].startswith("唱。")
    for fault in ({"topic": " "}, {"seconds": 1e9}, {"wording": {"first": "{beat}"}}, {"language": "fr"}):
        answer = await client.post("/api/templates/recipe/preview", json=ask | fault)
        assert answer.status_code == 422, fault
        assert answer.json()["detail"]


async def test_a_wording_is_saved_with_its_history_and_taken_back(client):
    first = await reword(client, JOKE, '"0"')
    assert (first.status_code, first.headers["ETag"]) == (200, '"1"')
    assert first.json()["prompts"]["last"] == JOKE["last"]
    assert (await reword(client, {"system": "Sing."}, '"1"')).headers["ETag"] == '"2"'
    preview = await client.post("/api/templates/recipe/preview", json={"language": "en", "topic": "Soup"})
    assert preview.json()["draft"][0]["content"].startswith("Sing.")
    lines = (await client.get("/api/templates")).json()["templates"]
    assert [one["name"] for one in lines if one["overridden"]] == ["recipe"]
    gone = await client.delete("/api/templates/recipe", headers={"If-Match": '"2"'})
    assert (gone.json()["wording"], gone.json()["overridden"]) == (None, False)
    past = (await client.get("/api/templates/recipe/history")).json()["versions"]
    assert [one["version"] for one in past] == [3, 2, 1]
    assert past[2]["wording"]["last"] == JOKE["last"]
    assert past[0]["wording"] is None
    assert (await client.get("/api/templates/recipe/history", params={"language": "zh"})).json() == {"versions": []}


async def test_a_change_names_what_it_changes(client):
    bare = await client.put("/api/templates/recipe", json={"language": "en", "wording": JOKE})
    assert bare.status_code == 428
    assert (await reword(client, JOKE, '"7"')).status_code == 412
    assert (await client.delete("/api/templates/recipe")).status_code == 428
    assert (await client.get("/api/templates/recipe/history")).json() == {"versions": []}


@pytest.mark.parametrize(
    "wording",
    [{}, {"first": "{beat.__class__} {words}"}, {"first": "{beat}"}, {"first": "{"}, {"other": "x"}, {"again": "x"}],
)
async def test_a_wording_that_cannot_be_filled_is_not_saved(client, wording):
    answer = await reword(client, wording, "*")
    assert answer.status_code == 422
    assert answer.json()["remedy"]
    assert (await client.get("/api/templates/recipe/history")).json() == {"versions": []}


async def test_briefs_get_the_wording_of_their_tenant_template_and_language(client):
    await reword(client, JOKE, "*")
    soup = Brief(topic="Tomato soup", template="recipe")
    assert (await worded(soup, "local")).wording == Wording(**JOKE)
    assert await worded(soup, "other") == soup
    assert (await worded(Brief(topic="番茄汤", template="recipe"), "local")).wording is None
    assert (await worded(Brief(topic="Bees"), "local")).wording is None
    own = soup.model_copy(update={"wording": Wording(system="Mine.")})
    assert await worded(own, "local") == own


async def test_only_admins_reword_and_only_for_their_tenant(client, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    admin, writer = await key("t_a", "ann", "admin"), await key("t_a", "bob", "write")
    stranger = await key("t_b", "cid", "admin")
    body = {"language": "en", "wording": JOKE}
    url, etag = "/api/templates/recipe", {"If-Match": "*"}
    assert (await client.put(url, json=body, headers={**writer, **etag})).status_code == 403
    assert (await client.put(url, json=body, headers=etag)).status_code == 401
    assert (await client.put(url, json=body, headers={**admin, **etag})).status_code == 200
    assert (await client.get(url, headers=writer)).json()["overridden"]
    assert not (await client.get(url, headers=stranger)).json()["overridden"]
