"""Narration in English and Mandarin: Kokoro-82M (int8 ONNX, 24 kHz), with the time of every word.

Phonemes are found without espeak; word times are the network's own durations, one frame being 25 ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infra.catalogue import locate
from infra.engines import Samples, Speech, SpokenWord
from infra.engines.speech.kokoro_net import FRAME, LONGEST, RATE, KokoroNet
from infra.engines.speech.reading import SENTENCE_ENDS, Read, accent_of, phrases, read
from infra.engines.speech.sound import faded, joined, levelled, loud, snug, voiced
from infra.errors import BadInput, UnknownName
from infra.settings import settings

MODELS = {"kokoro-82m": "6e742170d309"}
"""Catalogue name → first digits of the SHA-256 of model.onnx."""
RECIPE = 1
VOICES_FOLDER = Path(__file__).parent / "voices"
PHRASE = 180
"""Longest phrase, in phonemes, that is spoken in one breath."""
LEAD_S = 0.1
"""How much sooner a sound is heard than its planned frames say; after this, word starts are within about 20 ms."""
SENTENCE_PAUSE_S, CLAUSE_PAUSE_S = 0.28, 0.12


VOICES: dict[str, dict[str, float]] = {
    "en": {
        "af_heart": 0.36,
        "af_bella": 0.5,
        "am_michael": 0.47,
        "am_fenrir": 0.43,
        "bf_emma": 0.59,
        "bm_george": 0.42,
    },
    "zh": {
        "zf_xiaoxiao": 0.68,
        "zf_xiaoyi": 0.95,
        "zf_xiaobei": 0.93,
        "zm_yunjian": 0.89,
        "zm_yunxia": 0.94,
        "zm_yunyang": 0.72,
        "zm_yunxi": 0.98,
    },
}
"""Voices of each language, best first, with the seconds of each phrase that are planned but silent (measured)."""


class Kokoro:
    """Kokoro-82M; loaded once (about 1 s, 300 MB), safe to call from several threads."""

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)
        self._net = KokoroNet(locate(_known(model)), settings().threads)

    @staticmethod
    def identify(model: str = "") -> str:
        """`kokoro:<model>@<hash>/<recipe>` and the versions of the packages that say how words sound."""
        name = _known(model)
        return f"kokoro:{name}@{MODELS[name]}/{RECIPE} misaki {version('misaki')} pypinyin {version('pypinyin')}"

    @staticmethod
    def voices(language: str) -> Sequence[str]:
        """Best first: fewest words lost when a transcriber listens, then by ear."""
        return list(_voices(language))

    def speak(self, text: str, *, language: str, voice: str, pace: float = 1.0) -> Speech:
        """Mono 24 kHz, peak −3 dBFS; long texts phrase by phrase.

        Raises:
            UnknownName: no such language, or no such voice in it.
            BadInput: nothing in *text* can be spoken, or *pace* is not within 0.5 to 2.
        """
        _silence(language, voice)
        if not 0.5 <= pace <= 2:
            raise BadInput(f"Pace {pace} cannot be spoken.", "Use 0.5 (half as fast) to 2 (twice as fast).")
        words = read(text, language, accent_of(voice))
        plan = phrases(words, PHRASE)
        spoken = [self._phrase([words[index] for index in phrase], voice, pace) for phrase in plan]
        pauses = [_pause(words[phrase[-1]]) / pace for phrase in plan[:-1]]
        samples, starts = joined([clip for clip, _ in spoken], pauses, RATE)
        times = [
            SpokenWord(word.text, word.start_s + start / RATE, word.end_s + start / RATE)
            for start, (_, timed) in zip(starts, spoken, strict=True)
            for word in timed
        ]
        return Speech(levelled(samples), RATE, tuple(times))

    def seconds(self, text: str, *, language: str, voice: str) -> float:
        """From the network's plan of lengths (50 ms a sentence); within about 1 % of what `speak` gives."""
        silent_s = _silence(language, voice)
        words = read(text, language, accent_of(voice))
        plan = phrases(words, PHRASE)
        total = sum(_pause(words[phrase[-1]]) for phrase in plan[:-1])
        for phrase in plan:
            codes, _ = self._codes([words[index] for index in phrase])
            frames = self._net.plan(codes, _style(voice, len(codes)))[1:-1]
            total += max(0.1, float(frames.sum()) * FRAME / RATE - silent_s)
        return total

    def _phrase(self, words: list[Read], voice: str, pace: float) -> tuple[Samples, list[SpokenWord]]:
        """One breath without silence at its ends, and its words' times."""
        codes, owners = self._codes(words)
        samples, frames = self._net.run(codes, _style(voice, len(codes)), pace)
        heard = loud(samples, RATE)
        begin, end = voiced(heard)
        edges = np.clip(np.cumsum(frames) * FRAME / RATE - LEAD_S, begin, end)
        clip = samples[round(begin * RATE) : round(end * RATE)]
        times = [
            SpokenWord(word.text, start - begin, stop - begin)
            for word, (start, stop) in zip(words, _spans(len(words), owners, edges, heard), strict=True)
        ]
        return faded(clip, RATE), times

    def _codes(self, words: list[Read]) -> tuple[list[int], list[int]]:
        """Phoneme codes and, for each, the index of its word (−1: a space or a mark)."""
        codes: list[int] = []
        owners: list[int] = []
        for index, word in enumerate(words):
            sound = f" {word.sound}" if codes and word.sound else word.sound
            for place, symbol in enumerate(sound):
                if symbol in self._net.codes:
                    codes.append(self._net.codes[symbol])
                    inside = symbol != " " and not (word.mark and place == len(sound) - 1)
                    owners.append(index if inside else -1)
        if len(codes) > LONGEST:
            raise BadInput(f"{words[0].text[:40]!r} is too long to be said in one breath.", "Put spaces into it.")
        return codes, owners


