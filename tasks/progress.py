"""How far a film is: events in, one number and a few words out. The terminal and Prefect both show it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.events import Event

SHARES = {"script": 0.4, "frames": 0.1, "clips": 0.1, "render": 0.37}


@dataclass
class Progress:
    """Counts of what was planned and what is done."""

    planned: int = 0
    written: int = 0
    drawn: int = 0
    spoken: int = 0
    frames: int = 0
    rendered: int = 0
    certified: bool = False
    begun: float = field(default_factory=time.monotonic)

    def feed(self, event: Event) -> None:
        """Take one event into account."""
        match event.kind:
            case "script.planned":
                self.planned = event.data["segments"] + len(event.data.get("added", ()))
            case "segment.refined":
                self.written += 1
            case "timeline.laid":
                self.frames = event.data["timeline"].frames
                self.planned = len(event.data["timeline"].shots)
            case "frame.rendered":
                self.rendered += 1
            case "film.certified":
                self.certified = True
            case "step.done":
                self._step(event)

    def _step(self, event: Event) -> None:
        match event.data["step"]:
            case "draw_frame" | "take_media":
                self.drawn += 1
            case "speak":
                self.spoken += 1
            case "shoot" if event.data["reused"]:
                self.rendered += event.data["value"].frames

    @property
    def fraction(self) -> float:
        """0 to 1; work still unknown counts as undone."""
        if self.certified:
            return 1.0
        share = {
            "script": self.written / self.planned if self.planned else 0.0,
            "frames": self.drawn / self.planned if self.planned else 0.0,
            "clips": self.spoken / self.planned if self.planned else 0.0,
            "render": self.rendered / self.frames if self.frames else 0.0,
        }
        return min(0.99, sum(SHARES[name] * min(1.0, done) for name, done in share.items()))

    @property
    def seconds_left(self) -> float | None:
        """A guess from the pace so far; None while it is too early to say."""
        spent = time.monotonic() - self.begun
        return spent / self.fraction * (1 - self.fraction) if self.fraction > 0.05 else None
