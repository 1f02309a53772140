"""Every error of the API as application/problem+json (RFC 9457): what failed, and the remedy; never a trace.

Errors that only HTTP knows:

Refusal            has a status of its own
├── NotThere       404  no such thing, or another tenant's
├── Malformed      400  the request is not what HTTP or JSON says it should be
├── NotAllowed     405  nothing of that kind is done there; Allow names what is
├── Stale          412  it was changed since the caller read it; the current ETag is in the answer
├── TooLarge       413
├── WrongKind      415
├── OutOfRange     416
└── NoCondition    428  a change must say which revision it changes
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from infra import errors
from infra.errors import FlywheelError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
"""When to try again where the error does not say."""

log = logging.getLogger("flywheel.api")


class Refusal(FlywheelError):
    """An error with a status of its own, and headers that go with it."""

    status: ClassVar[int] = 400
    kind: ClassVar[str] = "malformed"

    def __init__(self, what: str, remedy: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(what, remedy)
        self.headers = dict(headers or {})


class Malformed(Refusal):
    """The request is not what HTTP or JSON says it should be."""


class NotThere(Refusal):
    """No such thing, or another tenant's."""

    status, kind = 404, "not-found"

    @classmethod
    def named(cls, what: str, name: object) -> NotThere:
        """The error for a *what* (project, run, …) that is not there."""
        return cls(f"There is no {what} {name}.", f"Ask for the list of {what}s to see what there is.")


class NotAllowed(Refusal):
    """Nothing of that kind is done there."""

    status, kind = 405, "not-allowed"


class Stale(Refusal):
    """It was changed since the caller read it."""

    status, kind = 412, "stale"


class TooLarge(Refusal):
    """The body has more bytes than are taken."""

    status, kind = 413, "too-large"


class WrongKind(Refusal):
    """The body is of a kind that is not taken."""

    status, kind = 415, "wrong-kind"


class OutOfRange(Refusal):
    """The asset has no such bytes."""

    status, kind = 416, "out-of-range"


class NoCondition(Refusal):
    """A change must say which revision it changes."""

    status, kind = 428, "no-condition"


class Fault(BaseModel):
    """One field of a request and what is wrong with it."""

    field: str = Field(examples=["body.brief.seconds"])
    fault: str = Field(examples=["Input should be greater than or equal to 5"])


class Problem(BaseModel):
    """What failed, and what to do next."""

    type: str = Field(examples=["/problems/invalid"], description="Names the kind of problem.")
    title: str
    status: int
    detail: str
    remedy: str = Field(description="What to do next; may be empty.")
    instance: str = Field(description="The path that was asked.")
    errors: list[Fault] | None = Field(None, description="Every field that is wrong, and how.")
    request: str | None = Field(None, description="Of an internal error: the id under which it was logged.")


KINDS: tuple[tuple[type[FlywheelError], int, str], ...] = (
    (errors.BadInput, 422, "invalid"),
    (errors.HashMismatch, 422, "hash-mismatch"),
    (errors.Tampered, 422, "tampered"),
    (errors.Conflict, 409, "conflict"),
    (errors.QuotaSpent, 429, "quota-spent"),
    (errors.BudgetSpent, 402, "budget-spent"),
    (errors.AssetMissing, 404, "not-found"),
    (errors.AssetCorrupt, 404, "not-found"),
    (errors.StoreFull, 503, "store-full"),
    (errors.EngineBusy, 503, "busy"),
    (errors.Unreachable, 503, "unreachable"),
    (errors.MissingPart, 503, "missing-part"),
)
TITLES = {
    "invalid": "The request asks for what cannot be made",
    "malformed": "The request cannot be read",
    "hash-mismatch": "The bytes are not those that were announced",
    "tampered": "The film is not what its manifest says",
    "unknown": "The caller is not known",
    "forbidden": "The key does not allow this",
    "conflict": "Its state does not allow this",
    "quota-spent": "Too much was asked for",
    "budget-spent": "The budget is used up",
    "not-found": "There is no such thing",
    "not-allowed": "This cannot be done to it",
    "stale": "It was changed meanwhile",
    "no-condition": "The change does not say what it changes",
    "too-large": "The body is too large",
    "wrong-kind": "The body is of a kind that is not taken",
    "out-of-range": "There are no such bytes",
    "store-full": "No room is left",
    "busy": "An engine is overloaded",
    "unreachable": "A service does not answer",
    "missing-part": "The machine lacks something",
    "internal": "Something broke inside",
}
BY_STATUS = {
    404: "not-found",
    405: "not-allowed",
    413: "too-large",
    415: "wrong-kind",
    401: "unknown",
    403: "forbidden",
}


