"""API keys: what is kept of them, what they allow, and who may listen without them."""

import asyncio
import base64

import pytest
from sqlalchemy import select

from infra import keys, tables
from infra.database import close_database, reading
from infra.errors import BadInput, UnknownName
from infra.settings import settings


@pytest.fixture(autouse=True)
async def _database(home):
    yield
    await close_database()


async def test_a_key_is_found_by_its_secret_alone():
    key, secret = await keys.create("acme", "ann", "laptop", ["write"])
    assert secret.startswith("fw_")
    assert len(base64.urlsafe_b64decode(secret.removeprefix("fw_") + "=")) == 32
    assert await keys.find(secret) == key
    assert await keys.find(secret[:-1]) is None
    assert await keys.find(secret + " ") is None
    assert await keys.find("\udcff") is None


async def test_the_database_does_not_hold_the_secret():
    _, secret = await keys.create("acme", "ann", "laptop", ["write"])
    async with reading() as db:
        row = (await db.execute(select(tables.keys))).one()
    assert secret not in map(str, row)
    assert len(row.digest) == 64


@pytest.mark.parametrize(
    ("given", "allowed"),
    [(["read"], {"read"}), (["write"], {"read", "write"}), (["admin"], {"read", "write", "admin"})],
)
async def test_a_scope_includes_the_lesser_ones(given, allowed):
    key, _ = await keys.create("acme", "ann", "laptop", given)
    assert key.scopes == allowed


async def test_what_cannot_be_a_key():
    with pytest.raises(UnknownName, match=r"write"):
        await keys.create("acme", "ann", "laptop", ["wirte"])
    with pytest.raises(BadInput, match="scope"):
        await keys.create("acme", "ann", "laptop", [])
    for tenant, user, name in (("", "ann", "a"), ("acme", "x" * 65, "a"), ("acme", "ann", "a\nb")):
        with pytest.raises(BadInput):
            await keys.create(tenant, user, name, ["read"])
    assert await keys.all_keys() == []


async def test_a_revoked_key_is_no_key():
    key, secret = await keys.create("acme", "ann", "laptop", ["write"])
    other, _ = await keys.create("acme", "bob", "phone", ["read"])
    await keys.revoke(key.id)
    await keys.revoke(key.id)
    assert await keys.find(secret) is None
    assert [(kept.id, kept.revoked is None) for kept in await keys.all_keys("acme")] == [
        (key.id, False),
        (other.id, True),
    ]
    assert await keys.all_keys("other") == []
    with pytest.raises(UnknownName):
        await keys.revoke("k_0")


async def test_the_first_key_is_made_once():
    made = await asyncio.gather(*(keys.first_key() for _ in range(5)))
    (secret,) = [found for found in made if found]
    key = await keys.find(secret)
    assert key
    assert (key.tenant, key.scopes) == ("main", keys.EVERYTHING)
    assert await keys.first_key() is None


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]", "::ffff:127.0.0.1"]
)
def test_this_machine(host):
    assert keys.is_loopback(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "10.0.0.1", "example.com", "localhost.example.com", "127.0.0.1.example.com", "testclient"],
)
def test_not_this_machine(host):
    assert not keys.is_loopback(host)


def test_without_keys_only_this_machine_is_listened_to(home, monkeypatch):
    keys.check_binding("127.0.0.1")
    with pytest.raises(BadInput, match="FLYWHEEL_AUTH=keys"):
        keys.check_binding("0.0.0.0")
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    keys.check_binding("0.0.0.0")
