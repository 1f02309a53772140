"""The pools in which heavy work runs: the queue is here, inside the process that holds the warm engines.

Prefect's tags (`gpu-text`, `gpu-image`, `gpu-speech`, `gpu-video`) guard the same pools from outside.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, ParamSpec, TypeVar

Pool = Literal["text", "image", "speech", "music", "render"]
P = ParamSpec("P")
T = TypeVar("T")


@functools.cache
def executor(pool: Pool) -> ThreadPoolExecutor:
    """One worker for each pool: its engine is one model with one set of weights."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"flywheel-{pool}")


async def run(pool: Pool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do blocking *work* in *pool*, first come, first served, without blocking the event loop."""
    context = contextvars.copy_context()
    call = functools.partial(context.run, work, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(executor(pool), call)
