"""The prompt templates: data, one file per language; their text is part of every cache key."""

from __future__ import annotations

import tomllib
import unicodedata
from functools import cache
from importlib import resources
from typing import Any, get_args

from infra.engines import Message
from infra.hashing import digest
from tasks.schema import Anchor, Language

JOINERS = dict.fromkeys((0x200D, 0xFE0E, 0xFE0F))


@cache
def templates(language: Language) -> dict[str, Any]:
    """The templates of one language by name."""
    return tomllib.loads(resources.files("tasks").joinpath(f"prompts/script.{language}.toml").read_text("utf-8"))


@cache
def texts_digest() -> str:
    """12 hex digits that change with any template."""
    return digest({language: templates(language) for language in get_args(Language)})[:12]


def opening(language: Language, narrated: int) -> list[Message]:
    """The system message and a worked example: an outline, then *narrated* segments of it.

    It is the same for every film, so an engine that keeps evaluated prefixes reads it once.
    """
    turns = [{"role": role, "content": content} for role, content in templates(language)["example"]]
    return [{"role": "system", "content": templates(language)["system"]}, *turns[: 2 + 2 * narrated]]


@cache
def example_things(language: Language) -> frozenset[str]:
    """What the pictures of the worked example show."""
    replies = [content for role, content in templates(language)["example"] if role == "assistant"]
    return frozenset(thing for written in replies[1:] for thing in written.split("\n")[1].split(", "))


def ask(anchor: Anchor, name: str, **values: object) -> Message:
    """Template *name* with its holes filled, as a question."""
    about = {"topic": in_words(anchor.topic), "style": anchor.style, "tone": anchor.tone}
    return {"role": "user", "content": str(templates(anchor.language)[name]).format(**about, **values)}


def reply(content: str) -> Message:
    """What was answered."""
    return {"role": "assistant", "content": content}


def in_words(topic: str) -> str:
    """*topic* with each emoji replaced by its name: a small model reads words better than pictures."""
    named = (_named(character) for character in topic.translate(JOINERS))
    return " ".join("".join(named).split()).strip(" ,")


def _named(character: str) -> str:
    kind = unicodedata.category(character)
    return "" if kind == "Sk" else f" {unicodedata.name(character, '').lower()}, " if kind == "So" else character
