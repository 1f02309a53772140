"""The settings a picture can have, read from `places.toml`, and which setting a thing is at home in."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infra.art import Piece


@dataclass(frozen=True)
class Place:
    """A setting: its *words* in both languages, what it is *about*, and how it is painted."""

    name: str
    words: tuple[str, ...]
    about: str
    paint: str
    colours: tuple[str, str, str]
    home: tuple[str, ...] = ()
    decor: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    far: str = "none"
    ground: str = "grass"
    trees: str = "none"
    room: str = ""


@lru_cache(maxsize=1)
def places() -> dict[str, Place]:
    """Every setting by name."""
    text = Path(__file__).with_name("places.toml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {name: Place(name=name, **_frozen(entry)) for name, entry in entries.items()}


def _frozen(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


KINDS = {
    "food": "table",
    "prop": "table",
    "plant": "garden",
    "building": "village",
    "vehicle": "street",
    "scenery": "mountain",
    "body": "abstract",
    "symbol": "abstract",
    "sky": "hills",
}


@lru_cache(maxsize=1)
def _homes() -> dict[str, str]:
    return {piece: place.name for place in places().values() for piece in place.home}


def home(piece: Piece, *, sure: bool) -> str | None:
    """The setting in which *piece* is usually seen; unless *sure*, else the one for its kind."""
    role = piece.id.removeprefix("woman-").removeprefix("man-")
    return _homes().get(piece.id) or _homes().get(role) or (None if sure else KINDS.get(piece.kind))
