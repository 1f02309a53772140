"""Who may call: keys, cookies, this machine, and nobody by way of a page elsewhere."""

import time

import httpx
import pytest
from admitting import project, who
from answering import Faultless
from fastapi import Depends, FastAPI
from sqlalchemy import insert, update
from starlette.middleware import Middleware

from api import tickets
from api.callers import Reader
from api.edge import Who, auth
from api.problems import NotThere
from infra import keys
from infra.database import close_database, writing
from infra.errors import Denied
from infra.settings import settings
from infra.tables import projects, runs


def app() -> FastAPI:
    api = FastAPI(middleware=[Middleware(Faultless)])
    api.include_router(auth.router)

    @api.get("/me")
    async def me(caller: Reader) -> dict[str, object]:
        return told(caller)

    @api.post("/write")
    async def write(caller: Who = Depends(auth.require("write"))) -> dict[str, object]:  # noqa: B008, FAST002
        return told(caller)

    @api.post("/admin")
    async def admin(caller: Who = Depends(auth.require("admin"))) -> dict[str, object]:  # noqa: B008, FAST002
        return told(caller)

    return api


def told(caller: Who) -> dict[str, object]:
    return {"tenant": caller.tenant, "user": caller.user, "scopes": sorted(caller.scopes)}


def client(host: str = "localhost:8300", address: str = "127.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app(), client=(address, 5555))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture(autouse=True)
async def _database(home):
    yield
    await close_database()


@pytest.fixture
def _keys(home, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_whoever_is_on_this_machine_may_do_all():
    async with client() as http:
        assert (await http.get("/me")).json() == {
            "tenant": "local", "user": "local", "scopes": ["admin", "read", "write"]
        }  # fmt: skip
        assert (await http.post("/admin")).status_code == 200
        assert (await http.get("/me", headers={"Flywheel-User": "ann"})).json()["user"] == "ann"
        for name in ("", "a b", "x" * 65, "ä".encode("latin-1")):
            assert (await http.get("/me", headers={"Flywheel-User": name})).status_code == 422


@pytest.mark.parametrize("host", ["127.0.0.1:8300", "[::1]:8300", "localhost"])
async def test_the_names_of_this_machine(host):
    async with client(host, "::1") as http:
        assert (await http.get("/me")).status_code == 200


@pytest.mark.parametrize(
    ("host", "address"),
    [("localhost", "10.0.0.7"), ("evil.example", "127.0.0.1"), ("localhost.evil.example", "127.0.0.1")],
)
async def test_other_machines_and_other_names_are_not_served(host, address):
    async with client(host, address) as http:
        assert (await http.get("/me")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
     {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://localhost:9999"}],
)  # fmt: skip
async def test_a_page_elsewhere_cannot_write_on_this_machine(headers):
    async with client() as http:
        assert (await http.post("/write", headers=headers)).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://localhost:8300"}, {"Sec-Fetch-Site": "same-origin"}])
async def test_our_own_pages_and_programs_can(headers):
    async with client() as http:
        assert (await http.post("/write", headers=headers)).status_code == 200


@pytest.mark.usefixtures("_keys")
async def test_a_key_says_who_calls_and_what_it_may_do():
    _, reads = await keys.create("acme", "ann", "laptop", ["read"])
    _, writes = await keys.create("acme", "bob", "robot", ["write"])
    async with client("api.example", "10.0.0.7") as http:
        assert (await http.get("/me")).status_code == 401
        assert (await http.get("/me", headers=bearer("fw_wrong"))).status_code == 401
        assert (await http.get("/me", headers={"Authorization": "Basic eDp5"})).status_code == 401
        seen = await http.get("/me", headers={**bearer(reads), "Flywheel-User": "someone"})
        assert seen.json() == {"tenant": "acme", "user": "ann", "scopes": ["read"]}
        assert (await http.post("/write", headers=bearer(reads))).status_code == 403
        assert (await http.post("/write", headers=bearer(writes))).status_code == 200
        assert (await http.post("/admin", headers=bearer(writes))).status_code == 403
        assert (await http.post("/write", headers={"authorization": f"bearer {writes}"})).status_code == 200


@pytest.mark.usefixtures("_keys")
async def test_a_revoked_key_is_unknown_at_once():
    key, secret = await keys.create("acme", "ann", "laptop", ["read"])
    async with client() as http:
        assert (await http.get("/me", headers=bearer(secret))).status_code == 200
        await keys.revoke(key.id)
        assert (await http.get("/me", headers=bearer(secret))).status_code == 401


@pytest.mark.usefixtures("_keys")
async def test_a_browser_signs_in_and_out():
    _, secret = await keys.create("acme", "ann", "laptop", ["write"])
    ours = {"Origin": "http://studio.example"}
    async with client("studio.example", "10.0.0.7") as http:
        assert (await http.post("/api/session", json={"key": "fw_wrong"}, headers=ours)).status_code == 401
        made = await http.post("/api/session", json={"key": secret}, headers=ours)
        assert made.json() == {"tenant": "acme", "user": "ann", "scopes": ["read", "write"]}
        cookie = made.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
        assert (await http.get("/me")).json()["user"] == "ann"
        assert (await http.post("/write", headers=ours)).status_code == 200
        assert (await http.post("/write")).status_code == 401  # it does not say where it comes from
        assert (await http.post("/write", headers={"Origin": "https://evil.example"})).status_code == 401
        assert (await http.delete("/api/session", headers=ours)).status_code == 204
        assert (await http.get("/me")).status_code == 401
        assert (await http.post("/write", headers=bearer(secret))).status_code == 200


@pytest.mark.usefixtures("_keys")
async def test_a_page_elsewhere_cannot_sign_a_browser_in(monkeypatch):
    _, secret = await keys.create("acme", "mallory", "trap", ["write"])
    async with client("studio.example") as http:
        made = await http.post("/api/session", json={"key": secret}, headers={"Origin": "https://evil.example"})
        assert made.status_code == 401
        assert "set-cookie" not in made.headers
        monkeypatch.setenv("FLYWHEEL_PUBLIC_URL", "https://public.example")
        settings.cache_clear()
        made = await http.post("/api/session", json={"key": secret}, headers={"Origin": "https://public.example"})
        assert "Secure" in made.headers["set-cookie"]


def connection(query: str = "", **headers: str) -> dict[str, object]:
    return {
        "type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "client": ("127.0.0.1", 1),
        "headers": [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())],
    }  # fmt: skip


async def run(name: str, **values: object) -> None:
    row = {"id": name, "flow": "text", "tenant": "acme", "user": "ann", "payload": "", "parameters": "{}",
           "state": "queued", "attempt": 1, "created": time.time(), **values}  # fmt: skip
    async with writing() as db:
        await db.execute(insert(runs).values(**row))


@pytest.mark.usefixtures("_keys")
async def test_a_stream_is_followed_by_its_tenant_alone():
    await project("p_1")
    await run("r_1", stream="r_1")
    _, mine = await keys.create("acme", "ann", "laptop", ["read"])
    _, theirs = await keys.create("other", "eve", "laptop", ["admin"])
    for stream in ("p_1", "r_1"):
        await auth.allowed(connection(authorization=f"Bearer {mine}"), stream)
        await auth.allowed(connection(cookie=f"flywheel={mine}"), stream)
        await auth.allowed(connection(f"ticket={tickets.issue(stream, 'acme')}"), stream)
        with pytest.raises(NotThere, match=stream):
            await auth.allowed(connection(authorization=f"Bearer {theirs}"), stream)
        with pytest.raises(NotThere):
            await auth.allowed(connection(f"ticket={tickets.issue(stream, 'other')}"), stream)
        with pytest.raises(Denied):
            await auth.allowed(connection(), stream)
        with pytest.raises(Denied):
            await auth.allowed(connection(f"ticket={tickets.issue('p_2', 'acme')}"), stream)
    with pytest.raises(NotThere):
        await auth.allowed(connection(authorization=f"Bearer {mine}"), "p_none")


async def test_a_film_s_run_has_no_stream_and_neither_has_a_project_that_was_deleted():
    me = who("local", "local")
    await project("p_1", me)
    await run("r_film", stream="p_1", flow="film", tenant="local")
    with pytest.raises(NotThere, match="r_film"):
        await auth.allowed(connection(), "r_film")
    async with writing() as db:
        await db.execute(update(projects).values(deleted=time.time()))
    with pytest.raises(NotThere, match="p_1"):
        await auth.allowed(connection(), "p_1")


async def test_on_this_machine_a_stream_needs_no_ticket():
    await project("p_1", who("local", "local"))
    await project("p_2")
    await auth.allowed(connection(), "p_1")
    with pytest.raises(NotThere):
        await auth.allowed(connection(), "p_2")
