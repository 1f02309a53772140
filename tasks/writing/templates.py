"""The prompt templates: data, one file for each kind of film, over one base; and what people may word otherwise.

A template has a system message, prompts with {holes} and a worked example. The example is data too: its questions are
asked with the same prompts, so that a reworded prompt is shown to the model in use. Nothing here knows an engine.
"""

from __future__ import annotations

import string
import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Literal, get_args

from pydantic import Field

from infra.errors import BadInput, UnknownName
from infra.hashing import digest
from tasks.schema import Language, Mood, Template, Value, Wording

NAMES: tuple[Template, ...] = get_args(Template)
LANGUAGES: tuple[Language, ...] = get_args(Language)
ABOUT = ("topic", "style", "tone")
"""Holes that every prompt may have."""
NEEDED: dict[str, tuple[str, ...]] = {
    "system": (),
    "outline": ("topic", "count"),
    "chapters": ("topic", "count"),
    "chapter": ("chapter", "count"),
    "first": ("beat", "words"),
    "next": ("beat", "words"),
    "last": ("beat", "words"),
    "only": ("beat", "words"),
}
"""The prompts that may be worded otherwise → the holes without which the film would lose what it is about."""
MORE: dict[str, tuple[str, ...]] = {"chapter": ("number",)}
"""Holes that only some prompts know, and may do without."""


class Narration(Value):
    """One narrated line of a worked example: which prompt asks for it, and the reply."""

    ask: Literal["first", "next", "last"]
    line: int = Field(ge=1)
    words: int = Field(ge=1)
    caption: str
    things: str
    mood: Mood

    @property
    def reply(self) -> str:
        """As a model should answer."""
        return f"{self.caption}\n{self.things}\n{self.mood}"


class Example(Value):
    """A film as it should be written: it sets the form of the replies."""

    topic: str
    style: str
    tone: str
    title: str
    lines: tuple[str, ...]
    narrations: tuple[Narration, ...]


class Script(Value):
    """One template in one language. `title` and `description` are for people, the rest is for models.

    `form` follows the system message and `tone` stands before the first narration, however those are worded.
    """

    name: Template
    language: Language
    version: int = Field(ge=1)
    title: str
    description: str
    form: str
    tone: str
    again: str
    prompts: dict[str, str]
    example: Example

    def worded(self, wording: Wording | None) -> Script:
        """The template as *wording* has it.

        Raises:
            BadInput: as `validate`.
        """
        if wording is None:
            return self
        validate(wording)
        return self.model_copy(update={"prompts": self.prompts | wording.model_dump(exclude_none=True)})


def read(name: str, language: str) -> Script:
    """The template *name* in *language*.

    Raises:
        UnknownName: there is none of that name, or not in that language.
    """
    if name not in NAMES:
        raise UnknownName("template", name, NAMES)
    if language not in LANGUAGES:
        raise UnknownName("language", language, LANGUAGES)
    return _read(name, language)


def listed(language: str) -> tuple[Script, ...]:
    """Every template in *language*.

    Raises:
        UnknownName: there are none in that language.
    """
    return tuple(read(name, language) for name in NAMES)


@lru_cache(maxsize=64)
def in_use(name: Template, language: Language, wording: Wording | None) -> Script:
    """The template of a film, with what its brief words otherwise.

    Raises:
        BadInput: as `validate`.
    """
    return read(name, language).worded(wording)


@cache
def texts_digest() -> str:
    """12 hex digits that change with any text of any template; titles and descriptions are not told to models."""
    told = {"version", "title", "description"}
    return digest([one.model_dump(exclude=told) for language in LANGUAGES for one in listed(language)])[:12]


def holes(prompt: str) -> dict[str, list[str]]:
    """The holes that a prompt must have, and those that it may have."""
    return {"needed": list(NEEDED[prompt]), "known": sorted({*NEEDED[prompt], *MORE.get(prompt, ()), *ABOUT})}


def validate(wording: Wording) -> None:
    """Let pass a wording whose prompts can be filled.

    Raises:
        BadInput: a brace that opens or closes nothing, a hole that nobody fills or that is more than a name, or a
            needed hole that is missing; prompt, hole and remedy are named.
    """
    for prompt, text in wording.model_dump(exclude_none=True).items():
        _validate(prompt, text)


def _validate(prompt: str, text: str) -> None:
    known, found = holes(prompt)["known"], set()
    listed_holes = " ".join(f"{{{name}}}" for name in known)
    if not text.strip():
        raise BadInput(f"The prompt “{prompt}” is empty.", "Leave it out to keep the template's own.")
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        remedy = f"Write {{{{ and }}}} where braces themselves are meant; its holes are {listed_holes}."
        raise BadInput(f"The prompt “{prompt}” has a brace that belongs to no hole: {error}.", remedy) from error
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or name not in known:
            shown = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise BadInput(
                f"The prompt “{prompt}” has the hole {{{shown}}}, which nothing fills.", f"Use one of {listed_holes}."
            )
        found.add(name)
    for name in NEEDED[prompt]:
        if name not in found:
            raise BadInput(
                f"The prompt “{prompt}” lacks the hole {{{name}}}.", f"Put {{{name}}} where it belongs in the sentence."
            )


@cache
def _read(name: Template, language: Language) -> Script:
    own = _data(name)
    said = _data("base")[language] | own[language]
    phrases = {key: text for key, text in said.items() if isinstance(text, str)}
    prompts = {prompt: string.Template(said[prompt]).substitute(phrases) for prompt in NEEDED}
    made = {key: said[key] for key in ("title", "description", "form", "tone", "again", "example")}
    script = Script(name=name, language=language, version=own["version"], prompts=prompts, **made)
    validate(Wording(**prompts))
    return script


@cache
def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("tasks").joinpath(f"prompts/{name}.toml").read_text("utf-8"))
