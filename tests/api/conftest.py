"""The API with a home folder of its own: in this process for most tests, as a server of its own for some."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import services

from api.app import create_app
from infra.database import close_database

ROOT = Path(__file__).parents[2]


@pytest_asyncio.fixture
async def client(home: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the application without a network between."""
    transport = httpx.ASGITransport(create_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as caller:
        yield caller
    await close_database()


@pytest.fixture
def live(home: Path, tmp_path: Path) -> Iterator[str]:
    """The address of `python -m api.serve` on this home; it stops when it is told to, and logs no trace."""
    port, log = services.free_port(), tmp_path / "api.log"
    environment = {**os.environ, "FLYWHEEL_PORT": str(port), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as told:
        server = subprocess.Popen([sys.executable, "-m", "api.serve"], cwd=ROOT, env=environment, stderr=told)
    try:
        services._answers(f"http://127.0.0.1:{port}/openapi.json", within_s=60)
        yield f"http://127.0.0.1:{port}"
    except TimeoutError as error:
        raise TimeoutError(log.read_text()) from error
    finally:
        server.send_signal(signal.SIGTERM)
        code = server.wait(20)
    assert (code, "Traceback" in log.read_text()) == (-signal.SIGTERM, False), log.read_text()


@pytest.fixture
def no_prefect() -> Iterator[None]:
    """No Prefect answers, whatever other tests have started."""
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        yield
