"""Speech → text with word times: Whisper base (multilingual, int8) through faster-whisper.

Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022).
"""

from __future__ import annotations

import threading
import warnings
from typing import Any

import numpy as np

from infra.catalogue import locate
from infra.engines import Samples, SpokenWord, Transcript
from infra.engines.transcribe.chinese import simplified
from infra.errors import BadInput, ModelMissing, UnknownName
from infra.settings import settings

MODELS = {"whisper-base": "d01c3014881c"}
"""Catalogue name → first digits of the SHA-256 of model.bin."""
RECIPE = 1
RATE = 16_000
LEAD_S, TAIL_S = 0.2, 0.5
"""Silence put around the sound: Whisper mishears a sudden start, and invents words after a sudden stop."""
LATE_S = 0.02
"""A word that begins later than this before the end was not in the sound."""
TOKENS_PER_S, TOKENS_AT_LEAST, TOKENS_AT_MOST = 14, 24, 220


class Whisper:
    """Whisper base; loaded once (about 1 s, 250 MB). Calls from several threads wait for each other."""

    def __init__(self, model: str = "") -> None:
        name = _known(model)
        folder = locate(name)
        if not (folder / "model.bin").is_file():
            raise ModelMissing(f"Model {name} has no file model.bin.", f"Run: flywheel models pull {name}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from faster_whisper import WhisperModel

        self.identity = self.identify(model)
        self._lock = threading.Lock()
        self._model: Any = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=settings().threads, local_files_only=True
        )

    @staticmethod
    def identify(model: str = "") -> str:
        """`whisper:<model>@<hash>/<recipe>`, without loading anything."""
        name = _known(model)
        return f"whisper:{name}@{MODELS[name]}/{RECIPE}"

    def transcribe(self, samples: Samples, rate: int, *, language: str | None = None) -> Transcript:
        """What is said in mono *samples*; *language* (`en`, `zh`) is found by listening if not given.

        Chinese comes in simplified characters.

        Raises:
            BadInput: *samples* are not mono, or not numbers.
        """
        heard = _prepared(samples, rate)
        length_s = len(heard) / RATE
        if not length_s:
            return Transcript("", language or "", ())
        with self._lock:
            segments, info = self._model.transcribe(
                np.pad(heard, (int(LEAD_S * RATE), int(TAIL_S * RATE))),
                language=language,
                beam_size=5,
                temperature=0.0,
                word_timestamps=True,
                condition_on_previous_text=False,
                max_new_tokens=min(TOKENS_AT_MOST, int(TOKENS_PER_S * length_s) + TOKENS_AT_LEAST),
            )
            found = [word for segment in segments for word in segment.words or []]
        plain = simplified if info.language == "zh" else str
        kept = [(plain(word.word), float(word.start) - LEAD_S, float(word.end) - LEAD_S) for word in found]
        kept = [(text, start, end) for text, start, end in kept if start < length_s - LATE_S]
        text = "".join(text for text, _, _ in kept).strip()
        words = [SpokenWord(word.strip(), max(0.0, start), max(0.0, min(end, length_s))) for word, start, end in kept]
        return Transcript(text, str(info.language), tuple(word for word in words if word.text))


def _prepared(samples: Samples, rate: int) -> Samples:
    """Mono 16 kHz."""
    import soxr

    if samples.ndim != 1:
        raise BadInput(f"The sound has {samples.ndim} dimensions.", "Give mono samples, one dimension.")
    if not np.isfinite(samples).all():
        raise BadInput("The sound has samples that are not numbers.", "Check what made it.")
    plain = np.ascontiguousarray(samples, np.float32)
    return plain if rate == RATE else np.asarray(soxr.resample(plain, rate, RATE, quality="HQ"), np.float32)


def _known(model: str) -> str:
    name = model or "whisper-base"
    if name not in MODELS:
        raise UnknownName("whisper model", name, MODELS)
    return name
