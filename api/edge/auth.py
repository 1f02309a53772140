"""Who calls: an API key as Bearer or as a browser's cookie; on this machine alone, whoever is here.

FLYWHEEL_AUTH=local asks for no key, and answers only clients of this machine that call it by a name of this machine:
a page elsewhere that has its own name point here (DNS rebinding) gets nothing. A browser's writes must come from our
own pages, where the browser's session, or being on this machine, is what makes it the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import select
from starlette.requests import HTTPConnection

from api.edge import Scope, Who
from api.problems import NotThere
from infra import keys
from infra.database import reading
from infra.errors import BadInput, Denied
from infra.settings import settings
from infra.tables import projects, runs

if TYPE_CHECKING:
    from starlette.types import Scope as Connection

COOKIE = "flywheel"
COOKIE_S = 30 * 24 * 3600
LOCAL = "local"
READS = frozenset({"GET", "HEAD", "OPTIONS"})
USER = re.compile(r"[\x21-\x7e]{1,64}")
GET_A_KEY = "Send Authorization: Bearer fw_…; flywheel keys create makes a key."

router = APIRouter(prefix="/api/session", tags=["session"])
bearer = HTTPBearer(auto_error=False, description="An API key, fw_…; none where FLYWHEEL_AUTH=local.")


async def who(connection: HTTPConnection) -> Who:
    """The caller; it is also left in the connection's state.

    Raises:
        Denied: it is unknown, or a page elsewhere makes a browser call.
        BadInput: the header Flywheel-User is no user's name.
    """
    caller = _local(connection) if settings().auth == "local" else await _keyed(connection)
    connection.state.who = caller
    return caller


def require(scope: Scope) -> Callable[..., Coroutine[Any, Any, Who]]:
    """The dependency that gives the caller, whose key must allow *scope*."""

    async def allowed_caller(request: Request, _documented: Annotated[Any, Depends(bearer)]) -> Who:
        caller = await who(request)
        _check_scope(caller, scope)
        return caller

    return allowed_caller


async def allowed(connection: Connection, stream: str) -> None:
    """Let pass who may follow *stream*: by ticket, or as for any other request.

    Raises:
        Denied: the caller is unknown or may not read.
        NotThere: there is no such project or job, it is another tenant's, or it was deleted.
    """
    http = HTTPConnection(connection)
    if ticket := http.query_params.get("ticket"):
        from api import tickets

        tenant = tickets.check(ticket, stream)
    else:
        caller = await who(http)
        _check_scope(caller, "read")
        tenant = caller.tenant
    if await _tenant_of(stream) != tenant:
        raise NotThere.named("project" if stream.startswith("p_") else "job", stream)


class SignIn(BaseModel):
    """What makes a browser known."""

    key: str = Field(max_length=200, examples=["fw_Zm9yIGV4YW1wbGUsIHRoaXMgaXMgbm8gcmVhbCBrZXk"])


class Session(BaseModel):
    """Who a browser is from now on."""

    tenant: str
    user: str
    scopes: list[Scope]


@router.post("", operation_id="sign_in")
async def sign_in(given: SignIn, request: Request, response: Response) -> Session:
    """Keep an API key as a cookie that scripts cannot read, for 30 days."""
    _check_origin(request, needed=False)
    key = await keys.find(given.key)
    if key is None:
        raise _unknown_key()
    response.set_cookie(
        COOKIE, given.key, max_age=COOKIE_S, path="/", httponly=True, samesite="strict", secure=_is_secure(request)
    )
    return Session(tenant=key.tenant, user=key.user, scopes=sorted(key.scopes))


@router.delete("", operation_id="sign_out", status_code=204)
async def sign_out(request: Request, response: Response) -> None:
    """Forget the browser's key."""
    _check_origin(request, needed=False)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=_is_secure(request))


def _local(connection: HTTPConnection) -> Who:
    host = connection.client.host if connection.client else ""
    if not keys.is_loopback(host):
        raise Denied(
            f"Without keys only this machine is served, and {host or 'the caller'} is another.",
            "Set FLYWHEEL_AUTH=keys.",
        )
    named = connection.headers.get("host", "")
    if not keys.is_loopback(_hostname(named)):
        raise Denied(
            f"Without keys this machine is not served by the name {named[:100]!r}.", "Call it localhost or 127.0.0.1."
        )
    _check_origin(connection, needed=False)
    user = connection.headers.get("flywheel-user", LOCAL)
    if not USER.fullmatch(user):
        raise BadInput(f"{user[:80]!r} is no user's name.", "Flywheel-User takes 1 to 64 visible ASCII characters.")
    return Who(LOCAL, user, keys.EVERYTHING)


async def _keyed(connection: HTTPConnection) -> Who:
    kind, _, secret = connection.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        secret = connection.cookies.get(COOKIE, "")
        if secret:
            _check_origin(connection, needed=True)
    if not secret:
        raise Denied("There is no API key in the request.", GET_A_KEY)
    key = await keys.find(secret.strip())
    if key is None:
        raise _unknown_key()
    return Who(key.tenant, key.user, key.scopes)


def _check_scope(caller: Who, scope: Scope) -> None:
    if scope not in caller.scopes:
        raise Denied(f"This key does not allow {scope}.", f"Use a key with the scope {scope}.")


def _check_origin(connection: HTTPConnection, *, needed: bool) -> None:
    """Refuse what a page elsewhere makes a browser write; *needed*: whoever does not say where it comes from, too.

    Browsers say it in Sec-Fetch-Site or Origin, and pages cannot change what they say.
    """
    if connection.scope.get("method", "GET") in READS:
        return
    site, origin = connection.headers.get("sec-fetch-site"), connection.headers.get("origin")
    if site in {"same-origin", "none"} or (origin and _is_ours(connection, origin)):
        return
    if site is None and origin is None and not needed:
        return
    raise Denied(
        "A page elsewhere may not do this for you.", "Use the studio itself, or a key as Authorization: Bearer."
    )


def _is_ours(connection: HTTPConnection, origin: str) -> bool:
    ours = {connection.headers.get("host", "")}
    if public := settings().public_url:
        ours.add(urlsplit(public).netloc)
    return urlsplit(origin).netloc in ours - {""}


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https" or (settings().public_url or "").startswith("https://")


def _hostname(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


async def _tenant_of(stream: str) -> str | None:
    """Whose stream it is; a run has one only where it is a job's."""
    project = select(projects.c.tenant).where(projects.c.id == stream, projects.c.deleted.is_(None))
    job = select(runs.c.tenant).where(runs.c.id == stream, runs.c.stream == stream)
    async with reading() as db:
        owner: str | None = await db.scalar(project)
        return owner or await db.scalar(job)


def _unknown_key() -> Denied:
    return Denied("The API key is unknown or was revoked.", GET_A_KEY)
