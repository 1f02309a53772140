"""Watches requests: a span, a metric, and the request's name in whatever is logged meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opentelemetry.trace import Status, StatusCode
from starlette.datastructures import Headers

from api.stream import matches
from infra import logs, metrics, telemetry

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked for all the time by machines; not watched."""


class Observed:
    """Watches what *app* serves; event streams, which last, are only counted."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] in PROBES:
            await self.app(scope, receive, send)
        elif matches(scope["path"]):
            await self._stream(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        with logs.named(request=scope.get("flywheel.request", "")), metrics.CLIENTS.track_inprogress():
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 500  # where there is no answer at all

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = time.perf_counter()
        method = scope["method"] if scope["method"] in METHODS else "other"
        named = logs.named(request=scope.get("flywheel.request", ""))
        with named, telemetry.request(method, Headers(scope=scope)) as span:
            try:
                await self.app(scope, receive, sending)
            finally:
                route = route_of(scope)
                metrics.requested(method, route, status, time.perf_counter() - begun)
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
                if status >= 500:
                    span.set_status(Status(StatusCode.ERROR))


def route_of(scope: Scope) -> str:
    """The route that served the request, as it is declared (`/api/projects/{project}`), or `other`."""
    return getattr(scope.get("route"), "path", "") or "other"
