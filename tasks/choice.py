"""A film's own engines, for as long as its flow runs."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from infra.engines import choosing
from tasks.schema import Brief

P = ParamSpec("P")
R = TypeVar("R")


def with_chosen_engines(
    body: Callable[Concatenate[Brief, P], Awaitable[R]],
) -> Callable[Concatenate[Brief, P], Coroutine[Any, Any, R]]:
    """Wrap a flow whose first parameter is the brief: its steps, their keys and its manifest use the brief's engines.

    Raises:
        UnknownName: an engine does not exist; nothing was begun.
    """

    @functools.wraps(body)
    async def chosen(brief: Brief, /, *args: P.args, **kwargs: P.kwargs) -> R:
        with choosing(brief.engines):
            return await body(brief, *args, **kwargs)

    return chosen
