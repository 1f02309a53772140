"""The studio's scripts as they are served, for tests that read them."""

from __future__ import annotations

import re

from api.studio.files import FOLDER, names, static

SCRIPTS = tuple(name for name in names() if name.endswith(".js"))
COMMENT = re.compile(r"(?<![\w'\"`])/\*.*?\*/|(?<![:'\"`\w\\])//[^\n]*", re.DOTALL)
PAIR = re.compile(r"""(['"])([\w.:-]+)\1\s*:\s*(?:'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)")""")
"""An entry of a catalogue: key and text, in either quotes."""


def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def code(name: str) -> str:
    """The text of a script without its comments."""
    return COMMENT.sub("", text(name))


def gzipped(name: str) -> int:
    """Bytes of a script as it is sent."""
    found = static(name)
    assert found
    return len(found.gzipped)
