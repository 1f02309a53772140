"""What a run may spend: the hard cap, in the process that holds the engines, whatever was estimated before."""

from __future__ import annotations

import contextvars
import threading
from dataclasses import dataclass, field

from infra.errors import BudgetSpent
from infra.settings import settings


@dataclass
class Allowance:
    """Engine seconds and money of one run; None where there is no cap. Safe from any thread."""

    seconds: float | None = None
    money: float | None = None
    spent_s: float = 0.0
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def spent_money(self) -> float:
        """What the seconds so far cost."""
        return self.spent_s * settings().price_per_engine_second

    def spend(self, seconds: float) -> None:
        """Take *seconds* off."""
        with self._guard:
            self.spent_s += seconds

    def check(self) -> None:
        """Raise BudgetSpent when nothing is left."""
        if self.seconds is not None and self.spent_s >= self.seconds:
            raise BudgetSpent(
                f"This run has used the {self.seconds:.0f} engine seconds it was allowed.",
                "What was finished is kept; allow more and run it again: only the rest is paid for.",
            )
        if self.money is not None and self.spent_money > self.money:
            raise BudgetSpent(
                f"This run has spent the {self.money:.2f} it was allowed.",
                "What was finished is kept; allow more and run it again: only the rest is paid for.",
            )


current: contextvars.ContextVar[Allowance | None] = contextvars.ContextVar("allowance", default=None)
"""The allowance of the run that the current task belongs to; pools carry it into their threads."""


def check() -> None:
    """Raise BudgetSpent when the current run has nothing left; a run without an allowance may spend."""
    if allowed := current.get():
        allowed.check()


def spend(seconds: float) -> None:
    """Take *seconds* off the current run's allowance."""
    if allowed := current.get():
        allowed.spend(seconds)
