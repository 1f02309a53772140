"""Experiments: assignment that sticks, exposures that are true, outcomes, and results that may be looked at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fronts import front, key
from services import postgres
from sqlalchemy import insert, select

from api.edge import Ask, Who
from api.edge.variant import expose, vary
from api.findings import findings
from api.wordings import save
from infra import tables, trials
from infra.database import close_database, reading, writing
from infra.sequential import Arm
from infra.settings import settings
from infra.trials import Trial, Variant
from tasks.schema import Brief, Wording

BOLD = {
    "name": "Bold <captions> & more",
    "variants": [{"name": "plain"}, {"name": "bold", "set": {"caption_style": "bold", "transition": "cut"}}],
}


@pytest_asyncio.fixture
async def client(home) -> AsyncIterator[httpx.AsyncClient]:
    async with front() as caller:
        yield caller


async def created(client, **changes) -> dict:
    answer = await client.post("/api/experiments", json=BOLD | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def asked(user: str, tenant: str = "local", **brief) -> Ask:
    """A request for a film that was admitted, as the variant stage leaves it."""
    ask = Ask(Who(tenant, user, frozenset({"write"})), "film", {"brief": {"topic": "Bees", **brief}, "edits": {}})
    await vary(ask)
    await expose(ask)
    return ask


async def exposed() -> dict[str, str]:
    async with reading() as db:
        return {row.user: row.variant for row in (await db.execute(select(tables.exposures))).all()}


async def test_an_experiment_begins_and_stops(client):
    made = await created(client)
    assert made["state"] == "running"
    assert made["variants"][1]["set"] == {"caption_style": "bold", "transition": "cut"}
    assert (await client.get("/api/experiments")).json()["experiments"] == [made]
    assert (await client.get(f"/api/experiments/{made['id']}")).json() == made
    stopped = (await client.post(f"/api/experiments/{made['id']}/stop")).json()
    assert stopped == {**made, "state": "stopped"}
    assert "Flywheel-Variant" not in (await asked("ann")).headers
    assert (await client.get("/api/experiments/x_none")).status_code == 404


@pytest.mark.parametrize(
    "variants",
    [
        [],
        [{"name": "one", "set": {"style": "x"}}],
        [{"name": "a"}, {"name": "b"}],
        [{"name": "a"}, {"name": "a", "set": {"style": "x"}}],
        [{"name": "a"}, {"name": "b, c=d", "set": {"style": "x"}}],
        [{"name": "a", "weight": 0}, {"name": "b", "set": {"style": "x"}}],
        [{"name": "a"}, {"name": "b", "set": {"seconds": 600}}],
        [{"name": "a"}, {"name": "b", "set": {"topic": "Wasps"}}],
        [{"name": "a"}, {"name": "b", "set": {"colour": "red"}}],
        [{"name": "a"}, {"name": "b", "set": {"template": "opera"}}],
        [{"name": "a"}, {"name": "b", "set": {"engines": {"picture": "sketch"}}}],
        [{"name": "a"}, {"name": "b", "set": {"wording": {"first": "{beat.x} {words}"}}}],
    ],
)
async def test_variants_that_cannot_be_are_refused(client, variants):
    answer = await client.post("/api/experiments", json={"name": "x", "variants": variants})
    assert answer.status_code == 422
    assert (await client.get("/api/experiments")).json() == {"experiments": []}


async def test_two_experiments_do_not_vary_the_same(client):
    first = await created(client)
    answer = await client.post("/api/experiments", json=BOLD)
    assert answer.status_code == 409
    assert first["id"] in answer.json()["detail"]
    await client.post(f"/api/experiments/{first['id']}/stop")
    await created(client)


def test_users_fall_by_the_weights_and_stay():
    trial = Trial("x_1", "t", "x", (Variant("a", 1, {}), Variant("b", 3, {}), Variant("c", 0.5, {})), "running", 0)
    first = [trial.assigned(f"user{n}").name for n in range(9000)]
    assert first == [trial.assigned(f"user{n}").name for n in range(9000)]
    counts = Counter(first)
    assert counts["b"] / 9000 == pytest.approx(3 / 4.5, abs=0.02)
    assert counts["c"] / 9000 == pytest.approx(0.5 / 4.5, abs=0.02)


async def test_what_was_left_open_is_varied_and_shown_once(client):
    made = await created(client)
    seen = {}
    for _ in range(2):
        for user in map("user{}".format, range(12)):
            ask = await asked(user)
            name = ask.headers["Flywheel-Variant"].removeprefix(f"{made['id']}=")
            brief = Brief.model_validate(ask.parameters["brief"])
            assert seen.setdefault(user, name) == name
            assert (brief.caption_style, brief.transition) == (
                ("bold", "cut") if name == "bold" else ("clean", "crossfade")
            )
            assert set(ask.parameters["brief"]) == set(Brief.model_fields), "equal films are equal requests"
    assert await exposed() == seen
    assert set(seen.values()) == {"plain", "bold"}


async def test_who_set_a_field_is_left_alone_and_not_counted(client):
    await created(client)
    for user in map("user{}".format, range(12)):
        ask = await asked(user, transition="crossfade")  # the default, but theirs
        assert "Flywheel-Variant" not in ask.headers
        assert ask.parameters["brief"]["caption_style"] == "clean"
    assert not await exposed()


async def test_a_brief_as_a_value_is_varied_too_and_other_jobs_are_not(client):
    await created(client)
    who = Who("local", "ann", frozenset())
    ask = Ask(who, "film", {"brief": Brief(topic="Bees")})
    await vary(ask)
    assert "Flywheel-Variant" in ask.headers
    for parameters in ({"text": "Hello"}, {"brief": None}):
        job = Ask(who, "text", dict(parameters))
        await vary(job)
        assert (job.parameters, job.headers) == (parameters, {})


async def test_another_tenant_is_not_varied(client):
    await created(client)
    assert "Flywheel-Variant" not in (await asked("ann", tenant="t_other")).headers


async def test_a_varied_template_gets_the_wording_of_the_tenant(client):
    await save("local", "story", "en", Wording(system="Sing."), 0)
    await save("local", "explainer", "en", Wording(system="Explain."), 0)
    await created(client, variants=[{"name": "now"}, {"name": "tale", "set": {"template": "story"}}])
    systems = {"explainer": "Explain.", "story": "Sing."}
    for user in map("user{}".format, range(8)):
        for brief in ({}, {"wording": {"system": "Explain."}}):
            varied = (await asked(user, **brief)).parameters["brief"]
            assert varied["wording"]["system"] == systems[varied["template"]]
        own = (await asked(user, wording={"system": "Mine."})).parameters["brief"]
        assert own["wording"]["system"] == "Mine."
    assert len(set((await exposed()).values())) == 2


async def test_outcomes_count_once_and_only_for_who_saw_a_variant(client):
    made = await created(client)
    url = f"/api/experiments/{made['id']}"

    async def count(metric, user=None):
        body = {"metric": metric} | ({"user": user} if user else {})
        headers = {"Flywheel-User": "ann"}
        return (await client.post(f"{url}/outcomes", json=body, headers=headers)).json()["counted"]

    assert not await count("shared")
    await asked("ann")
    assert await count("shared")
    assert await count("shared", "ann")
    assert not await count("shared", "nobody")
    assert await trials.note("ann", "finished", "local") == (made["id"],)
    assert await trials.note("ann", "finished", "t_other") == ()
    assert await trials.note("nobody", "finished", "local") == ()
    for metric in ("shared", "finished"):
        results = (await client.get(f"{url}/results", params={"metric": metric})).json()
        assert sum(one["converted"] for one in results["variants"]) == 1
        assert sum(one["users"] for one in results["variants"]) == 1
    assert (await client.get(url)).json()["metrics"] == ["finished", "shared"]
    await client.post(f"{url}/stop")
    assert not await count("liked")
    assert (await client.post(f"{url}/outcomes", json={"metric": "No metric"})).status_code == 422


def found(*arms: tuple[int, int], weights: list[float] | None = None):
    names = ["control", "one", "two"][: len(arms)]
    return findings("finished", names, weights or [1.0] * len(arms), tuple(Arm(*arm) for arm in arms))


@pytest.mark.parametrize(
    ("arms", "winner"),
    [
        ([(0, 0), (0, 0)], None),
        ([(20, 2), (20, 18)], None),  # too few to conclude from
        ([(500, 250), (500, 255)], None),
        ([(500, 200), (500, 300)], "one"),
        ([(500, 300), (500, 200)], "control"),
        ([(500, 200), (500, 300), (500, 320)], "two"),
        ([(500, 300), (500, 200), (500, 300)], None),  # one is worse, the other may be as good
        ([(500, 300), (500, 200), (500, 210)], "control"),
    ],
)
def test_a_winner_is_named_only_when_it_is_sure(arms, winner):
    shown = found(*arms)
    assert shown.winner == winner
    assert shown.trustworthy
    assert (winner or "certain") in shown.verdict


def test_no_winner_where_users_were_lost():
    shown = found((1000, 400), (600, 400))
    assert not shown.trustworthy
    assert shown.winner is None
    assert found((1000, 400), (600, 400), weights=[5, 3]).trustworthy


def test_more_variants_share_the_chance_of_a_false_alarm():
    alone, shared = found((500, 200), (500, 250)), found((500, 200), (500, 250), (500, 200))
    one, other = alone.variants[1].against_control, shared.variants[1].against_control
    assert other.low < one.low
    assert other.p_value == pytest.approx(2 * one.p_value)


async def filled(client, rates: dict[str, tuple[int, int]], **changes) -> str:
    """An experiment with so many users and finished films for each variant."""
    made = await created(client, **changes)
    users = [(f"{variant}{n}", variant, n < did) for variant, (count, did) in rates.items() for n in range(count)]
    exposure = [{"experiment": made["id"], "user": user, "variant": variant, "at": 1.0} for user, variant, _ in users]
    outcome = [
        {"experiment": made["id"], "user": user, "metric": "finished", "at": 2.0} for user, _, did in users if did
    ]
    async with writing() as db:
        await db.execute(insert(tables.exposures), exposure)
        await db.execute(insert(tables.outcomes), outcome)
    return made["id"]


async def test_the_page_is_escaped_strict_and_complete(client):
    name = await filled(client, {"plain": (400, 150), "bold": (400, 230)})
    answer = await client.get(f"/api/experiments/{name}/results.html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = answer.text
    assert "Bold &lt;captions&gt; &amp; more" in page
    assert "<captions>" not in page
    assert "Keep bold: it does better than plain." in page
    assert "57.5%" in page
    assert not re.search(r"<script|\bstyle=|\bon\w+=|https?://", page)
    assert (await client.get(f"/api/experiments/{name}/results.html", params={"metric": "<b>"})).status_code == 422


async def test_experiments_belong_to_their_tenant(client, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    admin, writer = await key("t_a", "ann", "admin"), await key("t_a", "bob", "write")
    reader, stranger = await key("t_a", "cid", "read"), await key("t_b", "dan", "admin")
    assert (await client.post("/api/experiments", json=BOLD, headers=writer)).status_code == 403
    made = (await client.post("/api/experiments", json=BOLD, headers=admin)).json()
    url = f"/api/experiments/{made['id']}"
    assert (await client.get(f"{url}/results", headers=reader)).status_code == 200
    outcome = {"metric": "shared"}
    assert (await client.post(f"{url}/outcomes", json=outcome, headers=reader)).status_code == 403
    assert (await client.post(f"{url}/outcomes", json=outcome, headers=writer)).status_code == 200
    for path in ("", "/results", "/results.html"):
        assert (await client.get(url + path, headers=stranger)).status_code == 404
    assert (await client.post(f"{url}/stop", headers=stranger)).status_code == 404
    assert (await client.get("/api/experiments", headers=stranger)).json() == {"experiments": []}


async def test_the_same_on_postgres(home, monkeypatch):
    with postgres() as address:
        monkeypatch.setenv("FLYWHEEL_DATABASE", address)
        settings.cache_clear()
        async with front() as client:
            made = await created(client)
            for _ in range(2):
                await asked("ann")
                assert await trials.note("ann", "finished", "local") == (made["id"],)
            results = (await client.get(f"/api/experiments/{made['id']}/results")).json()
            assert sum(one["converted"] for one in results["variants"]) == 1
            assert (await save("local", "story", "en", Wording(system="Sing."), 0)).version == 1
        await close_database()
