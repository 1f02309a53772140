"""What a listener gets: the sound of a finished file, decoded as a player would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError

from infra.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from infra.engines import Samples


def sound_of(path: Path) -> tuple[Samples, int]:
    """The decoded sound of *path*, (n, channels) float32 ±1, and its rate; priming is skipped as the edit list says.

    Raises:
        BadInput: the file cannot be read or has no sound.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            blocks = [frame.to_ndarray() for frame in container.decode(stream)]
            rate = int(stream.rate or 0)
    except (FFmpegError, OSError, IndexError) as error:
        raise BadInput(
            f"{path.name} has no sound that can be read: {error}.", "Give an MP4, M4A or WAV file."
        ) from error
    return np.ascontiguousarray(np.concatenate(blocks, axis=1).T, dtype=np.float32), rate
