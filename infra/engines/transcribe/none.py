"""Nobody listens: for machines that should make films and check nothing that needs an ear."""

from __future__ import annotations

from infra.engines import Samples, Transcript


class Nobody:
    """Hears nothing, and says so by its identity."""

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)

    @staticmethod
    def identify(model: str = "") -> str:
        """The same for every *model*: there is none."""
        del model
        return "none"

    def transcribe(self, samples: Samples, rate: int, *, language: str | None = None) -> Transcript:
        """No text and no words."""
        del samples, rate
        return Transcript("", language or "", ())
