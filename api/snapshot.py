"""What a project's log amounts to: the state that a client shows, from which the events after it go on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from api.state import Picture, RunState, SegmentState, Snapshot
from infra.eventlog import Logged, read, standing

__all__ = ["NOT_SHOWN", "Snapshot", "reduce", "snapshot"]

PAGE = 1000
KEPT = 64
"""Streams whose state is kept, so that only what follows need be read."""
NOT_SHOWN = ("step.done", "task.state", "flow.state")
"""Kinds that no state shows; they are not even read."""


async def snapshot(stream: str) -> Snapshot:
    """The state of *stream*; one that has no events has an empty state.

    Raises:
        Unreachable: the database does not answer.
    """
    last = (await standing(stream)).last
    summed = _summed(stream)
    state = await summed.now()
    while rows := await read(stream, state.last_event_id, PAGE, NOT_SHOWN):
        for row in rows:
            state = reduce(state, row)
        summed.up_to = state, rows[-1]
    return state.model_copy(update={"last_event_id": max(last, state.last_event_id)})


class _Summed:
    """The state of *stream* up to an event, which is kept with it."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.up_to: tuple[Snapshot, Logged] | None = None

    async def now(self) -> Snapshot:
        """The state that is kept, unless the log is another one by now, as when a backup was restored."""
        if self.up_to is None:
            return Snapshot()
        state, latest = self.up_to
        return state if await read(self.stream, latest.seq - 1, 1) == [latest] else Snapshot()


_summed = lru_cache(maxsize=KEPT)(_Summed)


def reduce(state: Snapshot, event: Logged) -> Snapshot:
    """The state after *event*, which follows *state*.

    What a run makes anew replaces what there was, piece by piece: a segment whose words change loses its narration,
    one whose picture is described otherwise loses its picture, and both their shot.
    """
    changes = CHANGES.get(event.kind)
    changed = changes(state, event, json.loads(event.data)) if changes else {}
    return state.model_copy(update={**changed, "last_event_id": event.seq})


Data = dict[str, Any]
Changes = Callable[[Snapshot, Logged, Data], Data]


def _queued(state: Snapshot, event: Logged, data: Data) -> Data:
    run = data.get("run") or event.run
    others = tuple(known for known in state.runs if known.id != run)
    new = RunState.model_construct(id=run, flow=data.get("flow"), version=data.get("version"))
    segments = tuple(segment.model_copy(update={"error": None}) for segment in state.segments)
    begun = {"progress": None, "cost": None, "draft_timeline": None}
    return {"runs": (*others, new), "segments": segments, **begun}


def _run(before: Snapshot, event: Logged, **changed: Any) -> Data:
    runs = before.runs
    if all(run.id != event.run for run in runs):
        runs = (*runs, RunState.model_construct(id=event.run))
    return {"runs": tuple(run.model_copy(update=changed) if run.id == event.run else run for run in runs)}


def _waiting(state: Snapshot, event: Logged, data: Data) -> Data:
    return _run(state, event, state="waiting", gate=data.get("gate"), until=data.get("until"))


def _running(state: Snapshot, event: Logged, _: Data) -> Data:
    return _run(state, event, state="running", gate=None, until=None, error=None)


def _done(state: Snapshot, event: Logged, data: Data) -> Data:
    ended = _run(state, event, state="done", gate=None, until=None)
    return {**ended, "title": data.get("title") or state.title}


def _failed(state: Snapshot, event: Logged, data: Data) -> Data:
    return _run(state, event, state="failed", gate=None, until=None, error=data)


def _cancelled(state: Snapshot, event: Logged, _: Data) -> Data:
    return _run(state, event, state="cancelled", gate=None, until=None)


def _planned(state: Snapshot, _: Logged, data: Data) -> Data:
    """As many segments as there will be, and those that a human added."""
    names = [*(f"s{number}" for number in range(1, data["segments"] + 1)), *data.get("added", ())]
    known = {segment.id: segment for segment in state.segments}
    kept = tuple(segment for segment in state.segments if segment.id in names)
    return {"segments": kept + tuple(_new(name) for name in names if name not in known)}


def _drafted(state: Snapshot, _: Logged, data: Data) -> Data:
    return {"title": state.title or data.get("title")}


def _outlined(state: Snapshot, _: Logged, data: Data) -> Data:
    return {"title": data.get("title") or state.title}


def _segment_drafted(state: Snapshot, _: Logged, data: Data) -> Data:
    return _segment(state, data["segment"], draft=data.get("caption"))


def _segment_writing(state: Snapshot, _: Logged, data: Data) -> Data:
    return _segment(state, data["segment"], writing=data.get("caption"))


def _segment_refined(state: Snapshot, _: Logged, data: Data) -> Data:
    new = data["segment"]
    before = _known(state, new["id"])
    changed: Data = {"caption": new.get("caption"), "visual": new.get("visual"), "mood": new.get("mood")}
    if before.caption is not None and before.caption != changed["caption"]:
        changed |= {"clip": None, "cues": None, "shot": None}
    if before.visual is not None and before.visual != changed["visual"]:
        changed |= {"frame": None, "shot": None}
    return _segment(state, new["id"], writing=None, **changed, **_made(before, "refine_segment"))


