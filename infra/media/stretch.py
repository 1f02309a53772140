"""Speech made a little faster or slower without another pitch: Signalsmith Stretch."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

import numpy as np

from infra.errors import BadInput
from infra.media.tape import smooth

if TYPE_CHECKING:
    from infra.engines import Samples

IDENTITY = f"python-stretch-{importlib.metadata.version('python-stretch')}"
SLOWEST, FASTEST = 0.92, 1.08
PAD_S = 0.15
"""Silence before and after: the first and last blocks would lack what surrounds them."""
EDGE_S = 0.003


def stretched(speech: Samples, rate: int, pace: float) -> Samples:
    """Mono *speech* at *pace* (1.08 is 8 % faster): exactly `round(n / pace)` samples, each moment at its time.

    Raises:
        BadInput: *pace* is beyond 0.92 to 1.08, or *speech* is not mono.
    """
    if not SLOWEST <= pace <= FASTEST or speech.ndim != 1:
        raise BadInput(
            f"Speech of shape {speech.shape} cannot be brought to pace {pace:g}.",
            f"Give mono speech and a pace from {SLOWEST} to {FASTEST}.",
        )
    from python_stretch import Signalsmith

    size, pad = round(len(speech) / pace), round(PAD_S * rate)
    machine = Signalsmith.Stretch()
    machine.preset(1, rate)
    machine.setTimeFactor(pace)
    padded = np.pad(speech.astype(np.float32), pad)[None]
    start = round(pad / pace)
    out = np.asarray(machine.process(padded), np.float32)[0, start : start + size]
    edge = min(round(EDGE_S * rate), size // 2)
    ramp = smooth(np.linspace(0, 1, edge, dtype=np.float32))
    out[:edge] *= ramp
    out[size - edge :] *= ramp[::-1]
    return out
