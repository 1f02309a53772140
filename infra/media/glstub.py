"""The one door to skia: its wheel asks for libGL, libEGL and libexpat even where only its CPU raster is used.

A server has none of them. Where one is absent a stand-in is loaded from memory: a minimal shared object with the
library's SONAME in which every function that skia asks for returns 0. Loaded first, it is what the loader finds.
A real library always wins. None of those functions is called by CPU drawing with fonts of our own.
"""

from __future__ import annotations

import ctypes
import importlib
import importlib.util
import os
import platform
import struct
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from infra.errors import PackageMissing

LIBRARIES = {"libEGL.so.1": ("egl",), "libGL.so.1": ("gl",), "libexpat.so.1": ("XML_",)}
FORCE = "FLYWHEEL_FORCE_GLSTUB"
REMEDY = "Run: apt-get install libegl1 libgl1 libexpat1"
RETURN_ZERO = {
    "x86_64": (62, b"\x31\xc0\xc3"),  # xor eax, eax; ret
    "aarch64": (183, b"\x00\x00\x80\xd2\xc0\x03\x5f\xd6"),  # mov x0, #0; ret
}
PAGE = 0x10000
_loading = threading.Lock()


@lru_cache(maxsize=1)
def _load() -> Any:
    spec = importlib.util.find_spec("skia")
    if spec is None or spec.origin is None:
        raise PackageMissing("The Python package skia-python is absent.", "Run: pip install 'skia-python>=144,<145'")
    if platform.system() == "Linux":
        for library in LIBRARIES:
            if os.environ.get(FORCE) or not _loadable(library):
                _stand_in(library, Path(spec.origin))
    try:
        return importlib.import_module("skia")
    except ImportError as error:
        raise PackageMissing(f"The text and drawing library skia cannot be loaded: {error}.", REMEDY) from error


def skia() -> Any:
    """The module `skia`, loadable on a machine without any graphics library.

    Raises:
        PackageMissing: skia-python is not installed, or cannot be loaded even with stand-ins.
    """
    with _loading:
        return _load()


def shared_object(soname: str, symbols: list[str], machine: str) -> bytes:
    """A 64-bit ELF library named *soname* in which each of *symbols* is a function that returns 0.

    Layout: headers, hash, symbols, strings and code in one read-only executable page; the dynamic section, which
    the loader writes to, in a second one.
    """
    elf_machine, code = RETURN_ZERO[machine]
    names = [soname, *symbols]
    strings = b"\0" + b"\0".join(name.encode() for name in names) + b"\0"
    offsets, at = [], 1
    for name in names:
        offsets.append(at)
        at += len(name) + 1
    count = len(symbols) + 1
    hash_at = 64 + 4 * 56
    symbols_at = _up(hash_at + 4 * (2 + 1 + count))
    strings_at = symbols_at + 24 * count
    code_at = _up(strings_at + len(strings))
    table = struct.pack("<IIQQQ", 0, 0, 0, 0, 0)[:24]
    table += b"".join(struct.pack("<IBBHQQ", offset, 0x12, 0, 1, code_at, len(code)) for offset in offsets[1:])
    chain = [0, *range(2, count), 0][:count]  # one bucket that links every symbol to the next
    hashes = struct.pack(f"<II I {count}I", 1, count, 1 if symbols else 0, *chain)
    dynamic = [(14, offsets[0]), (4, hash_at), (5, strings_at), (6, symbols_at), (10, len(strings)), (11, 24), (0, 0)]
    tail = b"".join(struct.pack("<qQ", *entry) for entry in dynamic)
    body = _placed({hash_at: hashes, symbols_at: table, strings_at: strings, code_at: code}, PAGE)
    headers = (
        struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, code_at + len(code), code_at + len(code), PAGE),  # PT_LOAD r-x
        struct.pack("<IIQQQQQQ", 1, 6, PAGE, PAGE, PAGE, len(tail), len(tail), PAGE),  # PT_LOAD rw-
        struct.pack("<IIQQQQQQ", 2, 6, PAGE, PAGE, PAGE, len(tail), len(tail), 8),  # PT_DYNAMIC
        struct.pack("<IIQQQQQQ", 0x6474E551, 6, 0, 0, 0, 0, 0, 16),  # PT_GNU_STACK: not executable
    )
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = ident + struct.pack("<HHIQQQIHHHHHH", 3, elf_machine, 1, 0, 64, 0, 0, 64, 56, len(headers), 64, 0, 0)
    return head + b"".join(headers) + body[64 + 4 * 56 :] + tail


def undefined_symbols(library: Path) -> list[str]:
    """Names that the ELF file *library* expects others to define, sorted."""
    data = library.read_bytes()
    (sections_at,) = struct.unpack_from("<Q", data, 40)
    size, count = struct.unpack_from("<HH", data, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", data, sections_at + index * size) for index in range(count)]
    names: set[str] = set()
    for section in sections:
        if section[1] != 11:  # SHT_DYNSYM
            continue
        strings_at = sections[section[6]][4]
        for at in range(section[4], section[4] + section[5], 24):
            offset, info, _, defined_in = struct.unpack_from("<IBBH", data, at)
            if defined_in == 0 and info >> 4:
                end = data.index(b"\0", strings_at + offset)
                names.add(data[strings_at + offset : end].decode())
    return sorted(names - {""})


def _stand_in(library: str, extension: Path) -> None:
    """Load a stand-in for *library*, with every symbol of its kind that skia's own files ask for."""
    machine = platform.machine()
    if machine not in RETURN_ZERO:
        raise PackageMissing(f"The system library {library}, which skia needs, is absent.", REMEDY)
    asking = [extension, *sorted(extension.parent.glob("skia_python.libs/*.so*"))]
    wanted = {name for file in asking for name in undefined_symbols(file) if name.startswith(LIBRARIES[library])}
    content = shared_object(library, sorted(wanted), machine)
    try:
        memory = os.memfd_create(library)  # stays open: the loader knows a library by its path, which holds this number
        os.write(memory, content)
        ctypes.CDLL(f"/proc/self/fd/{memory}", mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise PackageMissing(f"The library {library} is absent and no stand-in loads: {error}.", REMEDY) from error


def _loadable(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _placed(parts: dict[int, bytes], size: int) -> bytes:
    block = bytearray(size)
    for at, part in parts.items():
        block[at : at + len(part)] = part
    return bytes(block)


def _up(offset: int) -> int:
    return (offset + 15) // 16 * 16
