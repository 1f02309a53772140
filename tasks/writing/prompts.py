"""What is said to a text model: the messages of one film, from its template."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from tasks.schema import Anchor, Language, Template
from tasks.writing.templates import Script, in_use, read

JOINERS = dict.fromkeys((0x200D, 0xFE0E, 0xFE0F))
Message = Mapping[str, str]
"""`{"role": "system" | "user" | "assistant", "content": …}`."""


def template_of(anchor: Anchor) -> Script:
    """The template of a film, in its language and with its wording.

    Raises:
        BadInput: its wording cannot be filled; prompt, hole and remedy are named.
    """
    return in_use(anchor.template, anchor.language, anchor.wording)


def opening(anchor: Anchor, *, narrated: bool) -> list[Message]:
    """The system message and a worked example: an outline and, if *narrated*, some segments of it.

    It is the same for every film of a template, so an engine that keeps evaluated prefixes reads it once.
    """
    template, example = template_of(anchor), template_of(anchor).example
    about = {"topic": example.topic, "style": example.style, "tone": example.tone}

    def question(name: str, **values: object) -> Message:
        return {"role": "user", "content": template.prompts[name].format(**about, **values)}

    system = template.prompts["system"].format(**_about(anchor)) + template.form
    told = [
        {"role": "system", "content": system},
        question("outline", count=len(example.lines)),
        reply("\n".join([example.title, *example.lines])),
    ]
    for one in example.narrations if narrated else ():
        told += [question(one.ask, beat=example.lines[one.line - 1], words=one.words), reply(one.reply)]
    return told


@cache
def example_things(name: Template, language: Language) -> frozenset[str]:
    """What the pictures of a template's worked example show."""
    return frozenset(thing for one in read(name, language).example.narrations for thing in one.things.split(", "))


@cache
def example_captions(name: Template, language: Language) -> tuple[str, ...]:
    """What is said in a template's worked example: a small model likes to say it again."""
    return tuple(one.caption for one in read(name, language).example.narrations)


def ask(anchor: Anchor, name: str, **values: object) -> Message:
    """Prompt *name* with its holes filled, as a question; what opens the narration says its tone first."""
    template, about = template_of(anchor), _about(anchor)
    tone = template.tone.format(**about) if name in {"first", "only"} else ""
    return {"role": "user", "content": tone + template.prompts[name].format(**about, **values)}


def reply(content: str) -> Message:
    """What was answered."""
    return {"role": "assistant", "content": content}


def in_words(topic: str) -> str:
    """*topic* with each emoji replaced by its name: a small model reads words better than pictures."""
    named = (_named(character) for character in topic.translate(JOINERS))
    return " ".join("".join(named).split()).strip(" ,")


def _about(anchor: Anchor) -> dict[str, str]:
    return {"topic": in_words(anchor.topic), "style": anchor.style, "tone": anchor.tone}


def _named(character: str) -> str:
    kind = unicodedata.category(character)
    return "" if kind == "Sk" else f" {unicodedata.name(character, '').lower()}, " if kind == "So" else character