def problem_of(error: Exception, scope: Scope) -> Response:
    """The answer for *error*; one that nobody foresaw is logged under the request's id, which the answer names."""
    match error:
        case Refusal():
            return _answer(scope, error.status, error.kind, error.what, error.remedy, headers=error.headers)
        case errors.Denied():
            return _denied(error, scope)
        case FlywheelError():
            return _ours(error, scope)
        case RequestValidationError():
            return _invalid(error, scope)
        case HTTPException():
            return _http(error, scope)
    return _internal(error, scope)


async def answer_problem(request: Request, error: Exception) -> Response:
    """The handler of FastAPI's own errors."""
    return problem_of(error, request.scope)


class Faultless:
    """Whatever the application raises becomes a problem; once an answer has begun it can only be broken off."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await problem_of(error, scope)(scope, receive, send)


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of an operation's problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def faults(found: Sequence[Any], *within: str) -> list[Fault]:
    """Field and fault of each error that pydantic found; *within* says where the value lies."""
    return [
        Fault(
            field=".".join(map(str, (*within, *fault["loc"]))) or "body",
            fault=str(fault["msg"]).removeprefix("Value error, "),
        )
        for fault in found
    ]


def _ours(error: FlywheelError, scope: Scope) -> Response:
    found = next(((status, kind) for cls, status, kind in KINDS if isinstance(error, cls)), None)
    if found is None:
        return _internal(error, scope)
    status, kind = found
    after = getattr(error, "retry_after_s", RETRY_AFTER_S if status in {429, 503} else None)
    headers = getattr(error, "headers", {}) | ({} if after is None else {"Retry-After": str(math.ceil(max(1, after)))})
    return _answer(scope, status, kind, error.what, error.remedy, headers=headers)


def _denied(error: errors.Denied, scope: Scope) -> Response:
    """403 for a known caller, else 401 and how to make oneself known."""
    if scope.get("state", {}).get("who") is not None:
        return _answer(scope, 403, "forbidden", error.what, error.remedy)
    headers = {"WWW-Authenticate": 'Bearer realm="flywheel"'}
    return _answer(scope, 401, "unknown", error.what, error.remedy, headers=headers)


def _invalid(error: RequestValidationError, scope: Scope) -> Response:
    found = error.errors()
    if any(fault["type"] == "json_invalid" for fault in found):
        return _answer(scope, 400, "malformed", "The body is not JSON.", "Send JSON in UTF-8.")
    wrong = faults(found)
    detail = "; ".join(f"{fault.field}: {fault.fault}" for fault in wrong[:3])
    return _answer(scope, 422, "invalid", detail, "Correct the fields that are named and send it again.", wrong)


def _http(error: HTTPException, scope: Scope) -> Response:
    kind = BY_STATUS.get(error.status_code, "malformed" if error.status_code < 500 else "internal")
    remedies = {404: "See /docs for the addresses there are.", 405: "See the Allow header for what can be done."}
    detail = f"{scope.get('method', '')} {scope['path']}: {error.detail}."
    remedy = remedies.get(error.status_code, "")
    return _answer(scope, error.status_code, kind, detail, remedy, headers=error.headers)


def _internal(error: Exception, scope: Scope) -> Response:
    request = scope.get("flywheel.request", "")
    log.error("request %s: %s %s", request, scope.get("method", ""), scope["path"], exc_info=error)
    detail = f"It was logged as {request}." if request else "It was logged."
    return _answer(scope, 500, "internal", detail, "Try again; if it stays, look into the log.", request=request)


def _answer(
    scope: Scope,
    status: int,
    kind: str,
    detail: str,
    remedy: str,
    wrong: list[Fault] | None = None,
    *,
    request: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    problem = Problem(
        type=f"/problems/{kind}", title=TITLES[kind], status=status, detail=detail, remedy=remedy,
        instance=scope["path"], errors=wrong, request=request,
    )  # fmt: skip
    body = json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Response(body, status, headers, MEDIA_TYPE)
