"""What a request that spends passes, in this order, before a flow runs for it.

    auth ─ variant ─ quota ─ budget ─ cache ─ trigger

Each is one small module with one function; each says in a response header what it decided. Quota, budget and cache
look first, in this order; what they decide about (a place among the runs at a time, a film of the day, a part of the
budget, the one run for equal requests) is taken in trigger's transaction together with the run: it never has to be
given back because a later stage refused.
"""

from __future__ import annotations

import string
import time
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from infra import metrics
from infra.errors import QuotaSpent
from infra.keys import Scope

Modality = Literal["film", "anchor", "text", "image-storyboard", "audio", "video"]
"""What is asked for: also the name of the deployment that makes it."""


@dataclass(frozen=True)
class Who:
    """The caller: *user* of *tenant*, and what the key allows."""

    tenant: str
    user: str
    scopes: frozenset[Scope]


@dataclass
class Ask:
    """A request on its way through the edge; each stage may change it and adds its header.

    *parameters* are the flow's. *stream* is the project's; None gives a job a stream of its own, named as its run.
    *seconds* and *money* are what it is estimated to take; 0: the budget estimates. *seen* is the variant of each
    experiment that the brief is made by.
    """

    who: Who
    modality: Modality
    parameters: dict[str, Any]
    stream: str | None = None
    version: int | None = None
    seconds: float = 0.0
    money: float = 0.0
    seen: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Admission:
    """What came of it: the run that answers, on which stream, and whether it had to be made."""

    run: str
    stream: str
    cache: Literal["hit", "joined", "miss"]
    headers: dict[str, str]


async def admit(ask: Ask) -> Admission:
    """The run that answers *ask*: one that there is, or a new one that is about to begin.

    Raises:
        QuotaSpent, BudgetSpent: refused; nothing was begun.
        Unreachable: the database or Redis does not answer. (Where Prefect does not, the run begins later.)
    """
    from api.edge import budget, cache, quota, trigger, variant

    ask.headers |= {"Flywheel-Tenant": _plain(ask.who.tenant), "Flywheel-User": _plain(ask.who.user)}
    await variant.vary(ask)
    try:
        await quota.count(ask)
        await budget.check(ask)
        since = time.time()
        admission = await cache.find(ask) or await trigger.start(ask, since)
    except QuotaSpent:
        metrics.quota_refused(ask.modality)
        raise
    await variant.expose(ask)
    return admission


def _plain(name: str) -> str:
    """*name* as a header can carry it: what is not visible ASCII is percent-encoded, in UTF-8."""
    return quote(name, safe=string.punctuation.replace("%", ""))


__all__ = ["Admission", "Ask", "Modality", "Scope", "Who", "admit"]
