"""Files hold what was written; AAC keeps length and time."""

import av
import numpy as np
import pytest
from sounds import RATE, level_db, sine, speech

from infra.errors import BadInput
from infra.media import listen
from infra.media.audio import encode_aac, read, resample, seconds_of, write_flac, write_flac_blocks
from infra.media.loudness import highest


def test_flac_holds_what_was_written(tmp_path):
    tone = sine(440, -6, 0.5)
    for name in ("a.flac", "b.flac"):
        write_flac(tmp_path / name, tone, RATE)
    write_flac_blocks(tmp_path / "d.flac", [tone[:1000], tone[1000:]])
    back, rate = read(tmp_path / "a.flac")
    assert rate == RATE
    assert np.abs(back - tone).max() < 2**-22
    assert np.array_equal(read(tmp_path / "d.flac")[0], back)
    assert seconds_of(tmp_path / "a.flac") == 0.5
    assert (tmp_path / "a.flac").read_bytes() == (tmp_path / "b.flac").read_bytes()
    (tmp_path / "c.flac").write_bytes(b"no sound")
    for reader in (read, seconds_of):
        with pytest.raises(BadInput):
            reader(tmp_path / "c.flac")


def test_flac_scales_what_exceeds_full_scale(tmp_path):
    tone = sine(440, 6, 0.2)
    write_flac(tmp_path / "loud.flac", tone, RATE)
    back, _ = read(tmp_path / "loud.flac")
    assert np.abs(back - tone / highest(tone)).max() < 2**-22


def test_resample_keeps_time_and_level():
    tone = sine(440, -6, 1, rate=24000)[:, 0]
    up = resample(tone, 24000, RATE)
    assert len(up) == RATE
    assert level_db(up) == pytest.approx(level_db(tone), abs=0.05)
    assert resample(tone, RATE, RATE) is tone


def test_aac_refuses_mono(tmp_path):
    with pytest.raises(BadInput):
        encode_aac([speech(1)], tmp_path / "a.m4a")


@pytest.mark.parametrize("at_s", [0.0, 0.0101, 1.5, 2.98])
def test_aac_keeps_length_and_time(tmp_path, at_s):
    click = np.zeros((round(3.0217 * RATE), 2), np.float32)
    click[round(at_s * RATE)] = 0.9
    encode_aac([click[:50_000], click[50_000:]], tmp_path / "click.m4a")
    heard, _ = listen.sound_of(tmp_path / "click.m4a")
    assert np.argmax(np.abs(heard[:, 0])) / RATE == pytest.approx(at_s, abs=0.001)
    assert 0 <= len(heard) - len(click) < 1024
    with av.open(str(tmp_path / "click.m4a")) as container:
        assert container.duration / 1e6 == pytest.approx(len(click) / RATE, abs=0.001)
