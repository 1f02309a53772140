"""A tiny voice: one soft tone for each syllable, with word times. It says nothing, in a plausible time."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

from infra.engines import Samples, Speech, SpokenWord
from infra.errors import BadInput, UnknownName

RATE = 24_000
SYLLABLE_S = {"en": 0.19, "zh": 0.21}
GAP_S, CLAUSE_S, SENTENCE_S = 0.02, 0.16, 0.32
LOWEST_HZ, LOUDNESS = 140.0, 0.35
VOICES = {"en": ("sketch_en", "sketch_en_low"), "zh": ("sketch_zh", "sketch_zh_low")}
HAN = "\u3400-\u9fff"


class Sketch:
    """Deterministic and weightless; for tests and for machines without models."""

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)

    @staticmethod
    def identify(model: str = "") -> str:
        """The same for every *model*: there is only one."""
        del model
        return "sketch-speech/1"

    @staticmethod
    def voices(language: str) -> Sequence[str]:
        """Two voices for each language; `speak` takes any voice's name, so that every film can be sketched."""
        if language not in VOICES:
            raise UnknownName("language", language, VOICES)
        return VOICES[language]

    def speak(self, text: str, *, language: str, voice: str, pace: float = 1.0) -> Speech:
        """Mono 24 kHz; the pitch of a word comes from its letters and the voice's name.

        Raises:
            UnknownName: another language than `en` and `zh`.
            BadInput: *text* has neither letters nor digits, or *pace* is not within 0.5 to 2.
        """
        if not 0.5 <= pace <= 2:
            raise BadInput(f"Pace {pace} cannot be spoken.", "Use 0.5 (half as fast) to 2 (twice as fast).")
        parts: list[Samples] = []
        words: list[SpokenWord] = []
        place = 0
        for word, syllables, pause_s in _plan(text, language):
            tone = _tones(f"{voice} {word}", syllables, SYLLABLE_S[language] / pace)
            words.append(SpokenWord(word, place / RATE, (place + len(tone)) / RATE))
            parts += [tone, np.zeros(round(pause_s / pace * RATE), np.float32)]
            place += len(parts[-1]) + len(tone)
        return Speech(np.concatenate(parts), RATE, tuple(words))

    def seconds(self, text: str, *, language: str, voice: str) -> float:
        """What `speak` takes at pace 1, to a sample a word."""
        del voice
        return sum(SYLLABLE_S[language] * syllables + pause_s for _, syllables, pause_s in _plan(text, language))


def _plan(text: str, language: str) -> list[tuple[str, int, float]]:
    """(word, syllables, pause after it in seconds); the last has no pause."""
    if language not in VOICES:
        raise UnknownName("language", language, VOICES)
    words = _chinese(text.strip()) if language == "zh" else text.split()
    plan = [(word, _syllables(word), _pause(word)) for word in words]
    if not any(syllables for _, syllables, _ in plan):
        raise BadInput(f"Nothing in {text[:40]!r} can be spoken.", "Write at least one word.")
    return [*plan[:-1], (plan[-1][0], plan[-1][1], 0.0)]


def _chinese(text: str) -> list[str]:
    """Characters and Latin runs, each with the signs behind it; signs at the very front join the first."""
    return re.findall(rf"^[^\w]*(?:[{HAN}]|[^\W{HAN}]+)?[^\w]*|(?:[{HAN}]|[^\W{HAN}]+)[^\w]*", text)


def _syllables(word: str) -> int:
    """Groups of vowels, Chinese characters and digits; at least one for anything with a letter."""
    count = len(re.findall(rf"[aeiouy]+|[{HAN}]|\d", word.lower()))
    return max(count, int(bool(re.search(r"[^\W_]", word))))


def _pause(word: str) -> float:
    if re.search(r"[.!?。！？…]\W*$", word):
        return SENTENCE_S
    return CLAUSE_S if re.search(r"[,;:，、；：—]\W*$", word) else GAP_S


def _tones(word: str, syllables: int, length_s: float) -> Samples:
    """One swelling tone for each syllable."""
    size = round(length_s * RATE)
    time = np.arange(size) / RATE
    swell = np.sin(np.pi * np.arange(size) / size) ** 2 * LOUDNESS
    steps = [zlib.crc32(f"{word} {number}".encode(errors="replace")) % 12 for number in range(syllables)]
    tones = [swell * np.sin(2 * np.pi * LOWEST_HZ * 2 ** (step / 12) * time) for step in steps]
    return np.concatenate([*tones, np.zeros(0)]).astype(np.float32)
