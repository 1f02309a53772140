"""Reads SF2/SF3 soundfonts, and cuts the small one that the composer plays out of a large one.

    python -m infra.engines.music.soundfont FluidR3Mono_GM.sf3 bed.sf3

The source is in Debian's package `fluidr3mono-gm-soundfont` (MIT). The subset holds the presets in PRESETS, each as one
flat layer (the one that sounds at velocity LAYER), with the compressed samples copied byte for byte. Format: SoundFont
2.04; in an SF3 each sample is an Ogg Vorbis stream, addressed in bytes, with loops counted from the sample's start.
"""

from __future__ import annotations

import io
import struct
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DRUMS = 128
"""Bank of the percussion kits."""
LAYER = 80
"""The velocity whose layer a subset keeps."""
PRESETS = (0, 4, 8, 10, 11, 12, 24, 32, 33, 45, 46, 47, 48, 53, 60, 73, 89, 92, 116)
KIT = (35, 36, 37, 38, 39, 42, 44, 46, 49, 51, 54, 57, 69, 70, 76, 77, 82)

KEY_RANGE, VELOCITY_RANGE, INSTRUMENT, SAMPLE = 43, 44, 41, 53
PAN, MODES, EXCLUSIVE, ROOT = 17, 54, 57, 58
SIGNED_TO_ADD = frozenset({*range(5, 12), 13, 15, 16, PAN, *range(21, 41), 48, 51, 52, 56})
"""Generators whose preset value is added to the instrument's."""
COMPRESSED = 0x10
"""Flag in a sample's type: Ogg Vorbis."""

