"""A tiny embedder: hashed words and character pairs and triples. Nearness is shared spelling, not meaning."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from infra.engines import Vectors

DIMENSIONS = 256
WORD_WEIGHT = 2.0


class Sketch:
    """Deterministic and weightless; for tests and for machines without models."""

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)

    @staticmethod
    def identify(model: str = "") -> str:
        """The same for every *model*: there is only one."""
        del model
        return f"sketch-embed:{DIMENSIONS}/1"

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"] = "query") -> Vectors:
        """(n, 256) unit rows; *kind* makes no difference. A text without letters gets the first axis."""
        del kind
        rows = np.zeros((len(texts), DIMENSIONS), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for feature, weight in _features(text):
                code = zlib.crc32(feature.encode(errors="replace"))
                row[code % DIMENSIONS] += weight if code & 0x80000000 else -weight
            if not row.any():
                row[0] = 1
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def _features(text: str) -> Iterator[tuple[str, float]]:
    """Words, then the two- and three-letter pieces of each; a run of Chinese is one word."""
    for word in re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()):
        yield word, WORD_WEIGHT
        framed = f"<{word}>"
        for size in (2, 3):
            for start in range(len(framed) - size + 1):
                yield framed[start : start + size], 1.0
