"""An English sentence → phonemes, word by written word: weak forms, stress before pauses, and words of two sounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from infra.engines.speech.lexicon import Accent, Lexicon, Role, lexicon
from infra.engines.speech.numerals import MARKS, spoken
from infra.engines.speech.tables import table

VOWELS = frozenset("AIOQWYaiuæɑɐɒɔəɛɜɪʊʌᵻ")
HAN = re.compile(r"[\u3400-\u9fff]+")
_TABLE = table("english")
BEFORE_VERB, BEFORE_VERB_S = frozenset(_TABLE["before_verb"]), frozenset(_TABLE["before_verb_s"])
BEFORE_NOUN, AFTER_VERB = frozenset(_TABLE["before_noun"]), frozenset(_TABLE["after_verb"])
PAST_CUES = frozenset(_TABLE["past_cues"])
STOPS = BEFORE_NOUN | AFTER_VERB | BEFORE_VERB | frozenset(_TABLE["connectives"])

Foreign = Callable[[str], str]
"""Phonemes of a run of Chinese inside an English text."""


def phonemes(words: Sequence[str], accent: Accent, foreign: Foreign | None = None) -> list[str]:
    """For each written word its phonemes with the mark that follows, e.g. `bˈiz,`; "" for a word that is silent."""
    said = spoken(words)
    flat = [(index, word) for index, group in enumerate(said) for word in group]
    lexemes, sounds, following = lexicon(accent), [""] * len(flat), ""
    for place in range(len(flat) - 1, -1, -1):
        word = flat[place][1]
        sounds[place] = (
            word if word in MARKS else _sound(lexemes, [word for _, word in flat], place, following, foreign)
        )
        following = sounds[place] or following
    joined = [""] * len(words)
    for (index, word), sound in zip(flat, sounds, strict=True):
        joined[index] += sound if word in MARKS or not joined[index] else f" {sound}"
    return [_modern(text) for text in joined]


def _modern(sound: str) -> str:
    """The flap and the glottal stop as Kokoro writes them."""
    return sound.replace("ɾ", "T").replace("ʔ", "t").strip()


def _sound(lexemes: Lexicon, words: list[str], place: int, following: str, foreign: Foreign | None) -> str:
    word = words[place]
    if HAN.search(word):
        return foreign(word) if foreign else ""
    final = not following or following[0] in MARKS
    weak = _weak(lexemes, word, following, final=final)
    return weak or lexemes.say(word, "None" if final and _has_final(lexemes, word) else _role(words, place))


def _has_final(lexemes: Lexicon, word: str) -> bool:
    return lexemes.known(word, "None") != lexemes.known(word) and word.lower() not in {"live", "lives", "close"}


def _weak(lexemes: Lexicon, word: str, following: str, *, final: bool) -> str | None:
    """Function words that lean on what follows."""
    lower = word.lower()
    vowel = following.lstrip("ˈˌ")[:1] in VOWELS and not final
    long = "ː" if lexemes.british else ""
    forms = {"the": f"ði{long}" if vowel else "ðə", "an": "ɐn", "in": "ˈɪn" if final else "ɪn"}
    if not final:
        forms |= {"to": "tʊ" if vowel else "tə", "a": "ɐ"}
    if following.startswith(("tə", "tʊ")):
        forms["used"] = f"jˈu{long}st"
    exact = {"I": "ˌI", "am": "" if final else "ɐm"}
    return exact.get(word) or forms.get(lower)


def _role(words: list[str], place: int) -> Role:
    """What part of speech a word most likely is, from its neighbours; only words of two sounds care."""
    lower = [word.lower() for word in words]
    word = lower[place]
    before = lower[place - 1] if place else ""
    after = lower[place + 1] if place + 1 < len(words) else ""
    if word in {"read", "reread", "wound"}:
        return "VBD" if before in PAST_CUES or (word == "wound" and after in {"up", "around", "through"}) else "DEFAULT"
    if before in BEFORE_VERB or (word.endswith("s") and before in BEFORE_VERB_S):
        return "VERB"
    if before in BEFORE_NOUN:
        return "NOUN" if not after.isalpha() or after in STOPS else "ADJ"
    if _plural(before) or (after in AFTER_VERB and (before in {"", *MARKS, "and"} or word.endswith("s"))):
        return "VERB" if not word.endswith("s") or not _plural(before) else "NOUN"
    return "NOUN" if before and before not in STOPS and before not in MARKS else "DEFAULT"


def _plural(word: str) -> bool:
    """Whether a word looks like a subject in the plural."""
    return word.endswith("s") and not word.endswith(("ss", "'s", "us", "is")) and word not in STOPS and len(word) > 3
