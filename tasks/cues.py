"""The cues: a shot's captions as pictures on one sheet, so that a preview shows them as the film will."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from infra import pools
from infra.media import captions, cuesheet
from tasks.assets import keep_picture
from tasks.policy import is_outage, step
from tasks.render import caption_of
from tasks.schema import Cue, Cues

if TYPE_CHECKING:
    from infra.media.captions import Caption
    from tasks.schema import Timeline

log = logging.getLogger(__name__)


async def preview_cues(timeline: Timeline, index: int) -> None:
    """Draw the cues of shot *index*; where that fails the step has told of it, and the film goes on without them.

    Raises:
        Exception: Prefect does not answer; the whole run then goes on later.
    """
    shot = timeline.shots[index]
    frames = timeline.cut(index + 1) - timeline.cut(index)
    caption, size = caption_of(shot, timeline), (timeline.width, timeline.height)
    identity = captions.identity(caption.style)
    try:
        await draw_cues.run(shot.segment, caption, size, timeline.fps, frames, identity)
    except Exception as error:  # whatever it is, the renderer draws its captions itself: no preview is worth a film
        if is_outage(error):
            raise
        log.exception("shot %s is previewed without the pictures of its captions", shot.segment)


@step(recipe=cuesheet.IDENTITY, pool="render")
async def draw_cues(caption: Caption, size: tuple[int, int], fps: int, frames: int, _identity: str) -> Cues:
    """Draw a caption's cues in a shot of *frames* frames of *size*; *_identity* names what decides how they look."""
    return await pools.run("render", _draw, caption, size, fps, frames)


def _draw(caption: Caption, size: tuple[int, int], fps: int, frames: int) -> Cues:
    width, height = size
    sheet, placed = cuesheet.cue_sheet(caption, width=width, height=height, fps=fps, frames=frames)
    return Cues(
        sheet=None if sheet is None else keep_picture(sheet),
        cues=tuple(Cue.model_validate(cue, from_attributes=True) for cue in placed),
        caption=caption.text,
        style=caption.style,
        width=width,
        height=height,
    )
