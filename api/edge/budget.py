"""The tenant's budget of the day: is there room for what this may take?

A run reserves twice its estimate, since an estimate comes from another machine's or another day's figures; the
reservation is also the most that the run may spend, and is settled to what it did spend when it ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import ledger
from infra.ledger import Cost
from infra.settings import settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from api.edge import Ask, Modality

SAFETY = 2
"""What is reserved for each estimated second."""
FILM_SECONDS = 30
USUAL_S: dict[Modality, float] = {
    "film": 150, "anchor": 5, "text": 60, "image-storyboard": 60, "audio": 60, "video": 120,
}  # fmt: skip
"""Engine seconds of a request that comes without an estimate; those of a film are for each *FILM_SECONDS* of it."""


async def check(ask: Ask) -> None:
    """See whether the tenant's day has room for *ask*; its header says what would be left.

    Raises:
        BudgetSpent: it has not.
    """
    cost = reservation(ask)
    if not ledger.capped():
        ask.headers["Flywheel-Budget"] = "unlimited"
        return
    left = await ledger.check(ask.who.tenant, cost)
    amounts = {"money": (cost.money, left.money), "engine-seconds": (cost.engine_seconds, left.engine_seconds)}
    ask.headers["Flywheel-Budget"] = ", ".join(
        f"{name};reserved={wanted:g};left={rest:g}" for name, (wanted, rest) in amounts.items() if rest < float("inf")
    )


async def reserve_within(db: AsyncConnection, ask: Ask, run: str) -> None:
    """Reserve what *run* may take, together with the run itself, in a transaction that is alone for the tenant.

    Raises:
        BudgetSpent: others were faster.
    """
    await ledger.reserve_within(db, ask.who.tenant, ask.who.user, run, reservation(ask))


def reservation(ask: Ask) -> Cost:
    """The most that *ask* may take."""
    seconds = SAFETY * (ask.seconds or _usual_s(ask))
    money = SAFETY * ask.money or seconds * settings().price_per_engine_second
    return Cost(money, seconds)


def _usual_s(ask: Ask) -> float:
    usual = USUAL_S[ask.modality]
    if ask.modality != "film":
        return usual
    return usual * max(1.0, float(ask.parameters.get("brief", {}).get("seconds", FILM_SECONDS)) / FILM_SECONDS)
