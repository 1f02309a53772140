"""Lists in pages: newest first, a cursor that says where the next page begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query, Response
from sqlalchemy import Column, Integer, Select
from starlette.requests import Request

from infra.errors import BadInput

T = TypeVar("T")

MOST = 100


class Page:
    """*limit* things, those whose id comes before that of the cursor."""

    def __init__(
        self,
        request: Request,
        limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most.")] = 20,
        cursor: Annotated[
            str | None, Query(max_length=200, description="Where the page begins: `next` of the page before.")
        ] = None,
    ) -> None:
        self.request, self.limit = request, limit
        self.before = opened(cursor) if cursor else None

    def of(self, rows: Sequence[T], key: str, response: Response) -> tuple[list[T], str | None]:
        """The page's rows and the next page's cursor, which the Link header names too; *rows* has one more if any."""
        if len(rows) <= self.limit:
            return list(rows), None
        kept = list(rows[: self.limit])
        following = closed(str(getattr(kept[-1], key)))
        url = self.request.url.include_query_params(cursor=following)
        response.headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
        return kept, following

    def newest(self, chosen: Select[Any], column: Column[Any]) -> Select[Any]:
        """What is *chosen*, newest first by *column* from the cursor on: the page, and one row more if there is one."""
        if self.before is not None:
            before = _number(self.before) if isinstance(column.type, Integer) else self.before
            chosen = chosen.where(column < before)
        return chosen.order_by(column.desc()).limit(self.limit + 1)


def closed(last: str) -> str:
    """The cursor for what comes after *last*."""
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def opened(cursor: str) -> str:
    """What a cursor says.

    Raises:
        BadInput: it is none of ours.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        last = raw.decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _foreign(cursor) from error
    if not last.isprintable() or closed(last) != cursor:
        raise _foreign(cursor)
    return last


def _number(last: str) -> int:
    if not last.isdecimal() or len(last) > 9:
        raise _foreign(closed(last))
    return int(last)


def _foreign(cursor: str) -> BadInput:
    return BadInput(f"cursor: {cursor!r} is not one of ours.", "Take `next` or the Link header as they are.")
