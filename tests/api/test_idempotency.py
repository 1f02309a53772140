"""A POST with an Idempotency-Key happens once, over requests and processes, on SQLite and Postgres."""

import asyncio
import json
import time

import httpx
import pytest
import services
from answering import Faultless
from fastapi import FastAPI, Request, Response
from logs import fresh_postgres
from sqlalchemy import select, update
from starlette.middleware import Middleware

from api.bodies import RAW
from api.idempotency import ABANDONED_S, KEPT_S, Idempotent
from infra.database import close_database, reading, writing
from infra.errors import QuotaSpent
from infra.settings import settings
from infra.tables import idempotency


@pytest.fixture(scope="module")
def postgres():
    with services.postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"], autouse=True)
async def _database(request, home, monkeypatch):
    if request.param == "postgres":
        monkeypatch.setenv("FLYWHEEL_DATABASE", await fresh_postgres(request.getfixturevalue("postgres")))
        settings.cache_clear()
    yield
    await close_database()


class Shop:
    """An app whose side effects can be counted; each instance stands for a process."""

    def __init__(self) -> None:
        self.sold: list[bytes] = []
        self.begun, self.goes_on = asyncio.Event(), asyncio.Event()
        api = FastAPI(middleware=[Middleware(Faultless), Middleware(Idempotent)])
        api.add_api_route("/buy", self.buy, methods=["POST", "PUT"], status_code=201)
        api.add_api_route(RAW, self.buy, methods=["POST"], status_code=201)
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://localhost:8300", timeout=30)

    async def buy(self, request: Request, response: Response, how: str = "") -> dict[str, int]:
        self.sold.append(await request.body())
        self.begun.set()
        if how == "slow":
            await self.goes_on.wait()
        if how == "busy":
            raise QuotaSpent("Too many.")
        response.status_code = {"broken": 503, "wrong": 422, "away": 409}.get(how, 201)
        if how == "cookie":
            response.set_cookie("flywheel", "fw_secret")
        response.headers["Location"] = f"/things/{len(self.sold)}"
        return {"number": len(self.sold)}

    async def post(self, key: str | None, *, how: str = "", body: bytes = b"{}", **headers: str) -> httpx.Response:
        given = headers if key is None else {**headers, "Idempotency-Key": key}
        return await self.http.post("/buy", params={"how": how}, content=body, headers=given)


@pytest.fixture
async def shop():
    made = Shop()
    yield made
    await made.http.aclose()


async def test_the_second_is_answered_as_the_first(shop):
    first, second = await shop.post("a"), await shop.post("a")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["location"] == "/things/1"
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(shop.sold) == 1


async def test_without_a_key_and_with_another_method_all_happens(shop):
    for _ in range(2):
        await shop.post(None)
        await shop.http.put("/buy", headers={"Idempotency-Key": "a"})
    assert len(shop.sold) == 4


async def test_another_process_knows_the_answer(shop):
    first = await shop.post("a")
    other = Shop()
    second = await other.post("a")
    await other.http.aclose()
    assert second.content == first.content
    assert other.sold == []


async def test_another_body_or_path_is_refused(shop):
    await shop.post("a")
    for answer in (await shop.post("a", body=b'{"x": 1}'), await shop.post("a", how="wrong")):
        assert answer.status_code == 422
        assert "another request" in answer.json()["detail"]
    assert len(shop.sold) == 1


async def test_users_of_this_machine_are_one_tenant_and_so_share_their_keys(shop):
    await shop.post("a", **{"Flywheel-User": "ann"})
    assert (await shop.post("a", **{"Flywheel-User": "bob"})).headers["idempotency-replayed"] == "true"


async def test_while_the_first_is_under_way_the_second_waits(shop):
    first = asyncio.create_task(shop.post("a", how="slow"))
    await shop.begun.wait()
    other = Shop()
    second = await other.post("a", how="slow")
    assert second.status_code == 409
    assert second.headers["retry-after"] == "1"
    shop.goes_on.set()
    assert (await first).status_code == 201
    third = await other.post("a", how="slow")
    await other.http.aclose()
    assert third.headers["idempotency-replayed"] == "true"
    assert len(shop.sold) + len(other.sold) == 1


async def test_twenty_at_once_over_two_processes_happen_once(shop):
    other = Shop()
    answers = await asyncio.gather(*((shop, other)[number % 2].post("a") for number in range(20)))
    await other.http.aclose()
    assert len(shop.sold) + len(other.sold) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert sum(answer.status_code == 201 and "idempotency-replayed" not in answer.headers for answer in answers) == 1


@pytest.mark.parametrize("how", ["broken", "busy", "away"])
async def test_what_heals_is_not_kept(shop, how):
    for _ in range(2):
        assert "idempotency-replayed" not in (await shop.post("a", how=how)).headers
    assert len(shop.sold) == 2


async def test_a_mistake_is_kept(shop):
    for _ in range(2):
        answer = await shop.post("a", how="wrong")
    assert answer.headers["idempotency-replayed"] == "true"
    assert len(shop.sold) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "\t"])
async def test_what_is_no_key(shop, key):
    assert (await shop.post(key)).status_code == 422
    assert shop.sold == []


async def test_large_bodies_reach_the_app_whole(shop):
    for size in (1 << 20, 3_000_000):
        body = bytes(size)
        await shop.post(f"key-{size}", body=body)
        assert shop.sold[-1] == body


async def test_an_answer_with_a_cookie_is_not_kept(shop):
    for _ in range(2):
        answer = await shop.post("a", how="cookie")
        assert "fw_secret" in answer.headers["set-cookie"]
        assert "idempotency-replayed" not in answer.headers
    async with reading() as db:
        assert list(await db.scalars(select(idempotency.c.headers))) == []


async def test_an_upload_is_passed_on_without_being_kept(shop):
    for _ in range(2):
        answer = await shop.http.post(RAW, content=b"a picture", headers={"Idempotency-Key": "a"})
        assert "idempotency-replayed" not in answer.headers
    assert shop.sold == [b"a picture"] * 2
    async with reading() as db:
        assert list(await db.scalars(select(idempotency.c.key))) == []


async def age(seconds: float, **values: object) -> None:
    async with writing() as db:
        await db.execute(update(idempotency).values(created=time.time() - seconds, **values))


async def test_after_a_day_a_key_is_new(shop):
    await shop.post("a")
    await age(KEPT_S + 1)
    assert "idempotency-replayed" not in (await shop.post("a", body=b"[]")).headers
    await age(KEPT_S + 1)
    await Shop().post("b")  # sweeps at its first request
    async with reading() as db:
        assert list(await db.scalars(select(idempotency.c.key))) == ["b"]


async def test_a_request_that_died_does_not_hold_its_key_for_ever(shop):
    await shop.post("a")
    await age(ABANDONED_S - 20, status=None)
    assert (await shop.post("a")).status_code == 409
    await age(ABANDONED_S + 1, status=None)
    assert (await shop.post("a")).status_code == 201
    assert len(shop.sold) == 2


async def test_tenants_do_not_share_keys(shop, monkeypatch):
    from infra import keys

    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    for tenant in ("acme", "other"):
        _, secret = await keys.create(tenant, "ann", "laptop", ["write"])
        answer = await shop.post("a", Authorization=f"Bearer {secret}")
        assert json.loads(answer.content)["number"] == len(shop.sold)
    assert len(shop.sold) == 2
    await shop.post("a")  # this app asks nobody for a key, and whoever has none has no key of ours either
    assert len(shop.sold) == 3