_PRESET = np.dtype([("name", "S20"), ("preset", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("unused", "<u4", 3)])
_BAG = np.dtype([("gen", "<u2"), ("mod", "<u2")])
_GEN = np.dtype([("op", "<u2"), ("amount", "<i2")])
_INST = np.dtype([("name", "S20"), ("bag", "<u2")])
_NUMBERS = [(name, "<u4") for name in ("start", "end", "loop_start", "loop_end", "rate")]
_PITCH = [("root", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2")]
_SAMPLE = np.dtype([("name", "S20"), *_NUMBERS, *_PITCH])
_TABLES = {"phdr": _PRESET, "pbag": _BAG, "pgen": _GEN, "inst": _INST, "ibag": _BAG, "igen": _GEN, "shdr": _SAMPLE}


@dataclass(frozen=True)
class Zone:
    """One sample over a range of keys (both included), with its generators by SoundFont number."""

    low: int
    high: int
    sample: int
    generators: Mapping[int, int] = field(default_factory=dict)


class Soundfont:
    """The presets of one SF2 or SF3 file."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        chunks = dict(_chunks(self._bytes))
        self._samples = chunks[b"smpl"]
        self._tables = {
            name: np.frombuffer(self._bytes[chunks[name.encode()]], dtype) for name, dtype in _TABLES.items()
        }
        self.headers: NDArray[Any] = self._tables["shdr"]
        self.presets = {
            (int(row["bank"]), int(row["preset"])): index for index, row in enumerate(self._tables["phdr"][:-1])
        }

    def zones(self, bank: int, preset: int) -> list[Zone]:
        """The zones that sound at velocity LAYER, preset and instrument generators already added up."""
        return [
            zone
            for above in self._generators("phdr", "pbag", "pgen", self.presets[bank, preset], INSTRUMENT)
            for below in self._generators("inst", "ibag", "igen", above[INSTRUMENT], SAMPLE)
            if (zone := _join(above, below)) is not None
        ]

    def name(self, bank: int, preset: int) -> bytes:
        """A preset's name as it lies in the file."""
        return bytes(self._tables["phdr"][self.presets[bank, preset]]["name"])

    def encoded(self, sample: int) -> bytes:
        """The bytes of a sample as they lie in the file: Ogg Vorbis, or 16-bit PCM."""
        head = self.headers[sample]
        unit = 1 if int(head["type"]) & COMPRESSED else 2
        at = self._samples.start
        return self._bytes[at + unit * int(head["start"]) : at + unit * int(head["end"])]

    def decoded(self, sample: int) -> NDArray[np.float32]:
        """A sample as mono sound, at the rate its header names."""
        raw = self.encoded(sample)
        if not int(self.headers[sample]["type"]) & COMPRESSED:
            return np.frombuffer(raw, "<i2").astype(np.float32) / np.float32(32768)
        import soundfile

        sound, _ = soundfile.read(io.BytesIO(raw), dtype="float32", always_2d=True)
        return np.ascontiguousarray(sound[:, 0], np.float32)

    def loop(self, sample: int) -> tuple[int, int]:
        """First sample of the loop and the one after its last, counted from the sample's start."""
        head = self.headers[sample]
        origin = 0 if int(head["type"]) & COMPRESSED else int(head["start"])
        return int(head["loop_start"]) - origin, int(head["loop_end"]) - origin

    def _generators(self, names: str, bags: str, gens: str, index: int, last: int) -> Iterator[dict[int, int]]:
        """The zones of one preset or instrument, as generators laid over those of its global zone."""
        common: dict[int, int] = {}
        first, stop = (int(self._tables[names][index + k]["bag"]) for k in (0, 1))
        for bag in range(first, stop):
            start, end = (int(self._tables[bags][bag + k]["gen"]) for k in (0, 1))
            own = {int(row["op"]): int(row["amount"]) for row in self._tables[gens][start:end]}
            if last in own:
                yield common | own
            elif bag == first:
                common = own


def _chunks(data: bytes) -> Iterator[tuple[bytes, slice]]:
    """Every leaf chunk of a RIFF file; some writers forget the padding byte after an odd length."""
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"LIST":
            at += 12
            continue
        yield name, slice(at + 8, at + 8 + size)
        at += 8 + size
        at += size & 1 and data[at : at + 1] == b"\0"


def _bounds(generators: Mapping[int, int], operator: int) -> tuple[int, int]:
    amount = generators.get(operator, 0x7F00) & 0xFFFF
    return amount & 0xFF, amount >> 8


def _join(above: Mapping[int, int], below: Mapping[int, int]) -> Zone | None:
    """A preset zone over an instrument zone; None where they share no key or do not sound at LAYER."""
    low, high = (
        f(a, b) for f, a, b in zip((max, min), _bounds(above, KEY_RANGE), _bounds(below, KEY_RANGE), strict=True)
    )
    layers = [_bounds(generators, VELOCITY_RANGE) for generators in (above, below)]
    if low > high or not all(soft <= LAYER <= loud for soft, loud in layers):
        return None
    flat = {op: amount for op, amount in below.items() if op not in {KEY_RANGE, VELOCITY_RANGE, SAMPLE}}
    for op, amount in above.items():
        if op in SIGNED_TO_ADD:
            flat[op] = flat.get(op, DEFAULTS.get(op, 0)) + amount
    return Zone(low, high, below[SAMPLE], flat)


DEFAULTS = {8: 13500, **dict.fromkeys((21, 23, 25, 26, 27, 28, 30, 33, 34, 35, 36, 38), -12000), 56: 100}
"""Generators whose default is not 0: the filter's cutoff (cents), times of the envelopes (timecents), cents per key."""


def subset(source: Soundfont, wanted: Iterable[tuple[int, int]], kit: Iterable[int]) -> bytes:
    """An SF3 of the *wanted* (bank, preset) pairs, of percussion only the keys in *kit*."""
    tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
    new: dict[int, int] = {}
    keys = set(kit)
    for bank, preset in wanted:
        name = source.name(bank, preset)
        tables["phdr"].append((name, preset, bank, len(tables["pbag"]), (0, 0, 0)))
        tables["pbag"].append((len(tables["pgen"]), 0))
        tables["pgen"].append((INSTRUMENT, len(tables["inst"])))
        tables["inst"].append((name, len(tables["ibag"])))
        for zone in source.zones(bank, preset):
            if bank == DRUMS and not keys & set(range(zone.low, zone.high + 1)):
                continue
            tables["ibag"].append((len(tables["igen"]), 0))
            tables["igen"].append((KEY_RANGE, zone.low | zone.high << 8))
            tables["igen"] += sorted(zone.generators.items())
            tables["igen"].append((SAMPLE, new.setdefault(zone.sample, len(new))))
    return _write(source, tables, new)


def _write(source: Soundfont, tables: dict[str, list[tuple[Any, ...]]], samples: Mapping[int, int]) -> bytes:
    pool = b""
    for old in samples:
        head, raw = source.headers[old], source.encoded(old)
        loop = source.loop(old)
        tables["shdr"].append(
            (
                head["name"],
                len(pool),
                len(pool) + len(raw),
                *loop,
                head["rate"],
                head["root"],
                head["correction"],
                0,
                17,
            )
        )
        pool += raw
    tables["phdr"].append((b"EOP", 0, 0, len(tables["pbag"]), (0, 0, 0)))
    tables["inst"].append((b"EOI", len(tables["ibag"])))
    for bag, gen in (("pbag", "pgen"), ("ibag", "igen")):
        tables[bag].append((len(tables[gen]), 0))
        tables[gen].append((0, 0))
    tables["shdr"].append((b"EOS", *[0] * 9))
    written = {name: np.array(rows, _TABLES[name]).tobytes() for name, rows in tables.items()}
    modulators = {"pmod": bytes(10), "imod": bytes(10)}
    order = ("phdr", "pbag", "pmod", "pgen", "inst", "ibag", "imod", "igen", "shdr")
    return _list("sfbk", _info() + _list("sdta", _chunk("smpl", pool)) + _list(
        "pdta", b"".join(_chunk(name, (written | modulators)[name]) for name in order)
    ), "RIFF")  # fmt: skip


def _info() -> bytes:
    credit = b"Frank Wen, Michael Cowgill and others (MIT); see bed.LICENSE"
    texts = {"isng": b"EMU8000", "INAM": b"Bed: a subset of FluidR3Mono GM", "ICOP": credit}
    packed = {name: text + b"\0" * (2 - len(text) % 2) for name, text in texts.items()}
    return _list("INFO", _chunk("ifil", struct.pack("<HH", 3, 0)) + b"".join(_chunk(*item) for item in packed.items()))


def _chunk(name: str, data: bytes) -> bytes:
    return struct.pack("<4sI", name.encode(), len(data)) + data + b"\0" * (len(data) & 1)


def _list(form: str, data: bytes, name: str = "LIST") -> bytes:
    return _chunk(name, form.encode() + data)


if __name__ == "__main__":
    big, small = map(Path, sys.argv[1:])
    small.write_bytes(subset(Soundfont(big), [*((0, preset) for preset in PRESETS), (DRUMS, 0)], KIT))
