"""The shots: each one a file of its own, keyed by all that it shows and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import events, pools
from infra.media import packets, shots
from infra.media.camera import PLAIN
from infra.media.captions import Caption
from infra.media.pictures import CENTRE
from infra.media.shots import Excerpt, ShotSpec, Still
from infra.media.timing import Word
from infra.store import open_store
from tasks.assets import keep, scratch
from tasks.policy import step
from tasks.schema import RenderedShot

if TYPE_CHECKING:
    from tasks.schema import Frame, Shot, Timeline

SAME_ASPECT = 0.01
"""By how much a picture's aspect may differ from the film's before its focus matters: pictures have whole pixels."""


async def render_shot(timeline: Timeline, index: int) -> RenderedShot:
    """Render shot *index*, as it comes out of the shot before it."""
    spec = spec_of(timeline, index)
    return await shoot.run(timeline.shots[index].segment, spec, spec.key)


@step(recipe="shot/1", pool="render")
async def shoot(spec: ShotSpec, _identity: str) -> RenderedShot:
    """Render one shot; *_identity* names the renderer, the fonts and the encoder, and so belongs in the key."""
    rendered = await pools.run("render", _render, spec)
    events.emit("shot.rendered", shot=rendered)
    return rendered


def spec_of(timeline: Timeline, index: int) -> ShotSpec:
    """All that shot *index* shows, as the renderer wants it."""
    shot = timeline.shots[index]
    return ShotSpec(
        width=timeline.width,
        height=timeline.height,
        fps=timeline.fps,
        frames=timeline.cut(index + 1) - timeline.cut(index),
        still=_still(timeline, index),
        transition=shot.transition,
        transition_frames=shot.transition_frames,
        before=_still(timeline, index - 1) if shot.transition_frames else None,
        caption=caption_of(shot, timeline),
        quality=timeline.quality,
        encoder=timeline.encoder,
    )


def _still(timeline: Timeline, index: int) -> Still:
    """What a shot shows, in motion until it has given way to the next; layers only where they move."""
    shot = timeline.shots[index]
    after = timeline.shots[index + 1].transition_frames if index + 1 < len(timeline.shots) else 0
    frames = timeline.cut(index + 1) - timeline.cut(index) + after
    frame, footage = shot.frame, shot.frame.footage
    if footage:
        return Still(footage.asset.sha256, "hold", frames, footage=Excerpt(footage.start_s, footage.effects))
    focus = _focus(frame, timeline.width / timeline.height)
    if shot.motion in PLAIN and frame.layers:
        layers = tuple((layer.asset.sha256, layer.depth) for layer in frame.layers)
        return Still(frame.asset.sha256, shot.motion, frames, focus=focus, layers=layers)
    return Still(frame.asset.sha256, PLAIN.get(shot.motion, shot.motion), frames, focus=focus)


def _focus(frame: Frame, aspect: float) -> tuple[float, float]:
    """The frame's focus along the side that is cropped; nothing else of it is seen."""
    wider = frame.width / frame.height / aspect
    return (
        frame.focus[0] if wider > 1 + SAME_ASPECT else CENTRE[0],
        frame.focus[1] if wider < 1 - SAME_ASPECT else CENTRE[1],
    )


def caption_of(shot: Shot, timeline: Timeline) -> Caption:
    """What a shot says, its words in seconds from the shot's first frame."""
    lead_s = shot.lead_ms / 1000
    words = tuple(Word(w.text, lead_s + w.start_ms / 1000, lead_s + w.end_ms / 1000) for w in shot.clip.words)
    return Caption(shot.caption, words, timeline.language, timeline.caption_style)


def _render(spec: ShotSpec) -> RenderedShot:
    files = {sha256: open_store().path(sha256) for sha256 in spec.hashes}
    with scratch(".mp4") as path:
        shots.render_shot(spec, files, path, on_frame=_told)
        return RenderedShot(asset=keep(path, "video/mp4"), frames=spec.frames, packets_sha256=packets.digest_of(path))


def _told(index: int) -> None:
    pools.checkpoint()
    events.emit("frame.rendered", frame=index)
