"""Where the studio is: its pages, which are all one, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.problems import NotThere
from api.studio import files
from api.studio.policy import headers
from api.studio.shell import shell

if TYPE_CHECKING:
    from api.studio.files import Static

router = APIRouter(include_in_schema=False)

FOR_EVER = "public, max-age=31536000, immutable"
READ = ["GET", "HEAD"]


@router.api_route("/", methods=READ)
async def front(request: Request) -> Response:
    """The studio."""
    return RedirectResponse(f"{request.scope.get('root_path', '')}/studio", 307)


@router.api_route("/studio/-/{build}/{name:path}", methods=READ)
async def file(build: str, name: str, request: Request) -> Response:
    """A file of the studio; *build* must be the one that is served, so that no page mixes two."""
    found = files.static(name) if build == files.build() else None
    if found is None:
        raise NotThere(f"The studio has no file {name} in build {build}.", "Load the page again.")
    return _sent(found, request)


@router.api_route("/studio", methods=READ)
@router.api_route("/studio/{page:path}", methods=READ)
async def page(request: Request, page: str = "") -> Response:  # noqa: ARG001 - the browser reads the address
    """The page of every address of the studio: its script shows what the address names."""
    kept = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(shell(request), headers={**headers(), **kept})


def _sent(found: Static, request: Request) -> Response:
    plain = "gzip" not in request.headers.get("accept-encoding", "")
    coded = {} if plain else {"Content-Encoding": "gzip"}
    sent = {**headers(), "Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", **coded}
    return Response(found.plain if plain else found.gzipped, media_type=found.kind, headers=sent)
