"""The shots: each one a file of its own, keyed by all that it shows and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import events, pools
from infra.media import packets, shots
from infra.media.captions import Caption
from infra.media.shots import ShotSpec, Still
from infra.media.timing import Word
from infra.store import open_store
from tasks.assets import keep, scratch
from tasks.policy import step
from tasks.schema import RenderedShot

if TYPE_CHECKING:
    from infra.media.shots import ShotSpec
    from tasks.schema import Shot, Timeline


async def render_shot(timeline: Timeline, index: int) -> RenderedShot:
    """Render shot *index*, with the crossfade out of the shot before it."""
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
        fade_frames=shot.transition_frames,
        before=_still(timeline, index - 1) if shot.transition_frames else None,
        caption=_caption(shot, timeline.language),
    )


def _still(timeline: Timeline, index: int) -> Still:
    """The picture of a shot, in motion until it has faded into the next."""
    shot = timeline.shots[index]
    after = timeline.shots[index + 1].transition_frames if index + 1 < len(timeline.shots) else 0
    return Still(shot.frame.asset.sha256, shot.motion, timeline.cut(index + 1) - timeline.cut(index) + after)


def _caption(shot: Shot, language: str) -> Caption:
    lead_s = shot.lead_ms / 1000
    words = tuple(Word(w.text, lead_s + w.start_ms / 1000, lead_s + w.end_ms / 1000) for w in shot.clip.words)
    return Caption(shot.caption, words, language)


def _render(spec: ShotSpec) -> RenderedShot:
    wanted = [still.sha256 for still in (spec.still, spec.before) if still]
    pictures = {sha256: open_store().path(sha256) for sha256 in wanted}
    with scratch(".mp4") as path:
        shots.render_shot(spec, pictures, path, on_frame=_told)
        return RenderedShot(asset=keep(path, "video/mp4"), frames=spec.frames, packets_sha256=packets.digest_of(path))


def _told(index: int) -> None:
    pools.checkpoint()
    events.emit("frame.rendered", frame=index)
