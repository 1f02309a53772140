"""Names of folders for films."""

from __future__ import annotations

import re
from pathlib import Path

from infra.hashing import digest
from infra.settings import settings
from tasks.schema import Brief, Value

LONGEST = 40


def film_folder(brief: Brief) -> Path:
    """`films/<topic>-<6 hex digits>`: readable, and another for every other brief or choice of engines."""
    words = re.sub(r"[^\w]+", "-", brief.topic).strip("-")[:LONGEST].strip("-") or "film"
    return Path("films") / f"{words}-{digest([brief, settings().engines])[:6]}"


def revision_folder(film: Path, edits: Value) -> Path:
    """A sibling of *film*'s folder for an edited version: `<name>~<6 hex digits of the edits>`."""
    folder = (film if film.is_dir() else film.parent).resolve()
    return folder.with_name(f"{folder.name.split('~')[0]}~{digest(edits)[:6]}")
