"""Uploads: a picture, a clip or a song of one's own, into the store; the flow that takes it looks into it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

from fastapi import APIRouter, Header, Response
from pydantic import BaseModel
from starlette.requests import Request

from api.callers import WRITES
from api.films import file_of
from api.kinds import HEAD_BYTES, TAKEN, settled, sniffed
from api.problems import WrongKind, declared
from infra.errors import BadInput, HashMismatch
from infra.settings import settings
from infra.store import fresh_file, open_store
from tasks.schema import Asset

if TYPE_CHECKING:
    import pathlib

router = APIRouter(prefix="/api/assets", tags=["assets"])

CHUNK = 1 << 20
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself; its Content-Type says what it is, or application/octet-stream leaves it open.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class Uploaded(BaseModel):
    """An asset to name in a brief or in edits, and where it is."""

    asset: Asset
    url: str


@router.post(
    "",
    operation_id="upload_asset",
    status_code=201,
    responses=declared(413, 415, 503),
    openapi_extra=BODY,
    dependencies=[WRITES],
)
async def upload_asset(
    request: Request,
    response: Response,
    content_digest: Annotated[str | None, Header(description="`sha-256=:…:` (RFC 9530): checked.")] = None,
    digest: Annotated[str | None, Header(description="`SHA-256=…`, the older form: checked.")] = None,
) -> Uploaded:
    """Keep a picture, a clip or a song: the raw file as the body, at most 512 MiB."""
    wanted = announced(content_digest or digest)
    with fresh_file(settings().store / "scratch") as path:
        with path.open("wb") as file:
            sha = await _written(request, file)
        if wanted is not None and wanted != sha:
            raise HashMismatch(f"The body's SHA-256 is {sha.hex()}, not {wanted.hex()}.", "Send it again.")
        asset = await asyncio.to_thread(_kept, path, request.headers.get("content-type", ""))
    response.headers["Location"] = file_of(asset).url
    return Uploaded(asset=asset, url=file_of(asset).url)


def announced(header: str | None) -> bytes | None:
    """The SHA-256 that a digest header announces; None where it announces none.

    Raises:
        BadInput: it is not one.
    """
    found = re.search(r"(?:^|,)\s*sha-256=:?([A-Za-z0-9+/=]+):?\s*(?:,|$)", header or "", re.IGNORECASE)
    if header is None or found is None:
        return None
    try:
        value = base64.b64decode(found[1], validate=True)
    except binascii.Error:
        value = b""
    if len(value) != hashlib.sha256().digest_size:
        raise BadInput(f"The digest {found[1][:80]} is no SHA-256.", "Send the 32 bytes in base64.")
    return value


async def _written(request: Request, file: BinaryIO) -> bytes:
    """Write the body to *file* as it comes; its SHA-256.

    Raises:
        TooLarge: it has more bytes than are taken.
        BadInput: it has none.
    """
    sha, size, waiting = hashlib.sha256(), 0, bytearray()
    async for chunk in request.stream():
        size += len(chunk)
        waiting += chunk
        if len(waiting) >= CHUNK:
            await asyncio.to_thread(_write, file, sha, bytes(waiting))
            waiting.clear()
    if not size:
        raise BadInput("The body is empty.", "Send the file's bytes as the body.")
    await asyncio.to_thread(_write, file, sha, bytes(waiting))
    return sha.digest()


def _write(file: BinaryIO, sha: Any, piece: bytes) -> None:
    file.write(piece)
    sha.update(piece)


def _kept(path: pathlib.Path, declared_kind: str) -> Asset:
    """Put a file into the store as what its sender and its bytes say it is.

    Raises:
        WrongKind: they do not agree, or it is of a kind that no film can take.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if (kind := settled(declared_kind, head)) is None:
        raise WrongKind(
            f"The body says that it is {declared_kind or 'of no kind'}; its bytes say {sniffed(head)}.",
            f"Send a picture, a clip or a song, with its Content-Type: {', '.join(sorted(TAKEN))}.",
        )
    return Asset(sha256=open_store().put(path), media_type=kind, size_bytes=path.stat().st_size)
