"""API keys: made once and shown once; the database keeps only their SHA-256.

A key is `fw_` and 32 random bytes in 43 url-safe characters, so its hash needs no salt and no stretching.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy import func, insert, select, update

from infra import limits
from infra.database import reading, upsert, writing
from infra.errors import BadInput, UnknownName
from infra.ids import fresh
from infra.settings import settings
from infra.tables import keys, tenants

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

Scope = Literal["read", "write", "admin"]

PREFIX = "fw_"
IMPLIED: dict[str, frozenset[Scope]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "admin"}),
}
"""What each scope allows."""
EVERYTHING = IMPLIED["admin"]
FIRST_TENANT = "main"
LONGEST_NAME = 64


@dataclass(frozen=True)
class Key:
    """A key as the database knows it; times are epoch seconds."""

    id: str
    tenant: str
    user: str
    name: str
    scopes: frozenset[Scope]
    created: float
    revoked: float | None


def implied(scopes: Collection[str]) -> frozenset[Scope]:
    """What *scopes* allow: admin includes write, write includes read.

    Raises:
        BadInput: there is none.
        UnknownName: one of them does not exist.
    """
    if not scopes:
        raise BadInput("A key without a scope allows nothing.", "Give one of read, write, admin.")
    for scope in scopes:
        if scope not in IMPLIED:
            raise UnknownName("scope", scope, IMPLIED)
    return frozenset().union(*(IMPLIED[scope] for scope in scopes))


async def create(tenant: str, user: str, name: str, scopes: Collection[str]) -> tuple[Key, str]:
    """A new key of *user*, and its secret, which is nowhere else; a tenant that there is not is made.

    Raises:
        BadInput: a name is empty or too long, or a scope does not exist.
    """
    async with writing() as db:
        return await _create_within(db, tenant, user, name, scopes)


async def first_key() -> str | None:
    """The secret of an admin key for tenant `main`, made where there was no key at all; for showing once."""
    async with writing() as db:
        await limits.alone(db, "first key")
        if await db.scalar(select(func.count()).select_from(keys)):
            return None
        _, secret = await _create_within(db, FIRST_TENANT, "admin", "first key", ["admin"])
        return secret


async def all_keys(tenant: str | None = None) -> list[Key]:
    """Every key, or those of a tenant, oldest first; revoked ones too."""
    chosen = select(keys).order_by(keys.c.id)
    async with reading() as db:
        rows = await db.execute(chosen if tenant is None else chosen.where(keys.c.tenant == tenant))
        return [_key(row) for row in rows]


async def revoke(key: str) -> None:
    """Make the key with this id useless from now on; one that is revoked already stays so.

    Raises:
        UnknownName: there is no such key.
    """
    async with writing() as db:
        known = list(await db.scalars(select(keys.c.id)))
        if key not in known:
            raise UnknownName("key", key, known or ["(none)"])
        unrevoked = (keys.c.id == key) & keys.c.revoked.is_(None)
        await db.execute(update(keys).where(unrevoked).values(revoked=time.time()))


async def find(secret: str) -> Key | None:
    """The key with this secret, unless it is unknown or revoked."""
    wanted = _digest(secret)
    async with reading() as db:
        row = (await db.execute(select(keys).where(keys.c.digest == wanted))).first()
    if row is None or not hmac.compare_digest(row.digest, wanted) or row.revoked is not None:
        return None
    return _key(row)


def is_loopback(host: str) -> bool:
    """Whether *host* (a name or an address, without a port) is this machine and nothing else."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def check_binding(host: str) -> None:
    """Refuse to listen to other machines where nobody is asked for a key.

    Raises:
        BadInput: FLYWHEEL_AUTH is local and *host* is reachable from elsewhere.
    """
    if settings().auth == "local" and not is_loopback(host):
        raise BadInput(
            f"FLYWHEEL_AUTH=local asks nobody for a key, so the API does not listen on {host}.",
            "Set FLYWHEEL_AUTH=keys to let other machines in, or FLYWHEEL_HOST=127.0.0.1.",
        )


async def _create_within(
    db: AsyncConnection, tenant: str, user: str, name: str, scopes: Collection[str]
) -> tuple[Key, str]:
    for what, text in (("tenant", tenant), ("user", user), ("name", name)):
        if not text.strip() or len(text) > LONGEST_NAME or not text.isprintable():
            raise BadInput(f"{text[:80]!r} cannot be a key's {what}.", f"Use 1 to {LONGEST_NAME} printable characters.")
    secret, now = PREFIX + secrets.token_urlsafe(32), time.time()
    key = Key(fresh("k"), tenant, user, name, implied(scopes), now, None)
    await db.execute(
        upsert(tenants).values(id=tenant, name=tenant, created=now).on_conflict_do_nothing(index_elements=["id"])
    )
    row = {"id": key.id, "tenant": tenant, "user": user, "name": name, "digest": _digest(secret), "created": now}
    await db.execute(insert(keys).values(scopes=json.dumps(sorted(key.scopes)), **row))
    return key, secret


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def _key(row: Row[Any]) -> Key:
    scopes = cast("list[Scope]", json.loads(row.scopes))
    return Key(row.id, row.tenant, row.user, row.name, frozenset(scopes), row.created, row.revoked)
