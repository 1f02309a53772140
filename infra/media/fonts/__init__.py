"""Faces for captions: Noto Sans for many scripts and colour emoji lie in this folder, the CJK face is a model.

Every face is opened from its file at a fixed weight, never through the system's own fonts: the same text gives the
same pixels on every machine.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

import regex

from infra.catalogue import locate
from infra.errors import BadInput
from infra.media.glstub import skia

FOLDER = Path(__file__).parent
FACES = {
    "latin": "NotoSans.ttf",
    "arabic": "NotoSansArabic.ttf",
    "hebrew": "NotoSansHebrew.ttf",
    "thai": "NotoSansThai.ttf",
    "devanagari": "NotoSansDevanagari.ttf",
    "symbols": "NotoSansSymbols.ttf",
    "emoji": "NotoColorEmoji.ttf",
}
CJK_MODEL, CJK_FILE = "noto-sans-cjk", "NotoSansCJK-VF.otf.ttc"
CJK_INDEX = {"ja": 0, "ko": 1, "zh": 2, "zh-TW": 3, "zh-HK": 4}
IDENTITY = "noto-2026.9+emoji-2.057+cjk-d3d8256c"
NAMED = 8
"""Characters that an error names one by one."""
SHARED = regex.compile(r"[“”‘’…—·]")
"""Marks that a Latin face has too, but which Chinese sets a whole character wide."""
WEIGHT_AXIS = 0x77676874  # 'wght'
INVISIBLE = regex.compile(r"[\s\p{Z}\p{Default_Ignorable_Code_Point}]")
UNWRITTEN = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}]")
"""Control characters, halves of a pair and private code points: no face need be asked for them."""


@lru_cache(maxsize=64)
def face(name: str, weight: int = 700) -> Any:
    """The skia typeface *name* (a key of FACES, or `cjk-zh`, `cjk-ja`, …) at *weight*.

    Raises:
        ModelMissing: the CJK face is not on this machine; the message says how to pull it.
    """
    manager = skia().FontMgr.New_Custom_Empty()
    if name.startswith("cjk-"):
        path, index = locate(CJK_MODEL) / CJK_FILE, CJK_INDEX[name.removeprefix("cjk-")]
    else:
        path, index = FOLDER / FACES[name], 0
    typeface = manager.makeFromFile(str(path), index)
    return typeface if name == "emoji" else _weighted(typeface, weight)


def faces_for(text: str, language: str) -> tuple[str, ...]:
    """Names of the faces that *text* needs, in the order in which a glyph is looked for."""
    names = [name for name in FACES if name in {"latin", "emoji"} or any(_has(name, char) for char in _seen(text))]
    foreign = any(not any(_has(name, char) for name in FACES) for char in _seen(text) if not UNWRITTEN.match(char))
    if foreign or (east_asian(language) and SHARED.search(text)):
        names.insert(1, cjk(language))
    return tuple(names)


def east_asian(language: str) -> bool:
    """Whether *language* is written with the CJK face."""
    return language.split("-", 1)[0] in CJK_INDEX


def missing_glyphs(text: str, language: str = "en") -> tuple[str, ...]:
    """Visible characters of *text* that no face has, in order, each once; they would be drawn as empty boxes."""
    names = faces_for(text, language)
    return tuple(dict.fromkeys(char for char in _seen(text) if not any(_has(name, char) for name in names)))


def check(text: str, language: str = "en") -> None:
    """Do nothing if every character of *text* can be drawn.

    Raises:
        BadInput: some would be drawn as empty boxes; the message names them.
        ModelMissing: the CJK face is needed to tell, and is not on this machine.
    """
    missing = missing_glyphs(text, language)
    if missing:
        named = ", ".join(_named(char) for char in missing[:NAMED])
        more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
        raise BadInput(
            f"No face can draw {named}{more} of the caption {_shown(text)!r}.",
            "Take these characters out of the caption, or write them in another script.",
        )


def cjk(language: str) -> str:
    """Name of the CJK face whose forms *language* expects; Simplified Chinese where it expects none."""
    spoken = language.split("-", 1)[0]
    return f"cjk-{language if language in CJK_INDEX else spoken if east_asian(language) else 'zh'}"


@lru_cache(maxsize=64)
def collection(names: tuple[str, ...], weight: int = 700) -> Any:
    """A skia FontCollection of exactly those faces; one whose range ends short of *weight* comes as near as it can."""
    layout = skia().textlayout
    provider = layout.TypefaceFontProvider()
    for name in names:
        provider.registerTypeface(face(name, weight), skia().String(name))
    fonts = layout.FontCollection()
    fonts.setDefaultFontManager(provider)
    return fonts


def _named(char: str) -> str:
    """The character, its code point and its name."""
    code = f"U+{ord(char):04X}"
    name = unicodedata.name(char, "")
    return f"{char} ({code} {name})" if name else code


def _shown(text: str) -> str:
    """The start of *text*, without what cannot be written."""
    start = str(UNWRITTEN.sub("\ufffd", text[:40]))
    return start + ("…" if len(text) > 40 else "")


def _weighted(typeface: Any, weight: int) -> Any:
    arguments = skia().FontArguments()
    position = skia().FontArguments.VariationPosition
    coordinates = position.Coordinates([position.Coordinate(WEIGHT_AXIS, weight)])
    design = position(coordinates)  # skia keeps a pointer: both must live until the clone is made
    arguments.setVariationDesignPosition(design)
    return typeface.makeClone(arguments)


def _seen(text: str) -> list[str]:
    return [char for char in text if not INVISIBLE.match(char)]


@lru_cache(maxsize=65536)
def _has(name: str, char: str) -> bool:
    return not UNWRITTEN.match(char) and bool(face(name).unicharToGlyph(ord(char)))
