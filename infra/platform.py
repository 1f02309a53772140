"""What a bare machine lacks and our own wheels can lend: the OpenMP runtime that xllamacpp expects of the system.

Another wheel (ctranslate2) carries the real libgomp under a name of its own. Where the system has none, a copy that
bears the system's name is written into the cache and loaded first; the loader then finds it by that name.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path

from infra.errors import PackageMissing
from infra.settings import settings
from infra.store import fresh_file

OPENMP = "libgomp.so.1"
REMEDY = "Run: apt-get install libgomp1"


@lru_cache(maxsize=1)
def ensure_openmp() -> str:
    """Have libgomp.so.1 loaded; call it before xllamacpp is imported. Says whose library it is.

    Raises:
        PackageMissing: neither the system nor a wheel has one.
    """
    if sys.platform != "linux":
        return "not needed"
    if loadable(OPENMP):
        return "of the system"
    lent = _lent_copy()
    try:
        ctypes.CDLL(str(lent), mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise PackageMissing(f"The OpenMP library {OPENMP} cannot be loaded: {error}.", REMEDY) from error
    return f"lent by ctranslate2: {lent}"


def loadable(library: str) -> bool:
    """Whether the system's loader finds *library*."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def renamed(library: bytes, own_name: str, name: str) -> bytes:
    """The shared object *library* with its SONAME *own_name* changed to the shorter *name*; no offset moves.

    Raises:
        ValueError: it does not bear *own_name*, or *name* is longer.
    """
    old, new = own_name.encode() + b"\0", name.encode()
    if len(new) >= len(old) or library.count(b"\0" + old) != 1:
        raise ValueError(f"{own_name} cannot be renamed to {name}")
    return library.replace(b"\0" + old, b"\0" + new.ljust(len(old), b"\0"))


def _lent_copy() -> Path:
    source = _carried()
    content = renamed(source.read_bytes(), source.name, OPENMP)
    path = settings().home / "stubs" / f"{hashlib.sha256(content).hexdigest()[:16]}-{OPENMP}"
    if not path.exists() or path.read_bytes() != content:
        with fresh_file(path.parent) as fresh:
            fresh.write_bytes(content)
            fresh.chmod(0o755)
            fresh.replace(path)
    return path


def _carried() -> Path:
    spec = importlib.util.find_spec("ctranslate2")
    folder = Path(spec.origin).parent.parent / "ctranslate2.libs" if spec and spec.origin else None
    found = sorted(folder.glob("libgomp-*.so*")) if folder else []
    if not found:
        raise PackageMissing(f"The OpenMP library {OPENMP} is absent, and no package of ours carries it.", REMEDY)
    return found[0]
