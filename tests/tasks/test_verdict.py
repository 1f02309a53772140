"""The loudness decides of a film that promises it; one that could not be made louder must be as its manifest says."""

import pytest

from infra.media.loudness import SILENCE_LUFS
from tasks.certificate import Beats, Exact, File, Pictures, Promised, Sound, Starts
from tasks.verdict import _sound


def checks(*, promised, heard):
    """The checks of the sound, by name, of a film of one second."""
    hashed = "0" * 64
    exact = Exact(
        promised=Promised(
            sha256=hashed, content=hashed, width=160, height=90, fps=24, frames=24, duration_ms=1000, bpm=96,
            language="en", loudness_lufs=promised, true_peak_dbtp=-1.5,
        ),
        file=File(title="", sha256=hashed, manifest_sha256=hashed, content=hashed),
        pictures=Pictures(
            decoded=24, packets=24, off_grid=0, broken="", duration_ms=1000, width=160, height=90, fps=24,
            codec="h264", matrix=1, primaries=1, transfer=1, limited_range=True,
        ),
        beats=Beats(bpm=96, cuts=()),
        shots=(),
        sound=Sound(packets_sha256="", duration_ms=1000, rate=48_000, loudness_lufs=heard, true_peak_dbtp=-1.5),
        starts=Starts(video_ms=0, sound_ms=0, offset_ms=0),
    )  # fmt: skip
    return {check.name: check for check in _sound(exact)}


@pytest.mark.parametrize(
    ("promised", "heard", "loudness", "levels"),
    [
        (-14, -14.03, (True, True), True),
        (-14, -14.3, (True, False), False),
        (-14, SILENCE_LUFS, (True, False), False),
        (-19.4, -19.4, (False, False), True),
        (-19.4, -14, (False, True), False),
        (SILENCE_LUFS, SILENCE_LUFS, (False, False), True),
    ],
)
def test_loudness_decides_where_it_is_promised(promised, heard, loudness, levels):
    found = checks(promised=promised, heard=heard)
    assert (found["loudness"].decides, found["loudness"].holds) == loudness
    assert found["levels off the manifest's"].decides
    assert found["levels off the manifest's"].holds == levels
