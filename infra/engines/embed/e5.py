"""Meaning of short texts, Chinese and English in one space: multilingual-e5-small, 4-bit weights, plain numpy.

Wang et al., "Multilingual E5 Text Embeddings" (2024): a 12-layer BERT encoder over SentencePiece unigrams, the mean of
its last states scaled to length 1. Texts are prefixed `query: ` or `passage: `, as it was trained.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from infra.catalogue import locate
from infra.engines import Vectors
from infra.engines.embed.e5_file import Floats, PackedFile, Sizes, Vocabulary, unpack
from infra.errors import ModelMissing, UnknownName

MODELS = {"e5-small": ("e5-small-q4.bin", "1571fc982750")}
"""Catalogue name → file, first digits of its SHA-256."""
RECIPE = 1
BATCH_TOKENS = 2048
NO_ATTENTION = np.float32(-1e9)


class E5:
    """multilingual-e5-small; loaded once (about 1 s), safe to call from several threads.

    It computes on one BLAS thread: a second gains nothing on matrices so small, spins when the machine is busy, and
    would change the last bits.
    """

    def __init__(self, model: str = "") -> None:
        from threadpoolctl import ThreadpoolController

        name = _known(model)
        path = locate(name) / MODELS[name][0]
        if not path.is_file():
            raise ModelMissing(f"Model {name} has no file {path.name}.", f"Run: flywheel models pull {name}")
        file = PackedFile(path)
        self.identity = self.identify(model)
        self._splitter = _Splitter(file.vocabulary)
        self._encoder = _Encoder(file)
        self._window = file.sizes.positions - 2
        self._lock = threading.Lock()
        self._blas = ThreadpoolController()

    @staticmethod
    def identify(model: str = "") -> str:
        """`e5:<model>@<hash>/<recipe>`, without loading anything."""
        name = _known(model)
        return f"e5:{name}@{MODELS[name][1]}/{RECIPE}"

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"] = "query") -> Vectors:
        """(n, 384) unit rows; of a text longer than 510 pieces, the weighted mean over its windows."""
        owners: list[int] = []
        windows: list[list[int]] = []
        for index, text in enumerate(texts):
            ids = self._splitter.ids(f"{kind}: {text}")
            for start in range(0, len(ids), self._window):
                owners.append(index)
                windows.append(ids[start : start + self._window])
        total = np.zeros((len(texts), self._encoder.sizes.hidden), np.float32)
        with self._lock, self._blas.limit(limits=1, user_api="blas"):
            for members, batch in self._batches(windows):
                weights = np.array([[len(windows[member])] for member in members], np.float32)
                np.add.at(total, [owners[member] for member in members], self._encoder.means(batch) * weights)
        rows: Vectors = total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), np.float32(1e-12))
        return rows

    def _batches(self, windows: list[list[int]]) -> Iterator[tuple[list[int], list[list[int]]]]:
        """Windows of like length together, so that padding costs little; order is stable."""
        order = sorted(range(len(windows)), key=lambda index: (len(windows[index]), index))
        while order:
            longest = min(len(order), max(1, BATCH_TOKENS // (len(windows[order[0]]) + 2)))
            while longest > 1 and longest * (len(windows[order[longest - 1]]) + 2) > BATCH_TOKENS:
                longest -= 1
            members, order = order[:longest], order[longest:]
            yield members, [self._splitter.framed(windows[member]) for member in members]


class _Splitter:
    """Text → piece ids."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        from tokenizers import Tokenizer, models

        self._replace, self._bos, self._eos = vocabulary.replace, vocabulary.bos, vocabulary.eos
        self._model = Tokenizer(models.Unigram(vocabulary.pieces, vocabulary.unknown, byte_fallback=False))

    def ids(self, text: str) -> list[int]:
        """The best split of the normalised text; words begin with U+2581."""
        plain = text.encode(errors="replace").decode().translate(self._replace)
        words = [word for word in plain.split(" ") if word]
        return [int(id_) for id_ in self._model.encode("".join(f"▁{word}" for word in words)).ids]

    def framed(self, ids: list[int]) -> list[int]:
        """*ids* between the marks of a text's begin and end."""
        return [self._bos, *ids, self._eos]


