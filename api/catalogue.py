"""What may be asked for: voices, styles and engines, as the workers that live offer them."""

from __future__ import annotations

import tomllib
from collections import Counter
from functools import cache
from importlib import resources
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.callers import READS
from api.problems import declared
from infra.errors import UnknownName, Unreachable
from infra.workers import Worker, alive
from tasks.schema import Brief, Edits, Language, Mood
from tasks.writing.languages import language_of

router = APIRouter(prefix="/api", tags=["catalogue"], responses=declared(503), dependencies=[READS])


class Voice(BaseModel):
    """A voice that narrates."""

    name: str = Field(examples=["bf_emma"])
    language: Language


class Voices(BaseModel):
    """The voices there are."""

    voices: list[Voice]


class Style(BaseModel):
    """A look that a brief's style leads to, by meaning."""

    name: str = Field(examples=["documentary"])
    about: list[str] = Field(description="Styles in words that lead to it, in English and Chinese.")
    tone: str
    mood: Mood
    light: str


class Styles(BaseModel):
    """The looks there are."""

    styles: list[Style]


class Engine(BaseModel):
    """An engine that a worker has loaded or can load."""

    setting: str = Field(examples=["image"], description="What it is for: a name of a brief's `engines`.")
    engine: str = Field(examples=["illustrator"])
    workers: int = Field(description="How many workers offer it.")


class Engines(BaseModel):
    """The engines there are, and what is missing."""

    engines: list[Engine]
    missing: list[str] = Field(description="Weights that a worker lacks: `flywheel models pull` brings them.")
    workers: int


@router.get("/voices", operation_id="list_voices")
async def list_voices(
    language: Annotated[Language | None, Query(description="Only of this language.")] = None,
) -> Voices:
    """The voices that narrate, each language's first one first."""
    found: dict[tuple[Language, str], None] = {}
    for worker in await living():
        for spoken, names in worker.offers.get("voices", {}).items():
            found |= dict.fromkeys((spoken, name) for name in names)
    chosen = [Voice(language=spoken, name=name) for spoken, name in found if language in {None, spoken}]
    return Voices(voices=chosen)


@router.get("/styles", operation_id="list_styles")
async def list_styles() -> Styles:
    """The looks that a brief's style leads to."""
    offered = {name for worker in await living() for name in worker.offers.get("looks", looks())}
    return Styles(styles=[_style(name, look) for name, look in looks().items() if name in offered])


@router.get("/engines", operation_id="list_engines")
async def list_engines() -> Engines:
    """The engines that the workers have, and the weights that they lack."""
    workers = await living()
    missing = sorted({name for worker in workers for name in worker.offers.get("missing", [])})
    return Engines(engines=counted(workers), missing=missing, workers=len(workers))


def counted(workers: list[Worker]) -> list[Engine]:
    """The engines that *workers* offer, and how many of them do."""
    counts = Counter(offer for worker in workers for offer in worker.offers.get("engines", {}).items())
    return [Engine(setting=name, engine=spec, workers=count) for (name, spec), count in counts.items()]


async def living() -> list[Worker]:
    """The workers that live.

    Raises:
        Unreachable: none does.
    """
    if not (workers := await alive()):
        raise Unreachable("No worker is running.", "Start one: flywheel up.")
    return workers


@cache
def looks() -> dict[str, dict[str, Any]]:
    """The looks of the data file; what else stands there (palettes, tempi) is none."""
    data = tomllib.loads(resources.files("tasks").joinpath("data/looks.toml").read_text("utf-8"))
    return {name: look for name, look in data.items() if isinstance(look, dict) and "about" in look}


def _style(name: str, look: dict[str, Any]) -> Style:
    return Style(name=name, about=look["about"], tone=look["tone"], mood=look["mood"], light=look["light"])


async def check_voice(brief: Brief, edits: Edits) -> None:
    """See that the film's voice is one that a living worker has; where none lives, the flow will say so.

    Raises:
        UnknownName: no worker has it.
    """
    voice, language = edits.voice or brief.voice, brief.language or language_of(brief.topic)
    if voice is None or "speech" in brief.engines or not (workers := await alive()):
        return
    known = {name for worker in workers for name in worker.offers.get("voices", {}).get(language, ())}
    if voice not in known:
        raise UnknownName(f"voice for {language}", voice, known)
