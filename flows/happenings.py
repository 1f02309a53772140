"""What happens in a run, as entries of the durable log. The same happening of an attempt always has the same uid."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from infra.eventlog import Entry
from infra.hashing import digest
from infra.settings import settings
from tasks.progress import Progress

if TYPE_CHECKING:
    from flows.record import Run
    from infra.events import Event

WRITING_EVERY_S, PROGRESS_EVERY_S, COST_EVERY_S = 0.25, 0.5, 1.0

RAW = frozenset(
    {
        "anchor.set", "script.planned", "segment.drafted", "frame.drafted", "timeline.drafted", "script.drafted",
        "script.outlined", "segment.refined", "poster.painted", "timeline.laid", "job.phase", "run.waiting",
        "run.resumed",
    }
)  # fmt: skip
"""Events that are logged as they are, at once; what a step gave is told besides, whether it was made or reused."""
SEGMENT = re.compile(r"s[1-9][0-9]{0,4}")
DROPPED = frozenset({"stretch_ms", "miss_ms"})

Told = tuple[str, dict[str, Any]]


def _frame(label: str, value: Any) -> Told:
    return "frame.drawn", {"segment": label, "frame": value}


TOLD: dict[str, Callable[[str, Any], Told]] = {
    "set_anchor": lambda _, anchor: ("anchor.set", {"anchor": anchor}),
    "write_draft": lambda _, draft: ("script.drafted", {"title": draft.title, "lines": draft.lines}),
    "write_outline": lambda _, outline: ("script.outlined", {"title": outline.title, "lines": outline.beats}),
    "extend_outline": lambda _, outline: ("script.outlined", {"title": outline.title, "lines": outline.beats}),
    "paint_poster": lambda _, frame: ("poster.painted", {"frame": frame}),
    "draw_frame": _frame,
    "take_media": _frame,
    "speak": lambda label, clip: ("clip.spoken", {"segment": label, "clip": clip}),
    "compose_bed": lambda _, bed: ("bed.composed", {"bed": bed}),
    "loop_bed": lambda _, bed: ("bed.composed", {"bed": bed}),
    "draw_cues": lambda label, cues: ("cues.drawn", {"segment": label, "cues": cues}),
    "shoot": lambda label, shot: ("shot.rendered", {"segment": label, "shot": shot}),
    "join_shots": lambda _, master: ("film.mastered", {"master": master.video}),
    # A certificate that does not hold is an error of its step.
    "certify": lambda _, proof: ("film.certified", {"holds": True, "certificate": proof}),
}


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


class Telling:
    """Turns the events of one run into entries; what comes often is told seldom.

    *fraction*, *spent* and *waiting* are what an interrupted execution of the same attempt told last.
    """

    def __init__(
        self,
        run: Run,
        *,
        fraction: float = 0.0,
        spent: dict[str, float] | None = None,
        waiting: dict[str, Any] | None = None,
    ) -> None:
        self.run = run
        self.dropped = False
        self.by_pool = dict(spent or {})
        self._fraction, self._progress = fraction, Progress()
        self._segment, self._text = "", ""
        self._waiting = waiting or {}
        self._last = dict.fromkeys(("segment.writing", "progress", "cost"), 0.0)

    def entries(self, event: Event) -> Iterator[Entry]:
        """What is to be logged of *event*."""
        data = event.data
        match event.kind:
            case kind if kind in RAW:
                yield self._raw(event)
            case "step.started" if data["step"] == "refine_segment":
                self._segment, self._text = data["label"], ""
            case "step.done":
                yield from self._done(event)
            case "step.failed":
                yield self._failed(event)
            case "text.streamed" if data["stage"] == "refine" and self._segment:
                yield from self._writing(event)
            case "engine.used":
                self.by_pool[data["pool"]] = self.by_pool.get(data["pool"], 0.0) + data["seconds"]
                yield from self._seldom("cost", COST_EVERY_S, self._cost(), event.at)
        yield from self._moved(event)

    def closing(self) -> Iterator[Entry]:
        """What is told once more at the end: the cost."""
        if self.by_pool:
            yield self._entry("cost", self._cost())

    def _raw(self, event: Event) -> Entry:
        data = {name: plain(value) for name, value in event.data.items() if name not in DROPPED}
        of = data.get("segment", "")
        what = None
        if event.kind == "run.waiting":
            self._waiting = data
        elif event.kind == "run.resumed":  # each time that it waited, once
            what = digest([data, self._waiting])
        return self._entry(event.kind, data, of["id"] if isinstance(of, dict) else of, event.at, what)

    def _done(self, event: Event) -> Iterator[Entry]:
        step, label = event.data["step"], event.data["label"]
        if tell := TOLD.get(step):
            kind, told = tell(label, event.data["value"])
            yield self._entry(kind, plain(told), label, event.at)
        names = ("step", "label", "reused", "seconds", "key")
        yield self._entry(
            "step.done", {name: event.data[name] for name in names}, label, event.at, digest([step, event.data["key"]])
        )

    def _failed(self, event: Event) -> Entry:
        """Why a step failed, and for which segment if its label names one."""
        data = {name: value for name, value in event.data.items() if name != "key"}
        of = {"segment": data["label"]} if SEGMENT.fullmatch(data["label"]) else {}
        return self._entry("step.failed", {**data, **of}, data["label"], event.at, digest([event.data["key"], data]))

    def _writing(self, event: Event) -> Iterator[Entry]:
        piece = event.data["text"]
        self._text = self._text + piece if piece else ""
        caption = self._text.strip()
        if caption:
            told = {"segment": self._segment, "caption": caption}
            yield from self._seldom("segment.writing", WRITING_EVERY_S, told, event.at, self._segment)

    def _moved(self, event: Event) -> Iterator[Entry]:
        """How far the run is, if that changed."""
        self._progress.feed(event)
        fraction = round(self._progress.fraction, 3)
        if fraction > self._fraction:
            told = {"fraction": fraction, "seconds_left": self._seconds_left()}
            every_s = 0.0 if fraction == 1 else PROGRESS_EVERY_S
            for entry in self._seldom("progress", every_s, told, event.at):
                self._fraction = fraction
                yield entry

    def _seconds_left(self) -> float | None:
        left = self._progress.seconds_left
        return None if left is None else round(left, 1)

    def _cost(self) -> dict[str, Any]:
        by_pool = {pool: round(seconds, 3) for pool, seconds in sorted(self.by_pool.items())}
        seconds = sum(self.by_pool.values())
        money = round(seconds * settings().price_per_engine_second, 6)
        return {"engine_seconds": round(seconds, 3), "money": money, "by_pool": by_pool}

    def _seldom(self, kind: str, every_s: float, data: dict[str, Any], at: float, label: str = "") -> Iterator[Entry]:
        if at - self._last[kind] >= every_s:
            self._last[kind] = at
            yield self._entry(kind, data, label, at)

    def _entry(
        self, kind: str, data: dict[str, Any], label: str = "", at: float | None = None, what: str | None = None
    ) -> Entry:
        again = f":{self.run.attempt}" if self.run.attempt > 1 else ""
        uid = f"{self.run.id}:{kind}:{label}:{(what or digest(data))[:12]}{again}"
        return Entry(kind, data, uid, self.run.id) if at is None else Entry(kind, data, uid, self.run.id, at)
