"""The packed file of multilingual-e5-small: configuration, vocabulary, and 4-bit tensors, read through a memory map.

    "E5S1" version
    hidden layers heads inner vocabulary positions types : int32, epsilon : float32, block : int32
    pieces bos eos pad unknown : int32, text bytes : uint64, offsets : uint32, scores : float32, UTF-8 text
    character replacements: count, bytes : uint32, then (code point, n : uint8, n code points)
    directory: count, then (name, type : uint8, elements : uint32, offset : uint64, bytes : uint64); then the tensors

A 4-bit tensor is rows of blocks of 32 weights: one half-precision scale and 16 bytes; byte j holds weight j in its
low nibble and weight j + 16 in its high one, both plus 8.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from infra.errors import EngineFailed

Floats = NDArray[np.float32]

BLOCK = 32
PACKED = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


@dataclass(frozen=True)
class Sizes:
    """Dimensions of the encoder; `epsilon` is that of its layer norms."""

    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float


@dataclass(frozen=True)
class Vocabulary:
    """SentencePiece unigram pieces with their log probabilities, special ids, and the character replacements."""

    pieces: list[tuple[str, float]]
    bos: int
    eos: int
    unknown: int
    replace: dict[int, str]


class PackedFile:
    """One opened file: `sizes`, `vocabulary`, and its tensors by name."""

    def __init__(self, path: Path) -> None:
        self._bytes: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
        if bytes(self._bytes[:4]) != b"E5S1":
            raise EngineFailed(f"{path.name} is not a packed e5 model.", "Run: flywheel models pull e5-small")
        self._at = 8
        hidden, layers, heads, inner, words, positions, _types = self._take("<7i")
        epsilon, _block = self._take("<fi")
        self.sizes = Sizes(hidden, layers, heads, inner, words, positions, epsilon)
        self.vocabulary = self._vocabulary()
        self._directory = self._tensors()

    def floats(self, name: str) -> Floats:
        """A plain tensor, flat."""
        elements, offset = self._directory[name]
        return np.frombuffer(self._bytes, np.float32, elements, offset)

    def blocks(self, name: str, columns: int) -> NDArray[Any]:
        """A 4-bit tensor as packed blocks, (rows, columns / 32): still in the file."""
        elements, offset = self._directory[name]
        return np.frombuffer(self._bytes, PACKED, elements // BLOCK, offset).reshape(-1, columns // BLOCK)

    def matrix(self, name: str, columns: int) -> Floats:
        """A 4-bit tensor as numbers, (rows, columns)."""
        return unpack(self.blocks(name, columns))

    def _take(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self._bytes.data, self._at)
        self._at += struct.calcsize(layout)
        return values

    def _array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self._bytes, kind, count, self._at)
        self._at += values.nbytes
        return values

    def _vocabulary(self) -> Vocabulary:
        count, bos, eos, _pad, unknown, size = self._take("<5iQ")
        offsets = self._array("<u4", count + 1).tolist()
        scores = self._array("<f4", count).tolist()
        text = self._array("u1", size).tobytes()
        pieces = [(text[offsets[i] : offsets[i + 1]].decode(), scores[i]) for i in range(count)]
        return Vocabulary(pieces, bos, eos, unknown, self._replacements())

    def _replacements(self) -> dict[int, str]:
        count, _size = self._take("<iI")
        table: dict[int, str] = {}
        for _ in range(count):
            point, length = self._take("<IB")
            table[point] = "".join(map(chr, self._take(f"<{length}I")))
        return table

    def _tensors(self) -> dict[str, tuple[int, int]]:
        (count,) = self._take("<i")
        table: dict[str, tuple[int, int]] = {}
        for _ in range(count):
            (length,) = self._take("<H")
            name = self._array("u1", length).tobytes().decode()
            _kind, elements, offset, _size = self._take("<BIQQ")
            table[name] = (elements, offset)
        return table


def unpack(blocks: NDArray[Any]) -> Floats:
    """(…, n) packed blocks as (…, 32 n) numbers."""
    nibbles = blocks["nibbles"]
    weights = np.concatenate([nibbles & 15, nibbles >> 4], axis=-1).astype(np.float32) - 8
    weights *= blocks["scale"].astype(np.float32)[..., None]
    return weights.reshape(*blocks.shape[:-1], -1)
