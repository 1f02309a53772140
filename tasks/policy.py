"""How every kind of work runs: pool tag, retries, cache key. One rule, written once.

A step's key is the SHA-256 of its recipe (name and version), the identities of its engines and the canonical JSON of
its inputs, assets by hash. No run, user, clock or path is in it, so equal work is done once, whoever asks for it, also
at the same time in other processes. What is in the cache waits for nobody.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

import httpx
from prefect import task
from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError
from prefect.tasks import exponential_backoff
from pydantic import BaseModel

from infra import engines, events
from infra.errors import FlywheelError, told
from infra.hashing import digest
from infra.settings import settings
from infra.store import open_store
from tasks import flight
from tasks.schema import Asset

if TYPE_CHECKING:
    from prefect import Task
    from prefect.client.schemas.objects import State, TaskRun

    from infra.pools import Pool

P = ParamSpec("P")
R = TypeVar("R", bound=BaseModel)

GPU_POOLS = frozenset({"text", "image", "speech"})
RETRIES = 3


class Step(Generic[P, R]):
    """A cached, retried Prefect task around one async function of this package.

    Args:
        body: the work; its parameters must have a canonical form, and its result is a small frozen value.
        recipe: changes whenever the same inputs would give another output.
        pool: the pool whose engine does the work; GPU pools become the tag `gpu-…`.
        uses: setting names of the engines whose identity belongs in the key, e.g. `("image", "embed")`.
    """

    def __init__(self, body: Callable[P, Awaitable[R]], recipe: str, pool: Pool | None, uses: tuple[str, ...]) -> None:
        functools.update_wrapper(self, body)
        self.name = body.__name__
        self.body, self.recipe, self.pool, self.uses = body, recipe, pool, uses
        self.signature = inspect.signature(body)
        decorate = task(
            name=self.name,
            task_run_name=self.name,
            description=inspect.getdoc(body),
            tags=[f"gpu-{pool}"] if pool in GPU_POOLS else [],
            retries=RETRIES,
            retry_delay_seconds=exponential_backoff(backoff_factor=1),
            retry_jitter_factor=0.5,
            retry_condition_fn=worth_retrying,
            persist_result=True,
            result_serializer="json",
            cache_key_fn=lambda _, inputs: self._key(inputs),
        )
        self.task: Task[P, Any] = decorate(self._joined())

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run as a Prefect task: from the cache when it is there and its assets are sound, else anew."""
        return await self.run("", *args, **kwargs)

    async def run(self, label: str, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, shown as `name · label` in Prefect and in events; one that fails for good tells so."""
        begun, key = time.perf_counter(), self.key(*args, **kwargs)
        events.emit("step.started", step=self.name, label=label)
        shown = self.task.with_options(task_run_name=f"{self.name} · {label}") if label else self.task
        try:
            value, reused = await self._known(key, shown, args, kwargs) or await self._made(key, shown, args, kwargs)
        except Exception as error:
            if not is_outage(error):
                events.emit("step.failed", step=self.name, label=label, key=key, **told(error))
            raise
        seconds = time.perf_counter() - begun
        done = {"label": label, "reused": reused, "seconds": seconds, "value": value, "key": key}
        events.emit("step.done", step=self.name, engine=self.engine, **done)
        return value

    async def ahead(self, *args: P.args, **kwargs: P.kwargs) -> R | None:
        """Begin the work, within `flight.ahead`; the task then joins it. None when it is known or another's."""
        if self.known(*args, **kwargs):
            return None
        return await flight.begin(self.key(*args, **kwargs), lambda: self.body(*args, **kwargs))

    @property
    def engine(self) -> str:
        """The identity of the engine that does the work, or empty."""
        return engines.setting_identity(self.uses[0]) if self.uses else ""

    def known(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Whether the local cache has a result for a call."""
        return self._cached(self.key(*args, **kwargs))

    def key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The cache key of a call."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return self._key(bound.arguments)

    def _key(self, inputs: dict[str, Any]) -> str:
        used = {name: engines.setting_identity(name) for name in self.uses}
        return digest({"step": self.name, "recipe": self.recipe, "engines": used, "inputs": inputs})

    def _cached(self, key: str) -> bool:
        return (settings().results / key).exists()

    async def _known(self, key: str, shown: Task[P, Any], args: Any, kwargs: Any) -> tuple[R, bool] | None:
        """What the cache has, if its assets are sound."""
        if not self._cached(key):
            return None
        value, reused = await self._settled(shown, args, kwargs)
        return (value, reused) if not reused or await asyncio.to_thread(all_sound, value) else None

    async def _made(self, key: str, shown: Task[P, Any], args: Any, kwargs: Any) -> tuple[R, bool]:
        """What this process makes, or another made while this one waited."""
        async with flight.alone(key) as shared:
            value, reused = await self._settled(shown, args, kwargs)
            if reused and not await asyncio.to_thread(all_sound, value):
                value, reused = await self._settled(shown.with_options(refresh_cache=True), args, kwargs)
            await shared.landed()
            return value, reused or not shared.first()

    async def _settled(self, shown: Task[P, Any], args: Any, kwargs: Any) -> tuple[R, bool]:
        state: State[R] = await cast("Any", shown)(*args, **kwargs, return_state=True)
        return cast("R", await cast("Any", state.result())), state.name == "Cached"

    def _joined(self) -> Callable[P, Awaitable[R]]:
        """The body as the task runs it: joins what was begun ahead or is under way for another caller."""

        @functools.wraps(self.body)
        async def joined(*args: P.args, **kwargs: P.kwargs) -> R:
            async with flight.alone(self.key(*args, **kwargs)) as shared:
                return await shared.share(lambda: self.body(*args, **kwargs))

        return joined


def step(
    *, recipe: str, pool: Pool | None = None, uses: tuple[str, ...] = ()
) -> Callable[[Callable[P, Awaitable[R]]], Step[P, R]]:
    """Make an async function a Step."""
    return lambda body: Step(body, recipe, pool, uses)


async def worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether the error says of itself that the same call may succeed later; connection faults do."""
    error = await cast("Any", state.result(raise_on_failure=False))
    return error.retryable if isinstance(error, FlywheelError) else isinstance(error, ConnectionError | TimeoutError)


def is_outage(error: BaseException | None) -> bool:
    """Whether *error* says that Prefect did not answer, or could not: no fault of the run."""
    while error is not None:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code >= 500
        if isinstance(error, httpx.TransportError | ConcurrencySlotAcquisitionError):
            return True
        error = error.__cause__
    return False


def all_sound(value: Any) -> bool:
    """Whether the store holds every asset of a value, with the right bytes."""
    return all(open_store().sound(asset.sha256) for asset in assets_in(value))


def assets_in(value: Any) -> Iterator[Asset]:
    """Every asset that a value holds, however deep."""
    if isinstance(value, Asset):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from assets_in(getattr(value, name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from assets_in(item)
