"""The pools in which heavy work runs: the queue is here, inside the process that holds the warm engines.

Steps that need one carry Prefect's tag `gpu-text`, `gpu-image` or `gpu-speech`: a server with several machines sets a
concurrency limit on the tag, one machine needs none.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Literal, ParamSpec, TypeVar, get_args

from infra import allowance, events

Pool = Literal["text", "image", "speech", "music", "render"]
POOLS: tuple[Pool, ...] = get_args(Pool)
P = ParamSpec("P")
T = TypeVar("T")

_asked: dict[Future[Any], Pool] = {}
"""The work that has not ended; a future leaves it in whichever thread it ends."""
_stopping = threading.Event()
_given_up: contextvars.ContextVar[threading.Event] = contextvars.ContextVar("given_up", default=_stopping)
"""Set when nobody waits any more for the work that runs in this context."""


class Stopped(BaseException):
    """The process is stopping, or nobody waits for the work any more. Not an error: nothing may swallow it."""


def stop() -> None:
    """Ask the work in all pools to end at its next checkpoint."""
    _stopping.set()


def checkpoint() -> None:
    """Called from within long work, often.

    Raises:
        Stopped: `stop` was called, or who wanted the work was cancelled.
    """
    if _stopping.is_set() or _given_up.get().is_set():
        raise Stopped


@functools.cache
def executor(pool: Pool) -> ThreadPoolExecutor:
    """One worker for each pool: its engine is one model with one set of weights."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"flywheel-{pool}")


async def run(pool: Pool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do blocking *work* in *pool*, first come, first served, without blocking the event loop.

    Work whose caller is cancelled is not begun, or ends at its next checkpoint.

    How long it waited and worked is told as the event `engine.used`, and is taken from the run's allowance.

    Raises:
        BudgetSpent: the run's allowance is used up; the work was not begun.
    """
    context, given_up = contextvars.copy_context(), threading.Event()
    context.run(_given_up.set, given_up)
    call = functools.partial(context.run, _metered, pool, time.perf_counter(), functools.partial(work, *args, **kwargs))
    future = executor(pool).submit(call)
    _asked[future] = pool
    future.add_done_callback(lambda ended: _asked.pop(ended, None))
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        given_up.set()
        raise


def queues() -> dict[Pool, tuple[int, int]]:
    """Of each pool of this process, how many pieces of work it does now, and how many wait for it."""
    working, waiting = Counter[Pool](), Counter[Pool]()
    for future, pool in tuple(_asked.items()):
        (working if future.running() else waiting)[pool] += 1
    return {pool: (working[pool], waiting[pool]) for pool in POOLS}


def _metered(pool: Pool, asked: float, work: Callable[[], T]) -> T:
    allowance.check()
    begun = time.perf_counter()
    try:
        return work()
    finally:
        seconds = time.perf_counter() - begun
        allowance.spend(seconds)
        events.emit("engine.used", pool=pool, waited_s=begun - asked, seconds=seconds)
