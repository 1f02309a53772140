"""One process that is kept alive: started again when it dies, later each time, its words kept in a log."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path

FIRST_S, LONGEST_S = 0.5, 10.0
LOOK_S = 0.05
STEADY_S = 60.0
"""A process that lived so long begins again with the shortest wait."""
LOG_BYTES, LOGS = 2_000_000, 2
SILENT = "it said nothing"


@dataclass(frozen=True)
class Service:
    """What is to run: a Python module with its words, in *environment*; *grace_s* to end when it is asked to.

    *worker* is its id among the workers, if it is one.
    """

    name: str
    module: str
    words: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    grace_s: float = 10.0
    worker: str = ""


class Child:
    """Keeps a service running until `stop`; *say* tells a person, *gone* is told each process that ended."""

    def __init__(
        self, service: Service, folder: Path, say: Callable[[str], None], gone: Callable[[int], None], echo: bool
    ) -> None:
        self.service, self.say, self.gone = service, say, gone
        self.log = Log(service.name, folder / f"{service.name}.log", echo=echo)
        self.starts = 0
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    @property
    def process(self) -> int | None:
        """The id of the process, while there is one."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def keep(self) -> None:
        """Run the service, again and again, until `stop`."""
        pause_s = FIRST_S
        while not self._stopping.is_set():
            begun = time.monotonic()
            code = await self._lived()
            if self._stopping.is_set():
                break
            if time.monotonic() - begun > STEADY_S:
                pause_s = FIRST_S
            self.say(f"{self.service.name} {_ended(code)}; it is started again in {pause_s:g} s")
            self.say(f"    {self.log.last}  ({self.log.path})" if code > 0 else f"    {self.log.path}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause_s)
            pause_s = min(2 * pause_s, LONGEST_S)
        self.log.close()

    def ask(self) -> None:
        """Ask the process to end; it is not started again."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and all that it started, now."""
        self._signal(signal.SIGKILL)

    async def _lived(self) -> int:
        """Start the process and wait for its end; its exit code."""
        self.starts += 1
        command = [sys.executable, "-m", "flows.tethered", self.service.module, *self.service.words]
        self._process = process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **self.service.environment}, start_new_session=True,
        )  # fmt: skip
        if self._stopping.is_set():  # while it was being started
            self._signal(signal.SIGTERM)
        reading = asyncio.create_task(self._read(process.stdout))
        while process.returncode is None:  # noqa: ASYNC110 - `wait` waits for those who share its output, too
            await asyncio.sleep(LOOK_S)
        with contextlib.suppress(ProcessLookupError):  # what it started and did not end
            os.killpg(process.pid, signal.SIGKILL)
        code = await process.wait()
        await reading
        self.gone(process.pid)
        return code

    async def _read(self, stream: asyncio.StreamReader | None) -> None:
        while stream and (words := await stream.read(65_536)):
            self.log.take(words)

    def _signal(self, number: signal.Signals) -> None:
        """Signal the process; when it is killed, those that it started too."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if number == signal.SIGKILL else os.kill)(self.process, number)


class Log:
    """The lines that a process says: in a file that is kept small and, on *echo*, on the terminal."""

    def __init__(self, name: str, path: Path, *, echo: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.name, self.path, self.echo, self.last = name, path, echo, SILENT
        self._begun = b""
        self._file = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOGS, encoding="utf-8")

    def take(self, words: bytes) -> None:
        """Take in what was said; whole lines are written."""
        *lines, self._begun = (self._begun + words).split(b"\n")
        for line in lines:
            self._write(line.decode("utf-8", "replace").rstrip())
        if len(self._begun) > LOG_BYTES:
            self._write(self._begun.decode("utf-8", "replace"))
            self._begun = b""

    def close(self) -> None:
        """Write what is left."""
        if self._begun:
            self._write(self._begun.decode("utf-8", "replace"))
        self._file.close()

    def _write(self, line: str) -> None:
        if line.strip():
            self.last = _message(line.strip())[-300:]
        self._file.emit(logging.makeLogRecord({"msg": line}))
        if self.echo:
            with contextlib.suppress(OSError):  # the terminal may be gone
                sys.stderr.write(f"{self.name}: {line}\n")


def _message(line: str) -> str:
    """What a line says to a person: the message of a JSON line, else all of it."""
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return str(json.loads(line)["message"])
    return line


def _ended(code: int) -> str:
    return f"ended with exit code {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"
