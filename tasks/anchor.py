"""The anchor: from the brief, the one source of look, tone, voice and tempo for every modality."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from infra import events, pools
from infra.engines import chosen, engine, voices
from infra.errors import BadInput, UnknownName
from infra.hashing import digest
from tasks.policy import step
from tasks.schema import Anchor, Brief, Edits, Language
from tasks.writing.languages import language_of
from tasks.writing.templates import validate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.engines import Vectors
    from tasks.music import Tempo

LANGUAGES: tuple[Language, ...] = ("en", "zh")
"""The order in which a look's `about` is written."""
SAME_TEMPO = 0.04


@cache
def looks() -> dict[str, Any]:
    """The data file of looks, palettes and tempi."""
    return tomllib.loads(resources.files("tasks").joinpath("data/looks.toml").read_text("utf-8"))


@step(recipe=f"anchor/1:{digest(looks())[:12]}", pool="image", uses=("embed", "speech"))
async def set_anchor(brief: Brief) -> Anchor:
    """Look and tone by the meaning of the style, palette by the meaning of the topic, voice by language.

    A style given in another language than the film's is said in the film's: small models write better so.

    Raises:
        BadInput: a prompt is worded so that it cannot be filled; prompt, hole and remedy are named.
        UnknownName: the speech engine has no such voice for the film's language.
    """
    if brief.wording:
        validate(brief.wording)
    language = brief.language or language_of(brief.topic)
    name, palette = await pools.run("image", nearest_look, brief.style, brief.topic)
    look = looks()[name]
    anchor = Anchor(
        topic=brief.topic,
        style=brief.style if language_of(brief.style) == language else look["about"][LANGUAGES.index(language)],
        language=language,
        look=name,
        palette=tuple(looks()["palettes"][palette]["colours"]),
        light=look["light"],
        tone=look["tone_zh" if language == "zh" else "tone"],
        voice=choose_voice(brief.voice, language),
        mood=look["mood"],
        bpm=brief.bpm or looks()["bpm"][look["mood"]],
        seed=brief.seed,
        template=brief.template,
        wording=brief.wording,
    )
    events.emit("anchor.set", anchor=anchor)
    return anchor


def directed(anchor: Anchor, brief: Brief, edits: Edits, tempo: Tempo | None = None) -> Anchor:
    """The anchor with the voice, tempo and mood that a human chose; script and pictures do not depend on it.

    A film with a song of the user's own keeps the song's beat.

    Raises:
        BadInput: another tempo was asked for than the song has.
    """
    asked = edits.bpm or (None if edits.music else brief.bpm)
    heard = tempo.bpm if tempo and tempo.source != "assumed" else None
    if asked and heard and abs(asked / heard - 1) > SAME_TEMPO:
        raise BadInput(f"The song has {heard:.4g} bpm, and {asked:g} were asked for.", "Leave the tempo to the song.")
    changed: dict[str, Any] = {"bpm": heard or asked, "mood": edits.mood}
    if edits.voice is not None:
        changed["voice"] = choose_voice(edits.voice, anchor.language)
    return anchor.model_copy(update={name: value for name, value in changed.items() if value is not None})


def choose_voice(voice: str | None, language: Language) -> str:
    """The voice asked for, or the language's first.

    Raises:
        UnknownName: the speech engine has no such voice for that language.
    """
    known = voices(chosen("speech"), language)
    if voice is None:
        return known[0]
    if voice not in known:
        raise UnknownName(f"voice for {language}", voice, known)
    return voice


def nearest_look(style: str, topic: str) -> tuple[str, str]:
    """The names of the look and of the palette that are nearest in meaning; the engine works in the caller's thread."""
    names = [name for name in looks() if name not in {"palettes", "bpm"}]
    about = [(name, text) for name in names for text in looks()[name]["about"]]
    palettes = list(looks()["palettes"].items())
    look = about[_nearest(style, [text for _, text in about])][0]
    return look, palettes[_nearest(topic, [palette["about"] for _, palette in palettes])][0]


def _nearest(text: str, choices: Sequence[str]) -> int:
    query = engine("embed", chosen("embed")).embed([text], kind="query")[0]
    return int((_places(chosen("embed"), tuple(choices)) @ query).argmax())


@cache
def _places(spec: str, choices: tuple[str, ...]) -> Vectors:
    """Where the choices lie in the space of meaning: always the same, and finding it takes most of a second."""
    return engine("embed", spec).embed(choices, kind="passage")
