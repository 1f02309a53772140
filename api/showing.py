"""What a public page shows of a film, kept with its publication: one row is all that a visitor costs."""

from __future__ import annotations

import json
import re
import secrets
from html import escape
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from api.clearance import own_shots, own_song
from infra.settings import settings
from infra.store import open_store
from tasks.schema import Asset, Language

if TYPE_CHECKING:
    from sqlalchemy import Row
    from starlette.requests import Request

    from tasks.schema import Film

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CHANCE, WORDS = 12, 40
"""Characters of a slug that are chance (59 bits), and of the title's, at most."""
MADE = ("text", "image", "speech", "music")
_ENGINE = re.compile(r"([\w-]+)(?:[^@]*?:([\w.-]+)@)?")


class Line(BaseModel):
    """What is said in one shot, and when the shot begins."""

    start_ms: float
    text: str


class Showing(BaseModel):
    """A film as its public page shows it."""

    model_config = ConfigDict(frozen=True)

    master: Asset
    poster: Asset
    captions: Asset
    width: int
    height: int
    duration_ms: float
    language: Language
    lines: tuple[Line, ...]
    own_shots: int
    own_song: bool
    made_by: dict[str, str]


def showing_of(film: Film) -> Showing:
    """What a page shows of *film*; reads its manifest.

    Raises:
        AssetMissing: the store lost it.
    """
    line = film.timeline
    return Showing(
        master=film.master,
        poster=film.poster,
        captions=film.captions_vtt,
        width=line.width,
        height=line.height,
        duration_ms=line.duration_ms,
        language=line.language,
        lines=tuple(
            Line(start_ms=line.cut(index) * 1000 / line.fps, text=shot.caption) for index, shot in enumerate(line.shots)
        ),
        own_shots=len(own_shots(film)),
        own_song=own_song(film),
        made_by=_engines(film),
    )


def slug_for(title: str) -> str:
    """A new address: the words of *title* that ASCII can write, and enough chance that nobody guesses it."""
    words = re.findall(r"[a-z0-9]+", title.lower().replace("'", "").replace("’", ""))
    named = ""
    for word in words:
        if len(named) + len(word) > WORDS:
            break
        named += f"{word}-"
    return named + "".join(secrets.choice(ALPHABET) for _ in range(CHANCE))


def base_of(request: Request) -> str:
    """How clients reach this server: as the settings say, else as this one did."""
    return (settings().public_url or str(request.base_url)).rstrip("/")


def embed_code(row: Row[Any], url: str) -> str:
    """HTML that shows the player of a publication on any page."""
    showing = Showing.model_validate_json(row.film)
    return framed(url, row.title, showing.width, showing.height)


def framed(url: str, title: str, width: int, height: int) -> str:
    """HTML that shows the player of the page *url* on any page, as large as that or narrower."""
    return (
        f'<iframe src="{escape(url)}/embed" width="{width}" height="{height}" title="{escape(title)}" '
        f'style="border:0;max-width:100%;height:auto;aspect-ratio:{width}/{height}" '
        'allow="fullscreen; picture-in-picture" allowfullscreen loading="lazy"></iframe>'
    )


def _engines(film: Film) -> dict[str, str]:
    """Engine and model by what they made, as the manifest names them."""
    if film.manifest is None:
        return {}
    said = json.loads(open_store().path(film.manifest.sha256).read_text("utf-8"))["engines"]
    found = {name: _ENGINE.match(said.get(name, "")) for name in MADE}
    return {name: " ".join(filter(None, match.groups())) for name, match in found.items() if match}
