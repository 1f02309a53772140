"""Experiments: none are known here yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.edge import Ask


async def vary(ask: Ask) -> None:
    """Leave *ask* as it is."""
    del ask
