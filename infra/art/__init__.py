"""Open art, vendored: some 740 pieces of Fluent Emoji with their words in English and Chinese.

`index.json`, `pieces.zip` and `meanings.npz` are made by `infra.art.build`; art and words are MIT (see LICENSE here).
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

PIECES = Path(__file__).with_name("pieces.zip")
INDEX = Path(__file__).with_name("index.json")
MEANINGS = Path(__file__).with_name("meanings.npz")

Stance = Literal["ground", "bust", "fly", "float", "swim", "table", "hang", "sky", "far"]


@dataclass(frozen=True)
class Piece:
    """One piece of art: what it is, its words, its longer side in *metres*, and how it stands."""

    id: str
    emoji: str
    kind: str
    metres: float
    stance: Stance
    name: str
    zh: str
    words: tuple[str, ...]
    words_zh: tuple[str, ...]
    tags: tuple[str, ...]
    tags_zh: tuple[str, ...]
    width: int
    height: int

    @property
    def aspect(self) -> float:
        """Width to height."""
        return self.width / self.height


@lru_cache(maxsize=1)
def pieces() -> dict[str, Piece]:
    """Every piece by its id, in Unicode order."""
    entries = json.loads(INDEX.read_text(encoding="utf-8"))
    return {entry["id"]: Piece(**_known(entry)) for entry in entries}


def _known(entry: dict[str, Any]) -> dict[str, Any]:
    """The fields of a piece in an entry of the index, lists as tuples."""
    fields = Piece.__dataclass_fields__
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items() if key in fields}


@lru_cache(maxsize=96)
def pixels(piece: str) -> NDArray[np.uint8]:
    """The piece's picture: (height, width, 4) sRGB with straight alpha, trimmed, longer side at most 640 px."""
    from PIL import Image

    with zipfile.ZipFile(PIECES) as archive:
        data = archive.read(f"{piece}.avif")
    picture = np.array(Image.open(io.BytesIO(data)).convert("RGBA"))
    picture.setflags(write=False)
    return picture


@dataclass(frozen=True)
class Meanings:
    """Words in the space of one embedding engine: row i is `texts[i]`, a word of `names[i]` (piece or `place:…`)."""

    identity: str
    names: tuple[str, ...]
    texts: tuple[str, ...]
    rows: NDArray[np.float32]


@lru_cache(maxsize=1)
def meanings() -> Meanings:
    """The vendored meanings; rows have length 1."""
    with np.load(MEANINGS) as stored:
        rows = stored["rows"].astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return Meanings(str(stored["identity"]), tuple(stored["names"].tolist()), tuple(stored["texts"].tolist()), rows)
