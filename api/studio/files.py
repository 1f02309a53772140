"""The studio's files: sent without comments, compressed once, and named by what they all contain: browsers keep them.

`/studio/-/{BUILD}/app.js` imports `./store.js`, which is then of the same build.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
"""What is served, by extension; anything else in the folder is for tools."""
COMMENT = re.compile(r"/\*\*.*?\*/[ \t]*", re.DOTALL)
"""What only readers need: documentation and types. A test holds that nothing else looks like it."""
IMPORT = re.compile(r"""^(?:import|export)\b(?:[^'"]*?from)?\s*['"](\.[^'"]+)['"]""", re.MULTILINE)
"""A module's imports that are needed before it runs; `import(…)` is for later."""


@dataclass(frozen=True)
class Static:
    """A file as it is sent: its bytes, the same compressed, and its media type."""

    plain: bytes
    gzipped: bytes
    kind: str


def static(name: str) -> Static | None:
    """The file called *name*, if it is one that is served; nothing is read, or kept, for any other name."""
    return _shortened(name) if name in names() else None


@cache
def _shortened(name: str) -> Static:
    """A file without its comments."""
    path = FOLDER / name
    kind = KINDS[path.suffix]
    plain = COMMENT.sub("", path.read_text("utf-8")).encode()
    return Static(plain, gzip.compress(plain, 9, mtime=0), kind)


@cache
def names() -> tuple[str, ...]:
    """All files that are served."""
    found = (path for path in FOLDER.rglob("*") if path.suffix in KINDS and path.is_file())
    return tuple(sorted(path.relative_to(FOLDER).as_posix() for path in found))


@cache
def build() -> str:
    """Names this state of all files."""
    state = sha256()
    for name in names():
        state.update(name.encode() + b"\0" + sha256((FOLDER / name).read_bytes()).digest())
    return state.hexdigest()[:12]


@cache
def needed_by(name: str) -> tuple[str, ...]:
    """The modules that *name* imports, and those that they import: what a browser may fetch at once."""
    seen: dict[str, None] = {}
    waiting = [name]
    while waiting:
        module = waiting.pop(0)
        if module in seen:
            continue
        seen[module] = None
        text = (FOLDER / module).read_text("utf-8")
        for match in IMPORT.finditer(text):
            target = (FOLDER / module).parent / (match[1])
            waiting.append(target.resolve().relative_to(FOLDER.resolve()).as_posix())
    return tuple(seen)
