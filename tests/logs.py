"""Databases of their own for tests of the durable log, and a process that writes to it: `logs.py STREAM COUNT TAG`."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
from pathlib import Path

from sqlalchemy import make_url

from infra.eventlog import Entry, append

ROOT = Path(__file__).parents[1]


async def fresh_postgres(server: str) -> str:
    """The address of a new, empty database of *server*."""
    import asyncpg

    url, name = make_url(server), f"t{secrets.token_hex(6)}"
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return url.set(database=name).render_as_string(hide_password=False)


def phase(number: int, tag: str = "") -> Entry:
    """A phase of a job, the same one for the same arguments."""
    content = {"number": number, "tag": tag}
    return Entry("job.phase", {"phase": "draft", "content": content}, f"{tag}:{number}", "r_1")


def writer(stream: str, count: int, tag: str) -> subprocess.Popen[bytes]:
    """Another process that logs *count* phases, one by one."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, __file__, stream, str(count), tag], env=environment)


async def _write(stream: str, count: int, tag: str) -> None:
    for number in range(count):
        await append(stream, [phase(number, tag)])


if __name__ == "__main__":
    asyncio.run(_write(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