class _Layer:
    """Weights of one encoder layer, transposed for `states @ weights`."""

    def __init__(self, file: PackedFile, index: int) -> None:
        hidden, inner = file.sizes.hidden, file.sizes.inner

        def weights(name: str, columns: int = hidden) -> Floats:
            return np.ascontiguousarray(file.matrix(f"l{index}.{name}.w", columns).T)

        def plain(name: str) -> Floats:
            return file.floats(f"l{index}.{name}")

        self.qkv = np.ascontiguousarray(np.concatenate([weights("q"), weights("k"), weights("v")], axis=1))
        self.qkv_bias = np.concatenate([plain("q.b"), plain("k.b"), plain("v.b")])
        self.attended, self.attended_bias = weights("ao"), plain("ao.b")
        self.attended_norm = (plain("aln.w"), plain("aln.b"))
        self.wide, self.wide_bias = weights("fi"), plain("fi.b")
        self.narrow, self.narrow_bias = weights("fo", inner), plain("fo.b")
        self.out_norm = (plain("oln.w"), plain("oln.b"))


class _Encoder:
    """Piece ids → mean of the last states."""

    def __init__(self, file: PackedFile) -> None:
        self.sizes: Sizes = file.sizes
        self._words = file.blocks("emb.word", self.sizes.hidden)
        places = file.floats("emb.pos").reshape(-1, self.sizes.hidden)
        self._places = places + file.floats("emb.type")[: self.sizes.hidden]
        self._norm = (file.floats("emb.ln.w"), file.floats("emb.ln.b"))
        self._layers = [_Layer(file, index) for index in range(self.sizes.layers)]

    def means(self, batch: list[list[int]]) -> Floats:
        """(n, hidden): the mean state of each window of ids, padding left out."""
        lengths = np.array([len(ids) for ids in batch])
        width = int(lengths.max())
        ids = np.array([[*row, *[0] * (width - len(row))] for row in batch])
        real: Floats = (np.arange(width) < lengths[:, None]).astype(np.float32)
        barrier: Floats = ((1 - real) * NO_ATTENTION)[:, None, None, :]
        states = self._normed(unpack(self._words[ids]) + self._places[:width], self._norm)
        for layer in self._layers:
            states = self._step(states, layer, barrier)
        means: Floats = (states * real[..., None]).sum(axis=1) / lengths[:, None].astype(np.float32)
        return means

    def _step(self, states: Floats, layer: _Layer, barrier: Floats) -> Floats:
        """One post-norm encoder layer, (n, time, hidden) → the same."""
        from scipy.special import erf

        attended = self._attend(states @ layer.qkv + layer.qkv_bias, barrier)
        states = self._normed(states + attended @ layer.attended + layer.attended_bias, layer.attended_norm)
        wide: Floats = states @ layer.wide + layer.wide_bias
        bell: Floats = erf(wide * np.float32(0.5**0.5))
        wide *= np.float32(0.5) * (1 + bell)
        summed: Floats = states + wide @ layer.narrow + layer.narrow_bias
        return self._normed(summed, layer.out_norm)

    def _attend(self, qkv: Floats, barrier: Floats) -> Floats:
        rows, time, _ = qkv.shape
        heads = self.sizes.heads
        query, key, value = qkv.reshape(rows, time, 3, heads, -1).transpose(2, 0, 3, 1, 4)
        scores = query @ key.swapaxes(-1, -2) * np.float32(query.shape[-1] ** -0.5) + barrier
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed: Floats = (scores @ value).swapaxes(1, 2).reshape(rows, time, -1)
        return mixed

    def _normed(self, states: Floats, norm: tuple[Floats, Floats]) -> Floats:
        centred: Floats = states - states.mean(axis=-1, keepdims=True)
        variance: Floats = np.mean(centred * centred, axis=-1, keepdims=True, dtype=np.float32)
        normed: Floats = centred / np.sqrt(variance + np.float32(self.sizes.epsilon)) * norm[0] + norm[1]
        return normed


def _known(model: str) -> str:
    name = model or "e5-small"
    if name not in MODELS:
        raise UnknownName("e5 model", name, MODELS)
    return name
