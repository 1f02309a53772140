"""How one shot gives way to the next: each is drawn over the first frames of the shot that comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from infra.errors import UnknownName
from infra.media.planes import BLACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.media.planes import Plane, Planes

    Drawing = Callable[[Planes], None]

TRANSITIONS = ("cut", "crossfade", "dip", "wipe")
SOFT = 0.04
"""Width of a wipe's edge, as a share of the frame's."""


def check(name: str) -> None:
    """Raise UnknownName unless *name* is one of TRANSITIONS."""
    if name not in TRANSITIONS:
        raise UnknownName("transition", name, TRANSITIONS)


def draw(name: str, share: float, old: Drawing, new: Drawing, frame: Planes, spare: Planes) -> None:
    """Draw into *frame* what is seen when *share* (0 to 1) of the way from *old* to *new* is gone.

    Raises:
        UnknownName: there is no such transition.
    """
    check(name)
    if name == "dip":
        (old if share < 0.5 else new)(frame)
        dim(frame, abs(1 - 2 * share))
        return
    old(frame)
    new(spare)
    (wipe if name == "wipe" else mix)(frame, spare, share)


def mix(frame: Planes, other: Planes, share: float) -> None:
    """Crossfade: *frame* becomes (1 - share) of itself and *share* of *other*."""
    for plane, new in zip(frame, other, strict=True):
        cv2.addWeighted(plane, 1 - share, new, share, 0, dst=plane)


def dim(frame: Planes, light: float) -> None:
    """*frame* keeps *light* of itself; the rest is black."""
    for plane, black in zip(frame, BLACK.tolist(), strict=True):
        cv2.convertScaleAbs(plane, dst=plane, alpha=light, beta=black * (1 - light))


def wipe(frame: Planes, other: Planes, share: float) -> None:
    """*other* comes in from the left behind a soft upright edge."""
    width = frame[0].shape[1]
    edge = (share * (1 + SOFT) - SOFT / 2) * width
    for plane, new in zip(frame, other, strict=True):
        _wipe(plane, new, edge, SOFT * width, width // plane.shape[1])


def _wipe(plane: Plane, new: Plane, edge: float, soft: float, spacing: int) -> None:
    """The edge in luma samples; those of *plane* are *spacing* apart."""
    columns = np.arange(plane.shape[1]) * spacing
    u = np.clip((edge - columns) / soft + 0.5, 0, 1)
    weights = np.rint(256 * u * u * (3 - 2 * u)).astype(np.uint16)
    whole, some = int((weights == 256).sum()), int((weights > 0).sum())
    plane[:, :whole] = new[:, :whole]
    band, share = (slice(None), slice(whole, some)), weights[whole:some]
    plane[band] = (plane[band] * (256 - share) + new[band] * share + np.uint16(128)) >> 8
