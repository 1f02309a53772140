"""The tables in data/*.json: words, units, abbreviations and cues of each language."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

FOLDER = Path(__file__).parent / "data"


@lru_cache(maxsize=4)
def table(name: str) -> dict[str, Any]:
    """Table *name* (`english`, `mandarin`), read once; nobody changes it."""
    return cast("dict[str, Any]", json.loads((FOLDER / f"{name}.json").read_text("utf-8")))
