"""The user's own media: into the store, and from there into the storyboard in place of a drawn picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from infra import events, pools
from infra.errors import BadInput
from infra.media import effects, footage, saliency, stills
from infra.media.footage import Footage
from infra.media.planes import OVERSAMPLING
from infra.media.recording import Recording
from infra.media.sniff import media_type
from tasks.assets import keep, keep_picture, path_of
from tasks.policy import step
from tasks.schema import Frame

if TYPE_CHECKING:
    from pathlib import Path

    from infra.engines import Pixels
    from tasks.schema import Asset, Media

RECIPE = f"media/1+{stills.IDENTITY}+{footage.IDENTITY}+{saliency.IDENTITY}+cv2-{cv2.__version__}"


def keep_media(path: Path) -> Asset:
    """Put the picture, clip or song at *path* into the store; its bytes say what it is, and that it can be read.

    Raises:
        BadInput: it is none of them, or damaged; the file is named.
    """
    kind = media_type(path)
    if kind.startswith("image/"):
        stills.read_still(path, (64, 64))
    elif kind.startswith("video/"):
        _look_at(path)
    return keep(path, kind)


@step(recipe=RECIPE)
async def take_media(media: Media, size: tuple[int, int]) -> Frame:
    """The user's own picture or clip as the frame of a segment of a film whose pictures have *size*.

    A picture becomes upright sRGB, no larger than the camera needs, with its focus where it asks to be looked at. A
    clip becomes its first frame as shown, cropped to the film's shape, and stays at hand as the frame's footage.

    Raises:
        BadInput: it cannot be read, ends before it begins, or is a song.
        UnknownName: there is no such effect.
    """
    frame = await pools.run("image", _taken, media, size)
    events.emit("frame.taken", media=media, frame=frame)
    return frame


def _look_at(path: Path) -> None:
    """Read a clip's first frame and its last; one that ends too early is named in a warning."""
    clip = Recording(path, 64, 64)
    try:
        clip.at(0)
        clip.reader.check_end()
    finally:
        clip.close()


def _taken(media: Media, size: tuple[int, int]) -> Frame:
    match media.asset.media_type.split("/")[0]:
        case "image":
            return _picture(media, size)
        case "video":
            return _clip(media, size)
        case kind:
            raise BadInput(f"A file of {kind} cannot be shown.", "Give a picture or a clip; a song is given as music.")


def _picture(media: Media, size: tuple[int, int]) -> Frame:
    if media.start_s:
        raise BadInput(f"A picture cannot be shown from {media.start_s:g} s on.", "Leave the start away.")
    least = tuple(round(side * OVERSAMPLING) for side in size)
    pixels = stills.read_still(path_of(media.asset), (least[0], least[1]))
    pixels = effects.on_picture(_no_larger(pixels, least[0], least[1]), media.effects)
    return _frame(pixels).model_copy(update={"focus": saliency.focus(pixels)})


def _clip(media: Media, size: tuple[int, int]) -> Frame:
    width, height = size
    clip = Footage(
        path_of(media.asset), start_s=media.start_s, effects=media.effects, width=width, height=height, fps=1
    )
    try:
        pixels = clip.picture(0)
    finally:
        clip.close()
    return _frame(pixels).model_copy(update={"footage": media})


def _no_larger(pixels: Pixels, width: int, height: int) -> Pixels:
    """The picture scaled down until it just covers that size; a smaller one as it is."""
    share = max(width / pixels.shape[1], height / pixels.shape[0])
    if share >= 1:
        return pixels
    to = round(pixels.shape[1] * share), round(pixels.shape[0] * share)
    return cv2.resize(pixels, to, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _frame(pixels: Pixels) -> Frame:
    return Frame(asset=keep_picture(pixels), width=pixels.shape[1], height=pixels.shape[0])
