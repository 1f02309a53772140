"""Entity tags: `"3"` is a project's third revision; who changes it says which one was read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from api.problems import NoCondition, Stale

IfMatch = Annotated[str | None, Header(description='The ETag that was read, e.g. `"3"`; `*` for any.')]


def tag(revision: int | str) -> str:
    """The strong ETag of a revision or a hash."""
    return f'"{revision}"'


def names(header: str, current: str) -> bool:
    """Whether an If-Match *header* names *current*; a weak tag names nothing strong."""
    given = [one.strip() for one in header.split(",")]
    return "*" in given or current in given


def known(header: str, current: str) -> bool:
    """Whether an If-None-Match *header* names *current*, be it as a weak tag (RFC 9110, 13.1.2)."""
    return names(header.replace("W/", ""), current)


def check(if_match: str | None, revision: int, *, needed: bool = True) -> None:
    """Let a change pass only when it was made of the current *revision*.

    Raises:
        NoCondition: there is no If-Match, and one is *needed*.
        Stale: it names another revision; the current ETag is in the answer.
    """
    current = tag(revision)
    if if_match is None:
        if needed:
            raise NoCondition("There is no If-Match.", f"Read it, then send its ETag in If-Match; it is {current} now.")
        return
    if not names(if_match, current):
        raise Stale(
            f"It is at {current} now, not at {if_match}.", "Read it again and make the change anew.", {"ETag": current}
        )
