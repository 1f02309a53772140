"""Assets by their hash: bytes that never change, so that whoever may have them may keep them for ever."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from api import etags
from api.callers import READS
from api.kinds import HEAD_BYTES, INLINE, OTHER, extension, sniffed
from api.problems import OutOfRange, declared
from infra.settings import settings
from infra.store import S3Store, Store, open_store

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

router = APIRouter(prefix="/api/assets", tags=["assets"])

FOR_EVER = "max-age=31536000, immutable"
LASTS = timedelta(minutes=30)
"""How long an address of the S3 service is good for."""

Name = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{64}(\.[a-z0-9]{2,5})?$",
        description="The SHA-256 in hex; an extension (`.mp4`) says what it is to be served as.",
        examples=["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
    ),
]
Download = Annotated[
    str | None, Query(pattern=r"^[^\x00-\x1f\x7f/\\]{1,150}$", description="Save it, under this name.")
]
_BYTES: dict[str, Any] = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bytes.", **_BYTES},
    206: {"description": "The bytes of the range.", **_BYTES},
    302: {"description": "Where the S3 service has it, for a while."},
    304: {"description": "The caller has it."},
    **declared(404, 416),
}


@router.get("/{name}", operation_id="get_asset", response_class=Response, responses=ANSWERS, dependencies=[READS])
async def get_asset(name: Name, request: Request, download: Download = None) -> Response:
    """An asset's bytes, or a range of them."""
    return await served(name, request, download)


@router.head("/{name}", operation_id="head_asset", response_class=Response, responses=ANSWERS, dependencies=[READS])
async def head_asset(name: Name, request: Request, download: Download = None) -> Response:
    """How large an asset is and of what kind."""
    return await served(name, request, download)


class Bytes(FileResponse):
    """A file, or the range of it that was asked for; ranges that cannot be read, and several at once, are ignored."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        if self._whole(scope):
            kept = [(name, value) for name, value in scope["headers"] if name != b"range"]
            scope = {**scope, "headers": kept}
        await super().__call__(scope, receive, send)

    def _whole(self, scope: Scope) -> bool:
        """Whether all of it is to be sent.

        Raises:
            OutOfRange: there are no such bytes.
        """
        headers = Request(scope).headers
        unless = headers.get("if-range")
        if scope["method"] == "HEAD" or (unless is not None and unless != self.headers["etag"]):
            return True
        asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", headers.get("range", "").strip())
        if asked is None or asked.groups() == ("", ""):
            return True
        size = int(self.headers["content-length"])
        first, last = asked.groups()
        if (first and int(first) >= size) or (not first and int(last) == 0):
            raise OutOfRange(
                f"The asset has {size:,} bytes; {asked[0]} is none of them.",
                "Ask for bytes before its end.",
                {"Content-Range": f"bytes */{size}"},
            )
        return bool(first and last and int(last) < int(first))


async def served(name: str, request: Request, download: str | None = None, kept: str | None = None) -> Response:
    """The answer for an asset; *kept* is another Cache-Control than that of an address with a hash.

    Raises:
        AssetMissing: the store does not hold it.
    """
    sha, _, suffix = name.partition(".")
    known = {"ETag": etags.tag(sha), "Cache-Control": kept or _kept_by()}
    store = open_store()
    if etags.known(request.headers.get("if-none-match", ""), known["ETag"]):
        await asyncio.to_thread(store.size if isinstance(store, S3Store) else store.path, sha)
        return Response(status_code=304, headers=known)
    if isinstance(store, S3Store):
        answer = await asyncio.to_thread(_elsewhere, store, sha, suffix, request.method, known, download)
        answer.headers["Cache-Control"] = kept or answer.headers["Cache-Control"]
        return answer
    return await asyncio.to_thread(_here, store, sha, suffix, known, download)


def _kept_by() -> str:
    """Who may keep it for ever: everybody on the way, but where keys are asked for only the caller."""
    return f"{'private' if settings().auth == 'keys' else 'public'}, {FOR_EVER}"


def _here(store: Store, sha: str, suffix: str, known: dict[str, str], download: str | None) -> Response:
    path = store.path(sha)
    with path.open("rb") as file:
        kind = _kind(suffix, file.read(HEAD_BYTES))
    how = _disposition(sha, kind, download)
    return Bytes(path, headers={**known, **how}, media_type=kind, stat_result=path.stat())


def _elsewhere(
    store: S3Store, sha: str, suffix: str, method: str, known: dict[str, str], download: str | None
) -> Response:
    """A redirect to the S3 service; HEAD is answered here, since the address is signed for GET."""
    size = store.size(sha)
    kind = _kind(suffix, b"" if suffix in INLINE else store.head(sha, min(size, HEAD_BYTES)))
    how = _disposition(sha, kind, download)
    if method == "HEAD":
        return Response(headers={**known, **how, "Content-Length": str(size)}, media_type=kind)
    asked = {"response-content-type": kind, "response-cache-control": known["Cache-Control"]}
    asked |= {f"response-{name.lower()}": value for name, value in how.items()}
    keep_s = int(LASTS.total_seconds()) // 2
    headers = {"Cache-Control": f"private, max-age={keep_s}"}
    return RedirectResponse(store.address(sha, LASTS, asked), 302, headers)


def _kind(suffix: str, head: bytes) -> str:
    """The media type by the extension of the address, else by the bytes."""
    if suffix in INLINE:
        return INLINE[suffix]
    return INLINE.get(extension(sniffed(head)), OTHER)


def _disposition(sha: str, kind: str, download: str | None) -> dict[str, str]:
    """How it is to be saved; nothing for what may be shown."""
    if download is None and kind != OTHER:
        return {}
    named = FileResponse("", filename=download or f"{sha[:12]}.bin", media_type=kind)
    return {"Content-Disposition": named.headers["content-disposition"]}
