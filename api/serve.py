"""The server: `python -m api.serve` listens where the settings say until it is told to stop."""

from __future__ import annotations

import uvicorn

from api.app import create_app
from infra.keys import check_binding
from infra.settings import settings
from infra.telemetry import observed

GRACE_S = 3
"""How long open streams are given at the end."""


def server(host: str | None = None, port: int | None = None) -> uvicorn.Server:
    """A server that is not yet started; unset, address and port are those of the settings.

    Raises:
        BadInput: others than this machine could call, and no keys are asked for.
    """
    now = settings()
    check_binding(host or now.host)
    return uvicorn.Server(
        uvicorn.Config(
            create_app(),
            host=host or now.host,
            port=now.port if port is None else port,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="on",
            access_log=False,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
    )


def main() -> None:
    """Serve until a signal."""
    with observed("api"):
        server().run()


if __name__ == "__main__":
    main()