def _frame_drafted(state: Snapshot, _: Logged, data: Data) -> Data:
    before = _known(state, data["segment"]).frame
    return {} if before and not before.draft else _segment(state, data["segment"], frame=_picture(data, draft=True))


def _frame_drawn(state: Snapshot, _: Logged, data: Data) -> Data:
    made = _made(_known(state, data["segment"]), "draft_frame", "draw_frame", "take_media")
    return _segment(state, data["segment"], frame=_picture(data["frame"], draft=False), **made)


def _clip_spoken(state: Snapshot, _: Logged, data: Data) -> Data:
    """Another voice says the words at other times; the same one only at another pace, which the timeline decides."""
    before, clip = _known(state, data["segment"]), data["clip"]
    other = before.clip and dict(before.clip).get("voice") != clip.get("voice")
    return _segment(state, data["segment"], clip=clip, cues=None if other else before.cues, **_made(before, "speak"))


def _cues_drawn(state: Snapshot, _: Logged, data: Data) -> Data:
    made = _made(_known(state, data["segment"]), "draw_cues")
    return _segment(state, data["segment"], cues=data["cues"], **made)


def _shot_rendered(state: Snapshot, _: Logged, data: Data) -> Data:
    return _segment(state, data["segment"], shot=data["shot"], **_made(_known(state, data["segment"]), "shoot"))


def _step_failed(state: Snapshot, _: Logged, data: Data) -> Data:
    if "segment" not in data:
        return {}
    told = {name: data.get(name) for name in ("step", "error", "what", "remedy", "retryable")}
    return _segment(state, data["segment"], error=told)


def _made(before: SegmentState, *steps: str) -> Data:
    """The segment's error goes once what failed is made."""
    return {"error": None} if before.error and dict(before.error).get("step") in steps else {}


def _timeline_laid(state: Snapshot, _: Logged, data: Data) -> Data:
    """The timeline decides which segments there are, in which order, and what they say and show.

    The cues of a shot that is timed as before stay until they are drawn again.
    """
    timeline, shots = data["timeline"], data["timeline"].get("shots", [])
    before = _cued(dict(state.timeline or {}))
    now = _cued(timeline)
    segments = tuple(
        _known(state, shot["segment"]).model_copy(
            update={
                "writing": None, "caption": shot["caption"], "clip": shot["clip"],
                "frame": _picture(shot["frame"], draft=False),
                **({} if now[shot["segment"]] == before.get(shot["segment"]) else {"cues": None}),
            }
        )
        for shot in shots
    )  # fmt: skip
    return {"timeline": timeline, "draft_timeline": None, "segments": segments}


def _cued(timeline: Data) -> dict[str, list[Any]]:
    """What the cues of each shot depend on."""
    film = [timeline.get(name) for name in ("width", "height", "fps", "bpm", "caption_style")]
    return {
        shot["segment"]: [*film, shot["caption"], shot["beats"], shot["lead_ms"], shot["clip"]["asset"]["sha256"]]
        for shot in timeline.get("shots", [])
    }


def _certified(_: Snapshot, __: Logged, data: Data) -> Data:
    return {"certificate": data.get("certificate"), "holds": data.get("holds")}


def _picture(frame: Data, *, draft: bool) -> Picture:
    shown: Data = {name: frame.get(name) for name in ("asset", "width", "height")}
    return Picture.model_construct(None, **shown, draft=draft)


def _new(name: str) -> SegmentState:
    return SegmentState.model_construct(id=name)


def _known(state: Snapshot, name: str) -> SegmentState:
    return next((segment for segment in state.segments if segment.id == name), None) or _new(name)


def _segment(state: Snapshot, name: str, **changed: Any) -> Data:
    for place, segment in enumerate(state.segments):
        if segment.id == name:
            new = segment.model_copy(update=changed)
            return {"segments": (*state.segments[:place], new, *state.segments[place + 1 :])}
    return {"segments": (*state.segments, _new(name).model_copy(update=changed))}


CHANGES: dict[str, Changes] = {
    "run.queued": _queued,
    "run.started": _running,
    "run.resumed": _running,
    "run.waiting": _waiting,
    "run.done": _done,
    "run.failed": _failed,
    "run.cancelled": _cancelled,
    "anchor.set": lambda _, __, data: {"anchor": data["anchor"]},
    "script.planned": _planned,
    "script.drafted": _drafted,
    "script.outlined": _outlined,
    "segment.drafted": _segment_drafted,
    "segment.writing": _segment_writing,
    "segment.refined": _segment_refined,
    "poster.painted": lambda _, __, data: {"poster": _picture(data["frame"], draft=False)},
    "frame.drafted": _frame_drafted,
    "frame.drawn": _frame_drawn,
    "clip.spoken": _clip_spoken,
    "bed.composed": lambda _, __, data: {"bed": data["bed"]},
    "cues.drawn": _cues_drawn,
    "step.failed": _step_failed,
    "shot.rendered": _shot_rendered,
    "timeline.drafted": lambda _, __, data: {"draft_timeline": data},
    "timeline.laid": _timeline_laid,
    "film.mastered": lambda _, __, data: {"master": data["master"]},
    "film.certified": _certified,
    "progress": lambda _, __, data: {"progress": data},
    "cost": lambda _, __, data: {"cost": data},
}
