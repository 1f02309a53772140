"""Public pages of published films, for whoever has the address: no key, no script, and no visit is counted."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from api import etags, publications
from api.assets import served
from api.kinds import extension
from api.showing import Showing, base_of
from api.studio import share_meta, share_page
from api.studio.policy import store_origin
from api.studio.share_film import Shared
from api.studio.shell import language_for
from infra.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from tasks.schema import Asset

CHECKED = "public, no-cache"
"""Whoever keeps it asks each time whether it is still so: a newer version or a withdrawal shows at once."""
READ = ["GET", "HEAD"]
MOST_PIXELS = 20_000


class Gone(Exception):
    """There is nothing to show: 404, withdrawn: 410, not to be shown in pages elsewhere: 403."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class ForHumans(APIRoute):
    """A route that tells people, not programs, that there is nothing to show."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with a page for what is gone."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Gone as gone:
                return _gone(gone.status, request)

        return answer


router = APIRouter(prefix="/s", include_in_schema=False, route_class=ForHumans)


async def shared(slug: str, request: Request) -> Shared:
    """The published film of an address.

    Raises:
        Gone: there is none, or it was withdrawn.
    """
    row = await publications.public(slug) if len(slug) <= 64 else None
    if row is None:
        raise Gone(404)
    if row.withdrawn is not None or row.deleted is not None:
        raise Gone(410)
    return Shared(
        url=f"{base_of(request)}/s/{slug}", root=_root(request), slug=slug, title=row.title,
        showing=Showing.model_validate_json(row.film), embed=row.embed, download=row.download,
        created=row.created, published=row.published,
    )  # fmt: skip


Film = Annotated[Shared, Depends(shared)]
Side = Annotated[int, Query(ge=1, le=MOST_PIXELS)]


@router.api_route("/{slug}", methods=READ)
async def page(film: Film, request: Request) -> Response:
    """The page of a film."""
    return _written(share_page.page(film), request, frames="'none'")


@router.api_route("/{slug}/embed", methods=READ)
async def embed(film: Film, request: Request) -> Response:
    """The player alone, which pages elsewhere may show."""
    if not film.embed:
        raise Gone(403)
    return _written(share_page.player(film), request, frames="*")


@router.api_route("/{slug}/film.mp4", methods=READ)
async def film(film: Film, request: Request, download: str = "") -> Response:
    """The film, or a range of it; as a download only where that is allowed."""
    if not download:
        return await _asset(film.showing.master, request)
    if not film.download:
        raise Gone(404)
    name = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]+', " ", film.title).strip()[:100] or film.slug
    return await _asset(film.showing.master, request, f"{name}.mp4")


@router.api_route("/{slug}/poster.jpg", methods=READ)
async def poster(film: Film, request: Request) -> Response:
    """The poster."""
    return await _asset(film.showing.poster, request)


@router.api_route("/{slug}/captions.vtt", methods=READ)
async def captions(film: Film, request: Request) -> Response:
    """The captions; never by a redirect, since browsers take a track from the page's own server only."""
    sha = film.showing.captions.sha256
    text = await asyncio.to_thread(lambda: open_store().path(sha).read_text("utf-8"))
    return _kept(Response(text, media_type="text/vtt"), sha, request)


@router.api_route("/{slug}/qr.svg", methods=READ)
async def qr(film: Film, request: Request) -> Response:
    """The page's address as a QR code."""
    drawn = share_page.qr(film.url, film.title)
    return _kept(Response(drawn, headers=_headers("'none'"), media_type="image/svg+xml"), _digest(drawn), request)


@router.api_route("/{slug}/oembed.json", methods=READ)
async def oembed(film: Film, request: Request, maxwidth: Side = MOST_PIXELS, maxheight: Side = MOST_PIXELS) -> Response:
    """The player for programs that put films into pages of their own (oembed.com)."""
    if not film.embed:
        raise Gone(403)
    said = share_meta.oembed(film, maxwidth, maxheight)
    return _kept(JSONResponse(said), _digest(json.dumps(said)), request)


@router.api_route("/{slug}/{rest:path}", methods=READ)
async def other(slug: str, rest: str, request: Request) -> Response:
    """Nothing else is there; an address that only ends in a slash is the page's."""
    if rest:
        raise Gone(404)
    return RedirectResponse(f"{_root(request)}/s/{slug}", 308)


def _written(html: str, request: Request, *, frames: str) -> Response:
    return _kept(HTMLResponse(html, headers=_headers(frames)), _digest(html), request)


def _kept(response: Response, name: str, request: Request) -> Response:
    """*response* under the ETag *name*, or 304 to who has it."""
    response.headers.update({"ETag": etags.tag(name), "Cache-Control": CHECKED})
    if etags.known(request.headers.get("if-none-match", ""), etags.tag(name)):
        kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
        return Response(status_code=304, headers=kept)
    return response


async def _asset(asset: Asset, request: Request, download: str | None = None) -> Response:
    return await served(f"{asset.sha256}.{extension(asset.media_type)}", request, download, CHECKED)


def _gone(status: int, request: Request) -> Response:
    """A page that says so in the reader's language."""
    frames = "*" if request.url.path.endswith("/embed") else "'none'"
    html = share_page.gone(status, language_for(request), _root(request))
    told = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(html, status, headers={**_headers(frames), **told})


def _headers(frames: str) -> dict[str, str]:
    """What a page may do: show our style, pictures and film, and nothing else; *frames*: who may show it."""
    store = store_origin()
    rules = (
        f"default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self'{store}; media-src 'self'{store}; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors {frames}"
    )
    return {
        "Content-Security-Policy": rules,
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))