def _spans(
    count: int, owners: list[int], edges: NDArray[np.float64], heard: NDArray[np.bool_]
) -> list[tuple[float, float]]:
    """Each word's start and end, in order, without overlap; code k begins at `edges[k]`. Silent words last 0 s."""
    rough: dict[int, tuple[float, float]] = {}
    for place, owner in enumerate(owners):
        if owner >= 0:
            rough[owner] = (rough.get(owner, (float(edges[place]), 0.0))[0], float(edges[place + 1]))
    spans: list[tuple[float, float]] = []
    latest = float(edges[0])
    for index in range(count):
        start, end = snug(*rough[index], heard) if index in rough else (latest, latest)
        start = max(start, latest)
        latest = max(start, end)
        spans.append((start, latest))
    return spans


def _pause(word: Read) -> float:
    return SENTENCE_PAUSE_S if word.mark and word.mark in SENTENCE_ENDS else CLAUSE_PAUSE_S


@lru_cache(maxsize=32)
def _voice(name: str) -> NDArray[np.float32]:
    """(510, 256): a voice's style for every length of phrase."""
    return np.fromfile(VOICES_FOLDER / f"{name}.bin", np.float32).reshape(-1, 256)


def _style(voice: str, length: int) -> NDArray[np.float32]:
    styles = _voice(voice)
    chosen: NDArray[np.float32] = styles[min(max(length, 1), len(styles)) - 1]
    return chosen


def _voices(language: str) -> dict[str, float]:
    if language not in VOICES:
        raise UnknownName("language", language, VOICES)
    return VOICES[language]


def _silence(language: str, voice: str) -> float:
    voices = _voices(language)
    if voice not in voices:
        raise UnknownName(f"{language} voice", voice, voices)
    return voices[voice]


def _known(model: str) -> str:
    name = model or "kokoro-82m"
    if name not in MODELS:
        raise UnknownName("kokoro model", name, MODELS)
    return name
