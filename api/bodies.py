"""Bodies are looked at before anything reads them: JSON of at most 1 MiB, in clean Unicode and not too deep; files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect

from api.problems import Malformed, TooLarge, WrongKind
from infra.errors import BadInput

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 1 << 20
DEEPEST = 64
MARKS, MOST_MARKS = (b",", b"[", b"]", b"{", b"}"), 20_000
"""Brackets and commas outside strings: what is looked at before the caller is known must not take long."""
RAW = "/api/assets"
"""Where bodies are files, which are passed on as they come."""
MOST_OF_FILE = 512 << 20

_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


class Bodies:
    """Reads the body of a request that has one, checks it and hands it on; addresses are checked too.

    Raises:
        TooLarge, WrongKind, Malformed, BadInput: as problems, to the middleware around it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        check_address(scope)
        if scope["method"] not in {"POST", "PUT", "PATCH", "DELETE"}:
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        if scope["path"] == RAW:
            check_length(headers, MOST_OF_FILE)
            return await self.app(scope, limited(receive, MOST_OF_FILE), send)
        check_length(headers, MOST)
        body = await read_whole(limited(receive, MOST))
        if body:
            check_kind(headers.get("content-type", ""))
            check_json(body)
        return await self.app(scope, replayed(body, receive), send)


def check_address(scope: Scope) -> None:
    """An address is Unicode without control characters.

    Raises:
        Malformed: it is not.
    """
    address = unquote_to_bytes(scope.get("raw_path") or b"/") + b"?" + unquote_to_bytes(scope["query_string"])
    try:
        clean = not any(ord(letter) < 32 for letter in address.decode())
    except UnicodeDecodeError:
        clean = False
    if not clean:
        raise Malformed("The address has bytes that are no text.", "Percent-encode UTF-8, without control characters.")


def check_length(headers: Headers, most: int) -> None:
    """Refuse a body before any of it is read.

    Raises:
        TooLarge: it says that it has more than *most* bytes.
    """
    if (length := headers.get("content-length", "0")).isdecimal() and int(length[:20]) > most:
        raise _too_large(most)


def limited(receive: Receive, most: int) -> Receive:
    """A `receive` that raises TooLarge as soon as *most* bytes of the body were exceeded."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        return message

    return counted


def check_kind(content_type: str) -> None:
    """A body is JSON, plain or as a merge patch.

    Raises:
        WrongKind: it says that it is something else.
    """
    kind = content_type.split(";", maxsplit=1)[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise WrongKind(f"A body of kind {kind or 'unknown'} is not taken.", "Send Content-Type: application/json.")


def check_json(body: bytes) -> None:
    """JSON that everything behind can hold.

    Raises:
        Malformed: it is not JSON in UTF-8.
        BadInput: it has too many values, is too deep, names a member twice, or has characters that are no text.
    """
    bare = _STRINGS.sub(b"", body)
    if sum(map(bare.count, MARKS)) > MOST_MARKS:
        raise BadInput(f"The body has more than {MOST_MARKS:,} brackets and commas.", "Send fewer values.")
    if _depth(bare) > DEEPEST:
        raise BadInput(f"The body is nested more than {DEEPEST} deep.", "Send flatter JSON.")
    try:
        value = json.loads(body.decode(), object_pairs_hook=_members, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.", "Send JSON in UTF-8.") from error
    except ValueError as error:
        raise Malformed(f"The body is not JSON: {error}.", "Send JSON in UTF-8.") from error
    _check_text(value)


def depth(body: bytes) -> int:
    """How deep brackets are nested, outside strings; counted without building anything."""
    return _depth(_STRINGS.sub(b"", body))


def _depth(bare: bytes) -> int:
    deep = deepest = 0
    for bracket in _BRACKETS.finditer(bare):
        deep += 1 if bracket[0] in b"[{" else -1
        deepest = max(deepest, deep)
    return deepest


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise BadInput(f"The body names {name[:80]!a} twice in one object.", "Name each member once.")
        members[name] = value
    return members


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number in JSON")


def _check_text(value: Any) -> None:
    """Refuse NUL and lone surrogates, which neither UTF-8 nor a database can hold."""
    match value:
        case str():
            if _NO_TEXT.search(value):
                raise BadInput("The body has a NUL or half a surrogate pair in a text.", "Send Unicode text.")
        case dict():
            for name, member in value.items():
                _check_text(name)
                _check_text(member)
        case list():
            for member in value:
                _check_text(member)


async def read_whole(receive: Receive) -> bytes:
    """The whole body.

    Raises:
        ClientDisconnect: the client has gone before its end.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The body has more than {most:,} bytes.", f"Send less; files, up to 512 MiB, go to POST {RAW}.")


def replayed(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives *body* first, and then what the server has to say."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
