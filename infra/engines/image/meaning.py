"""Looking up pieces and settings by meaning, for words that no name matches.

Every word of every piece is one row. Vectors of this kind crowd in one direction, so the mean of a language's words is
taken off before they are compared; what is left tells "seabird → seagull" (0.62) from "cheetah → seat" (0.34).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from infra.art import Meanings, meanings, pieces
from infra.engines import Embedder, Vectors, engine
from infra.engines.image.places import places

NEAR_PIECE = 0.6
NEAR_PLACE = 0.18
FIRST_HAN = "\u3400"


def embedded(spec: str) -> Meanings:
    """The words of all pieces and settings as the embedding engine *spec* sees them."""
    embedder = engine("embed", spec)
    pairs = list(_pairs())
    rows = embedder.embed([text for _, text in pairs], kind="query")
    return Meanings(embedder.identity, tuple(name for name, _ in pairs), tuple(text for _, text in pairs), rows)


def _pairs() -> Iterator[tuple[str, str]]:
    for piece in pieces().values():
        for word in dict.fromkeys((piece.name, *piece.words, piece.zh, *piece.words_zh)):
            if word:
                yield piece.id, word
    for place in places().values():
        yield f"place:{place.name}", place.about
        yield f"place:{place.name}", "、".join(word for word in place.words if word > FIRST_HAN)


@lru_cache(maxsize=2)
def _space(spec: str) -> tuple[Embedder, Meanings]:
    """The engine and its space: the vendored one where it is the engine's own."""
    embedder = engine("embed", spec)
    return embedder, meanings() if meanings().identity == embedder.identity else embedded(spec)


@lru_cache(maxsize=8)
def _part(spec: str, place: bool, han: bool) -> tuple[tuple[str, ...], Vectors, Vectors]:
    """Names, centred unit rows and their mean, of the pieces or the settings in one language."""
    _, space = _space(spec)
    keep = [
        index
        for index, (name, text) in enumerate(zip(space.names, space.texts, strict=True))
        if name.startswith("place:") == place and (text > FIRST_HAN) == han
    ]
    rows = space.rows[keep]
    middle = rows.mean(axis=0)
    return tuple(space.names[index].removeprefix("place:") for index in keep), _unit(rows - middle), middle


def _unit(rows: Vectors) -> Vectors:
    lengths: Vectors = np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), np.float32(1e-9))
    return rows / lengths


def nearest_pieces(words: Sequence[str], spec: str) -> list[str | None]:
    """For each word the id of the piece whose word is nearest, or None where none is near."""
    if not words:
        return []
    found: list[str | None] = []
    for word, query in zip(words, _space(spec)[0].embed(list(words), kind="query"), strict=True):
        names, rows, middle = _part(spec, place=False, han=word > FIRST_HAN)
        near = rows @ _unit(query - middle)
        best = int(near.argmax())
        found.append(names[best] if near[best] >= NEAR_PIECE else None)
    return found


def nearest_place(text: str, spec: str) -> str | None:
    """The setting that suits *text* best, or None where none does."""
    query = _space(spec)[0].embed([text], kind="query")[0]
    names, rows, middle = _part(spec, place=True, han=any(char > FIRST_HAN for char in text))
    near = rows @ _unit(query - middle)
    best = int(near.argmax())
    return names[best] if near[best] >= NEAR_PLACE else None
