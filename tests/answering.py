"""What tests put around a part of the API: errors become bare answers, as the whole API makes them problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

from infra.errors import BadInput, BudgetSpent, Conflict, Denied, FlywheelError, QuotaSpent, UnknownName

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

STATUS = {UnknownName: 404, BadInput: 422, Denied: 403, Conflict: 409, QuotaSpent: 429, BudgetSpent: 402}


class Faultless:
    """Answers with an error's status and text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except FlywheelError as error:
            status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 503)
            if status == 403 and "who" not in scope.get("state", {}):
                status = 401
            after = getattr(error, "retry_after_s", None)
            headers = {} if after is None else {"Retry-After": f"{after:g}"}
            await JSONResponse({"detail": str(error)}, status, headers)(scope, receive, send)
