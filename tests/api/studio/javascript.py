"""The studio's scripts as they are served, for tests that read them."""

from __future__ import annotations

import re

from api.studio.files import FOLDER, names

SCRIPTS = tuple(name for name in names() if name.endswith(".js"))
COMMENT = re.compile(r"(?<![\w'\"`])/\*.*?\*/|(?<![:'\"`\w\\])//[^\n]*", re.DOTALL)


def text(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")


def code(name: str) -> str:
    """The text of a script without its comments."""
    return COMMENT.sub("", text(name))
