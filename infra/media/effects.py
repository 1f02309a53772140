"""What may be done to a user's own pictures and clips: names for effects of moviepy."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from infra.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.engines import Pixels

IDENTITY = f"effects-1+moviepy-{version('moviepy')}"
"""What decides how an effect looks; part of the identity of every shot that has one."""
SPEEDS = {"slow_motion": 0.5, "speed_up": 2.0}
"""Effects in time: how fast a clip then runs."""
LOOKS: dict[str, tuple[str, dict[str, Any]]] = {
    "black_and_white": ("BlackAndWhite", {"RGB": "CRT_phosphor"}),
    "mirror": ("MirrorX", {}),
    "invert": ("InvertColors", {}),
    "brighten": ("GammaCorrection", {"gamma": 0.75}),
    "darken": ("GammaCorrection", {"gamma": 1.35}),
    "paint": ("Painting", {"saturation": 1.1}),
}
"""Effects on each frame: moviepy's class and what it is given. Gamma keeps black black and white white."""


def applied(clip: Any, names: Sequence[str]) -> Any:
    """The moviepy *clip* with those effects, in order.

    Raises:
        UnknownName: there is no such effect.
    """
    from moviepy import vfx

    return clip.with_effects([_effect(vfx, name) for name in names])


def on_picture(pixels: Pixels, names: Sequence[str]) -> Pixels:
    """(h, w, 3) sRGB with those effects, in order.

    Raises:
        BadInput: an effect is one in time.
        UnknownName: there is no such effect.
    """
    if not names:
        return pixels
    from moviepy import ImageClip

    still = next((name for name in names if name in SPEEDS), None)
    if still:
        raise BadInput(f"A picture has no time for {still!r}.", "Give that effect to a clip, or leave it away.")
    return np.ascontiguousarray(applied(ImageClip(pixels), names).get_frame(0), np.uint8)


def _effect(vfx: Any, name: str) -> Any:
    if name in SPEEDS:
        return vfx.MultiplySpeed(SPEEDS[name])
    if name not in LOOKS:
        raise UnknownName("effect", name, [*LOOKS, *SPEEDS])
    kind, options = LOOKS[name]
    return getattr(vfx, kind)(**options)
