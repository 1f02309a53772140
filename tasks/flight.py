"""Single flight: work of one key is done once at a time, over all processes; those of one process share it.

Who wants to do a step enters its flight: the first user of a process takes the lease `step:KEY`, the others join.
What was begun stays with the flight until the last user has left, so that nobody does it again before the result is
in the cache; who began it ahead leaves then, too. Work is done in the context of who began it, and on its allowance:
where that ends the work, another user begins it again on its own. Where the database does not answer, films are made
all the same: without a lease, and the log says so.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from infra.errors import BudgetSpent, Unreachable
from infra.pools import Stopped

if TYPE_CHECKING:
    from infra.leases import Lease

log = logging.getLogger(__name__)
T = TypeVar("T")
TTL_S = 8.0
WITHOUT_S = 30.0
"""For so long no lease is asked for once the database did not answer."""

_flights: dict[str, Flight] = {}
_without_until = 0.0
_begun: contextvars.ContextVar[list[Flight]] = contextvars.ContextVar("begun")


class Flight:
    """The work of one key in this process. *users* are those who want its result, *ahead* of them began it ahead."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.users = 0
        self.ahead = 0
        self._first = True
        self._taken = False
        self._lease: Lease | None = None
        self._taking: asyncio.Task[None] | None = None
        self._work: asyncio.Future[Any] | None = None

    async def share(self, begin: Callable[[], Awaitable[T]]) -> T:
        """The result of the work, which is begun if it is not under way; a failed one is begun again.

        So is one that ended because of whoever had begun it, and not of the work.
        """
        while True:
            mine = self._work is None or (self._work.done() and _failed(self._work))
            if mine:
                self._work = asyncio.ensure_future(begin())
            work = cast("asyncio.Future[T]", self._work)
            try:
                return await asyncio.shield(work)
            except (BudgetSpent, Stopped):
                if mine:
                    raise
            except asyncio.CancelledError:
                if mine or not work.cancelled() or _is_cancelled():
                    raise

    def first(self) -> bool:
        """True once: for the one user who counts as having done the work; the others reuse it."""
        first, self._first = self._first, False
        return first

    async def enter(self, *, wait: bool = True) -> bool:
        """Become a user: once nobody else does the work, or, with *wait* False, only if nobody does now."""
        self.users += 1
        try:
            while not self._taken:
                self._taking = self._taking or asyncio.create_task(self._take(wait=wait))
                await asyncio.shield(self._taking)
                if not wait:
                    break
        except BaseException:
            await self.leave()
            raise
        if not self._taken:
            await self.leave()
        return self._taken

    async def leave(self) -> None:
        """Be a user no longer; with the last one work that is not done is given up, and the lease given back."""
        self.users -= 1
        if self.users:
            return
        if _flights.get(self.key) is self:
            del _flights[self.key]
        for future in (self._work, self._taking):
            if future and not future.done():
                future.cancel()
        if self._lease:
            from infra import leases

            await asyncio.shield(leases.release(self._lease))

    async def landed(self) -> None:
        """The result is in the cache: those who began the work ahead need not hold it any longer."""
        while self.ahead:
            await self.leave_ahead()

    async def leave_ahead(self) -> None:
        """Leave as one of those who began ahead, unless all of them have."""
        if self.ahead:
            self.ahead -= 1
            await self.leave()

    async def _take(self, *, wait: bool) -> None:
        try:
            self._lease, self._taken = await _lease(f"step:{self.key}", wait=wait)
        finally:
            self._taking = None


def flight(key: str) -> Flight:
    """The flight of *key*; one that nobody is in begins anew."""
    return _flights.setdefault(key, Flight(key))


@asynccontextmanager
async def alone(key: str) -> AsyncIterator[Flight]:
    """Within the block no other process does the work of *key*."""
    entered = flight(key)
    await entered.enter()
    try:
        yield entered
    finally:
        await entered.leave()


async def begin(key: str, work: Callable[[], Awaitable[T]]) -> T | None:
    """Begin the work of *key* ahead of those who will want it; None when another process is at it.

    The result is kept for them until it is in the cache, or the surrounding `ahead` ends.
    """
    begun = flight(key)
    if not await begun.enter(wait=False):
        return None
    begun.ahead += 1
    _begun.get().append(begun)
    return await begun.share(work)


@asynccontextmanager
async def ahead(beginning: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Run *beginning*, which begins steps, beside the block that will want them; what nobody wanted is given up."""
    flights: list[Flight] = []
    token = _begun.set(flights)
    task = asyncio.ensure_future(beginning())
    _begun.reset(token)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for begun in flights:
            await begun.leave_ahead()


async def _lease(name: str, *, wait: bool) -> tuple[Lease | None, bool]:
    """The lease, and whether to go on."""
    global _without_until  # noqa: PLW0603
    from infra import leases

    if time.monotonic() < _without_until:
        return None, True
    try:
        lease = await (leases.hold if wait else leases.try_hold)(name, TTL_S)
    except Unreachable as error:
        _without_until = time.monotonic() + WITHOUT_S
        log.warning("working without leases, so another process may do the same work: %s", error)
        return None, True
    return lease, lease is not None


def _is_cancelled() -> bool:
    """Whether the current task itself was cancelled."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _failed(work: asyncio.Future[Any]) -> bool:
    return work.cancelled() or work.exception() is not None
