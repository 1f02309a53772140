"""What a person sees while a film is made; `--json` and pipes get lines instead."""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from infra import events
from infra.events import Event
from tasks.progress import Progress
from tasks.schema import Film

QUIET = {"text.streamed", "frame.rendered", "step.started"}


class View(Protocol):
    """Shows events, then the result."""

    def feed(self, event: Event) -> None:
        """Take in one event."""
        ...

    def finish(self, film: Film, files: Mapping[str, Path], *, seconds: float, cpu_seconds: float) -> None:
        """Show the finished film."""
        ...


@contextmanager
def view(*, as_json: bool) -> Iterator[View]:
    """The view that fits standard output: JSON lines when asked for, a live screen on a terminal, else plain lines."""
    if as_json or not sys.stdout.isatty():
        lines = JsonLines() if as_json else Lines()
        with events.listening(lines.feed):
            yield lines
        return
    screen = Screen()
    with (
        Live(get_renderable=screen.render, refresh_per_second=8, console=screen.console),
        events.listening(screen.feed),
    ):
        yield screen


class JsonLines:
    """One JSON object a line, for machines."""

    def feed(self, event: Event) -> None:
        self._say({"kind": event.kind, "at": round(event.at, 3), **event.data})

    def finish(self, film: Film, files: Mapping[str, Path], *, seconds: float, cpu_seconds: float) -> None:
        paths = {name: str(path) for name, path in files.items()}
        self._say({"kind": "done", "title": film.title, "files": paths, **summary(film, seconds, cpu_seconds)})

    @staticmethod
    def _say(data: Mapping[str, Any]) -> None:
        def plain(value: Any) -> Any:
            return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)

        sys.stdout.write(json.dumps(data, ensure_ascii=False, default=plain) + "\n")
        sys.stdout.flush()


class Lines:
    """One line for each finished step, for logs and pipes."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.console = Console(highlight=False, soft_wrap=True)
        self.told: set[str] = set()

    def feed(self, event: Event) -> None:
        if event.kind in QUIET:
            self._first(event)
        elif line := describe(event):
            self._say(line)

    def finish(self, film: Film, files: Mapping[str, Path], *, seconds: float, cpu_seconds: float) -> None:
        self._say(closing(film, seconds, cpu_seconds))
        for path in files.values():
            self._say(f"  {path}")

    def _first(self, event: Event) -> None:
        stage = event.data.get("stage")
        if event.kind == "text.streamed" and stage == "draft" and stage not in self.told:
            self.told.add(stage)
            self._say("first drafted words")

    def _say(self, line: str) -> None:
        self.console.print(f"{time.monotonic() - self.begun:6.1f} s  {line}", markup=False)


class Screen:
    """The live screen: draft words turn into final ones, a bar, what runs, time left, CPU used."""

    def __init__(self) -> None:
        self.console = Console()
        self.progress = Progress()
        self.begun = time.monotonic()
        self.guard = threading.Lock()
        self.title, self.server, self.draft, self.streamed = "", "Prefect is starting …", "", ""
        self.written: list[str] = []
        self.running: dict[str, str] = {}
        self.reused = 0
        self.ended: RenderableType | None = None

    def feed(self, event: Event) -> None:
        with self.guard:
            self.progress.feed(event)
            self._take(event)

    def _take(self, event: Event) -> None:
        data = event.data
        match event.kind:
            case "prefect.ready":
                self.server = _server_line(data)
            case "text.streamed" if data["stage"] == "draft":
                self.draft += data["text"]
            case "text.streamed":
                self.streamed += data["text"]
            case "script.drafted" | "script.outlined":
                self.title = data["title"]
            case "segment.refined":
                self.written.append(data["segment"].caption)
                self.streamed = ""
            case "step.started":
                self.running[data["step"] + data["label"]] = f"{data['step']} {data['label']}".strip()
            case "step.done" | "step.failed":
                self.running.pop(data["step"] + data["label"], None)
                self.reused += data.get("reused", False)

    def render(self) -> RenderableType:
        with self.guard:
            return self.ended or Group(*self._rows())

    def _rows(self) -> Iterator[RenderableType]:
        yield Text.assemble((self.title or "…", "bold"), ("   " + self.server, "dim"))
        for number, caption in enumerate(self.written, 1):
            yield Text(f"{number:3}  {caption}", overflow="ellipsis", no_wrap=True)
        if not self.progress.frames and (coming := self.streamed or self.draft):
            yield Text("     " + " ".join(coming.split())[-200:], style="dim italic", overflow="ellipsis", no_wrap=True)
        done = self.progress
        yield ProgressBar(total=1, completed=done.fraction, width=60)
        left = "" if done.seconds_left is None else f", about {done.seconds_left:.0f} s left"
        counts = Table.grid(padding=(0, 2))
        counts.add_row(
            f"script {done.written}/{done.planned or '?'}", f"pictures {done.drawn}", f"voices {done.spoken}",
            f"frames {done.rendered}/{done.frames or '?'}", f"reused {self.reused}",
            f"{time.monotonic() - self.begun:.0f} s{left}", f"{cpu():.0f} CPU s, 0.00 spent",
        )  # fmt: skip
        yield counts
        yield Text(", ".join(sorted(set(self.running.values())))[:160], style="dim")

    def finish(self, film: Film, files: Mapping[str, Path], *, seconds: float, cpu_seconds: float) -> None:
        with self.guard:
            self.ended = Group(
                Text(closing(film, seconds, cpu_seconds), style="bold green"),
                *(Text(f"  {path}") for path in files.values()),
            )


def cpu() -> float:
    """CPU seconds of this process and its finished children."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def summary(film: Film, seconds: float, cpu_seconds: float) -> dict[str, float]:
    """The figures of a finished film."""
    return {
        "duration_s": round(film.timeline.duration_ms / 1000, 3),
        "frames": film.timeline.frames,
        "loudness_lufs": film.loudness_lufs,
        "true_peak_dbtp": film.true_peak_dbtp,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "money": 0.0,
    }


def closing(film: Film, seconds: float, cpu_seconds: float) -> str:
    """The last line: what was made and what it took."""
    length = film.timeline.duration_ms / 1000
    return f"✓ {film.title}: {length:.1f} s of film in {seconds:.1f} s ({cpu_seconds:.0f} CPU s, nothing spent)"


def describe(event: Event) -> str | None:
    """An event as a line of a log; None for those that say nothing to a person."""
    tell = TELL.get(event.kind)
    return tell(event.data) if tell else None


def _step_line(data: Mapping[str, Any]) -> str:
    how = "reused" if data["reused"] else f"{data['seconds']:.1f} s"
    return " ".join(f"{data['step']} {data['label']} ({how})".split())


def _server_line(data: Mapping[str, Any]) -> str:
    return f"{'using the Prefect server' if data['found'] else 'started Prefect for this film'} at {data['url']}"


TELL: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "prefect.ready": _server_line,
    "anchor.set": lambda data: f"anchor: {data['anchor'].look}, {data['anchor'].mood}, voice {data['anchor'].voice}",
    "script.drafted": lambda data: f"drafted: {data['title']}",
    "segment.refined": lambda data: f"{data['segment'].id}: {data['segment'].caption}",
    "timeline.laid": lambda data: (
        f"timeline: {len(data['timeline'].shots)} shots, {data['timeline'].duration_ms / 1000:.1f} s"
    ),
    "step.done": _step_line,
}
