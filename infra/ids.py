"""Names of things: unique, in the order of their making, safe in addresses."""

from __future__ import annotations

import secrets
import time


def fresh(prefix: str) -> str:
    """A new id such as `p_0193a4c2f1e3b7…`: 44 bits of milliseconds, then 64 of chance; later ones sort later."""
    return f"{prefix}_{time.time_ns() // 1_000_000:011x}{secrets.token_hex(8)}"
