"""A text in English or Chinese → its written words, each with the phonemes that are said for it."""

from __future__ import annotations

from dataclasses import dataclass

from infra.engines.speech import english, mandarin
from infra.engines.speech.lexicon import Accent
from infra.engines.speech.numerals import MARKS
from infra.errors import BadInput, UnknownName

SENTENCE_ENDS = ".!?…"


@dataclass(frozen=True)
class Read:
    """One written word; `sound` is "" for a silent one and may end in one of `,.!?;:—…`."""

    text: str
    sound: str

    @property
    def mark(self) -> str:
        """The pause after it, or ""."""
        return self.sound[-1] if self.sound and self.sound[-1] in MARKS else ""


def read(text: str, language: str, accent: Accent = "us") -> list[Read]:
    """Every word of *text* in order; joined by "" (Chinese) or " " (English) they are the text again.

    Raises:
        UnknownName: a language other than `en` and `zh`.
        BadInput: nothing in the text can be said.
    """
    if language not in {"en", "zh"}:
        raise UnknownName("language", language, ["en", "zh"])
    words = mandarin.words(text.strip()) if language == "zh" else text.split()
    sounds = _chinese(words, accent) if language == "zh" else english.phonemes(words, accent, _foreign)
    if not any(sound.strip(MARKS + " ") for sound in sounds):
        raise BadInput(f"Nothing in {text[:40]!r} can be spoken.", "Write at least one word.")
    return [Read(word, sound) for word, sound in zip(words, sounds, strict=True)]


def phrases(words: list[Read], longest: int) -> list[list[int]]:
    """Indices of the words of each breath: a sentence, cut at clauses (then anywhere) so that no phrase is longer.

    Length counts phonemes with the spaces between words; a single word longer than *longest* stands alone.
    """
    done: list[list[int]] = []
    sentence: list[int] = []
    for index, word in enumerate(words):
        sentence.append(index)
        if (word.mark and word.mark in SENTENCE_ENDS) or index == len(words) - 1:
            done += _cut(sentence, words, longest)
            sentence = []
    return _audible(done, words)


def _cut(sentence: list[int], words: list[Read], longest: int) -> list[list[int]]:
    if len(sentence) == 1 or _length(sentence, words) <= longest:
        return [sentence]
    clauses = [place + 1 for place, index in enumerate(sentence[:-1]) if words[index].mark]
    cuts = clauses or list(range(1, len(sentence)))
    middle = _length(sentence, words) / 2
    cut = min(cuts, key=lambda place: abs(_length(sentence[:place], words) - middle))
    return _cut(sentence[:cut], words, longest) + _cut(sentence[cut:], words, longest)


def _audible(phrases: list[list[int]], words: list[Read]) -> list[list[int]]:
    """Phrases with nothing to say join the one before (or after)."""
    kept: list[list[int]] = []
    waiting: list[int] = []
    for phrase in phrases:
        if any(words[index].sound.strip(MARKS) for index in phrase):
            kept.append(waiting + phrase)
            waiting = []
        elif kept:
            kept[-1] = kept[-1] + phrase
        else:
            waiting = waiting + phrase
    return kept


def _length(sentence: list[int], words: list[Read]) -> int:
    return sum(len(words[index].sound) + 1 for index in sentence)


def _chinese(words: list[str], accent: Accent) -> list[str]:
    return mandarin.phonemes(words, lambda latin: _latin(latin, accent))


def _latin(text: str, accent: Accent) -> str:
    return " ".join(sound for sound in english.phonemes(text.split(), accent) if sound).rstrip(MARKS)


def _foreign(text: str) -> str:
    return " ".join(mandarin.han(word) for word in mandarin.words(text))


def accent_of(voice: str) -> Accent:
    """`bf_emma` and `bm_george` are British; every other voice speaks English as in America."""
    return "gb" if voice.startswith("b") else "us"
