"""Idempotency-Key: a POST that is sent again is answered as the first was, and does nothing (IETF draft).

The key belongs to the tenant and to one method, path and body for 24 hours. Kept are the answers that would be the
same again; refusals that time or a change heals (401, 402, 403, 408, 409, 425, 429, 5xx) are not, and neither is what
was raised: the next request with the key is a first one. Neither is an answer with a cookie, which would be a secret.

An upload needs no key: it is named by its content, so that the same one sent again does nothing and is answered alike.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, or_, select, update
from starlette.requests import HTTPConnection

from api.bodies import RAW, read_whole, replayed
from api.edge import auth
from infra.database import reading, upsert, writing
from infra.errors import BadInput, Conflict, Denied, Unreachable
from infra.tables import idempotency

if TYPE_CHECKING:
    from sqlalchemy import Row
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEPT_S = 24 * 3600
ABANDONED_S = 120
"""A first request that has not been answered for so long was lost with its process."""
SWEEP_S = 60
LARGEST = 4 << 20
"""Answers with more bytes are not kept."""
HEALS = frozenset({401, 402, 403, 408, 409, 425, 429})
NAME = re.compile(r"[\x21-\x7e]{1,200}")
REPLAYED = (b"idempotency-replayed", b"true")

log = logging.getLogger("flywheel.api")


class UnderWay(Conflict):
    """The first request with this key has not been answered yet."""

    retryable = True
    retry_after_s = 1.0


@dataclass
class _Answer:
    """What was answered, as it goes by."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    whole: bool = False

    def take(self, message: Message) -> None:
        """Take in a message to the client."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], [(bytes(n), bytes(v)) for n, v in message.get("headers", [])]
        elif message["type"] == "http.response.body":
            if len(self.body) <= LARGEST:
                self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)

    @property
    def lasts(self) -> bool:
        """Whether it would be the same again, and may be kept."""
        secret = any(name.lower() == b"set-cookie" for name, _ in self.headers)
        same = self.whole and self.status < 500 and self.status not in HEALS
        return same and not secret and len(self.body) <= LARGEST


class Idempotent:
    """ASGI middleware for every POST of *app*; put it within what turns errors into answers and limits bodies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._swept = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a POST with a key once; pass on everything else."""
        key = HTTPConnection(scope).headers.get("idempotency-key") if scope["type"] == "http" else None
        if key is None or scope["method"] != "POST" or scope["path"] == RAW:
            return await self.app(scope, receive, send)
        if not NAME.fullmatch(key):
            raise BadInput(
                f"Idempotency-Key {key[:80]!r} is no key.", "Use 1 to 200 visible ASCII characters, such as a UUID."
            )
        try:
            tenant = (await auth.who(HTTPConnection(scope))).tenant
        except Denied:
            return await self.app(scope, receive, send)  # which says so itself
        body = await read_whole(receive)
        return await self._once(_Claim(tenant, key, _fingerprint(scope, body)), scope, replayed(body, receive), send)

    async def _once(self, claim: _Claim, scope: Scope, receive: Receive, send: Send) -> None:
        await self._sweep()
        if not await claim.take():
            return await _replay(await claim.standing(), send)
        answer = _Answer()

        async def seen(message: Message) -> None:
            answer.take(message)
            if answer.whole and answer.lasts:  # kept before the client has it: who has seen it may rely on it
                await claim.keep(answer)
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            if not answer.lasts:
                await claim.drop()
        return None

    async def _sweep(self) -> None:
        """Delete what was kept long enough, at most once a minute."""
        if time.time() - self._swept > SWEEP_S:
            self._swept = time.time()
            async with writing() as db:
                await db.execute(delete(idempotency).where(idempotency.c.created < time.time() - KEPT_S))


@dataclass(frozen=True)
class _Claim:
    """One request's claim to be the first with its key."""

    tenant: str
    key: str
    fingerprint: str
    at: float = field(default_factory=time.time)

    async def take(self) -> bool:
        """Be the first, unless another is or was."""
        row = {"fingerprint": self.fingerprint, "created": self.at, "status": None, "headers": None, "body": None}
        over = or_(
            idempotency.c.created < self.at - KEPT_S,
            and_(idempotency.c.status.is_(None), idempotency.c.created < self.at - ABANDONED_S),
        )
        taken = (
            upsert(idempotency)
            .values(tenant=self.tenant, key=self.key, **row)
            .on_conflict_do_update(index_elements=[idempotency.c.tenant, idempotency.c.key], set_=row, where=over)
        )
        async with writing() as db:
            return (await db.execute(taken.returning(idempotency.c.key))).first() is not None

    async def standing(self) -> Row[Any]:
        """The first request's answer.

        Raises:
            BadInput: the first request was another.
            UnderWay: it has not been answered yet.
        """
        mine = (idempotency.c.tenant == self.tenant) & (idempotency.c.key == self.key)
        async with reading() as db:
            row = (await db.execute(select(idempotency).where(mine))).first()
        if row is not None and row.fingerprint != self.fingerprint:
            raise BadInput(
                f"Idempotency-Key {self.key!r} was used for another request.", "Use a new key for every new request."
            )
        if row is None or row.status is None:
            raise UnderWay(
                f"The first request with Idempotency-Key {self.key!r} is still under way.", "Send it again in a second."
            )
        return row

    async def keep(self, answer: _Answer) -> None:
        """Keep the answer; where that cannot be, it is given all the same, and the key is good again in two minutes."""
        headers = json.dumps([[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers])
        kept = {"status": answer.status, "headers": headers, "body": bytes(answer.body)}
        try:
            async with writing() as db:
                await db.execute(update(idempotency).where(*self._mine()).values(**kept))
        except Unreachable as error:
            log.warning("the answer for Idempotency-Key %s was not kept: %s", self.key, error)

    async def drop(self) -> None:
        """Let another be the first; where that cannot be, one may in two minutes."""
        try:
            async with writing() as db:
                await db.execute(delete(idempotency).where(*self._mine()))
        except Unreachable as error:
            log.warning("Idempotency-Key %s was not given back: %s", self.key, error)

    def _mine(self) -> tuple[Any, ...]:
        return (
            idempotency.c.tenant == self.tenant,
            idempotency.c.key == self.key,
            idempotency.c.created == self.at,
            idempotency.c.status.is_(None),
        )


def _fingerprint(scope: Scope, body: bytes) -> str:
    target = scope["path"].encode() + b"?" + scope.get("query_string", b"")
    return hashlib.sha256(scope["method"].encode() + b" " + target + b"\n" + body).hexdigest()


async def _replay(row: Row[Any], send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(row.headers)]
    await send({"type": "http.response.start", "status": row.status, "headers": [*headers, REPLAYED]})
    await send({"type": "http.response.body", "body": row.body})
