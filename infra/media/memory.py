"""Keep the memory of a long-lived process that renders small."""

from __future__ import annotations

import ctypes
import platform
from functools import lru_cache

ARENA_MAX, MMAP_THRESHOLD, TRIM_THRESHOLD = -8, -3, -1


@lru_cache(maxsize=1)
def calm_malloc() -> None:
    """Have glibc use two arenas and give buffers of 4 MiB and more back at once; elsewhere nothing happens."""
    if platform.libc_ver()[0] == "glibc":
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in ((ARENA_MAX, 2), (MMAP_THRESHOLD, 4 << 20), (TRIM_THRESHOLD, 64 << 20)):
            mallopt(parameter, value)
