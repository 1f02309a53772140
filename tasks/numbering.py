"""The ids of segments: those of the script are s1, s2, …; a human adds shots under ids beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tasks.schema import Edits

MOST = 200
"""Shots that a film may have."""


def written_ids(segments: int) -> tuple[str, ...]:
    """The ids of a script of so many segments."""
    return tuple(f"s{number}" for number in range(1, segments + 1))


def in_order(segments: Iterable[str]) -> list[str]:
    """Ids by their number."""
    return sorted(segments, key=lambda segment: int(segment[1:]))


def shown_ids(written: Collection[str], edits: Edits) -> tuple[str, ...]:
    """The segments that are shown, in order, of a script with those that are *written*."""
    there = (*written, *in_order(edits.added))
    return there if edits.order is None else tuple(name for name in edits.order if name in there)


def check_added(edits: Edits, written: Collection[str]) -> None:
    """See that *edits* add shots under ids that the script does not use, and not too many.

    Raises:
        BadInput: they do not.
    """
    if doubled := in_order(set(edits.added).intersection(written)):
        raise BadInput(
            f"The shot {doubled[0]} that was added has the id of one of the script's {len(written)}.",
            f"Add it under another id, from s{MOST + 1} on: no script goes so far.",
        )
    if len(written) + len(edits.added) > MOST:
        raise BadInput(
            f"The film would have {len(written) + len(edits.added)} shots; {MOST} is the most.", "Add fewer."
        )


def check_named(edits: Edits, known: Collection[str]) -> None:
    """See that *edits* speak only of segments that there are, or that they add.

    Raises:
        BadInput: one is not there.
    """
    there = in_order({*known, *edits.added})
    if strange := in_order(edits.segments.difference(there)):
        raise BadInput(
            f"There is no shot {strange[0]}: this film has {len(there)}.", f"Name one of {', '.join(there)}."
        )
