"""A transcriber that cannot hear words: it finds where somebody speaks, and writes `…` for each stretch of speech."""

from __future__ import annotations

import numpy as np

from infra.engines import Samples, SpokenWord, Transcript
from infra.errors import BadInput

WINDOW_S, SILENCE_DB, SHORTEST_GAP_S = 0.01, -40.0, 0.12
UNHEARD = "…"


class Sketch:
    """Voice activity by energy; deterministic and weightless. Its text never matches a reference, and must not."""

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)

    @staticmethod
    def identify(model: str = "") -> str:
        """The same for every *model*: there is only one."""
        del model
        return "sketch-transcribe/1"

    def transcribe(self, samples: Samples, rate: int, *, language: str | None = None) -> Transcript:
        """An empty text, and one word `…` for each stretch of sound between pauses of 120 ms.

        Raises:
            BadInput: *samples* are not mono.
        """
        if samples.ndim != 1:
            raise BadInput(f"The sound has {samples.ndim} dimensions.", "Give mono samples, one dimension.")
        words = tuple(SpokenWord(UNHEARD, start, end) for start, end in _stretches(samples, rate))
        return Transcript("", language or "", words)


def _stretches(samples: Samples, rate: int) -> list[tuple[float, float]]:
    """Seconds from and to, where the level is within 40 dB of the loudest."""
    window = max(1, round(WINDOW_S * rate))
    count = len(samples) // window
    power = np.sqrt(np.mean(samples[: count * window].reshape(count, window) ** 2, axis=1))
    heard = np.flatnonzero(power > power.max(initial=0) * 10 ** (SILENCE_DB / 20))
    if not heard.size:
        return []
    breaks = np.flatnonzero(np.diff(heard) * window > SHORTEST_GAP_S * rate)
    firsts, lasts = heard[np.r_[0, breaks + 1]], heard[np.r_[breaks, len(heard) - 1]]
    step = window / rate
    return [(float(first) * step, float(last + 1) * step) for first, last in zip(firsts, lasts, strict=True)]
