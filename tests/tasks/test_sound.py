"""The sound of a film, made of a timeline: bed, narration, the user's song and clips; measured as decoded."""

import numpy as np
import pytest
from sounds import RATE, level_db, music, sine, song, speech, written

from infra.errors import BadInput
from infra.media import listen
from infra.media.audio import write_flac
from tasks.assets import keep, path_of
from tasks.master import Footage, Voice, footage_in, mix_sound
from tasks.music import hear_music, loop_bed
from tasks.schema import Asset, Bed, Clip, Frame, Media, Shot, Timeline


@pytest.fixture
def kept(home, tmp_path):
    def make(sound, name):
        path = tmp_path / name
        if path.suffix == ".flac":
            write_flac(path, sound, RATE)
        else:
            written(path, sound)
        return keep(path, "audio/flac")

    return make


@pytest.fixture
def bed(kept):
    return Bed(asset=kept(music(6), "bed.flac"), bpm=120, beats=12)


def decoded(sound):
    return listen.sound_of(path_of(sound.asset))[0]


async def test_a_mix_is_measured_as_it_is_heard(kept, bed):
    voice = Voice(clip=kept(speech(2), "v.flac"), start_s=1.5)
    sound = await mix_sound.body((voice,), bed, 6.0)
    assert sound.loudness_lufs == pytest.approx(-14, abs=0.2)
    assert sound.true_peak_dbtp <= -1
    assert len(decoded(sound)) == pytest.approx(6 * RATE, abs=1024)
    assert sound == await mix_sound.body((voice,), bed, 6.0)


async def test_silent_narration_is_refused(kept, bed):
    with pytest.raises(BadInput, match="silent"):
        await mix_sound.body((Voice(clip=kept(np.zeros(RATE, np.float32), "v.flac"), start_s=1.5),), bed, 6.0)


async def test_a_clip_without_sound_is_named(kept, bed, tmp_path):
    (tmp_path / "mute.mp4").write_bytes(b"no film")
    mute = keep(tmp_path / "mute.mp4", "video/mp4")
    part = Footage(asset=mute, from_s=0, start_s=0, seconds=2, volume=1)
    with pytest.raises(BadInput, match=f"{mute.sha256[:12]}.*no sound"):
        await mix_sound.body((), bed, 6.0, (part,))


async def test_footage_is_heard_and_belongs_to_the_key(kept, bed):
    tone = kept(sine(2500, -10, 4), "clip.wav")
    part = Footage(asset=tone, from_s=0.5, start_s=2, seconds=2, volume=0.8)
    heard = decoded(await mix_sound.body((), bed, 6.0, (part,)))

    def tone_db(start_s):
        spectrum = np.fft.rfft(heard[round(start_s * RATE) : round((start_s + 1) * RATE), 0])
        spectrum[np.fft.rfftfreq(RATE, 1 / RATE) < 2000] = 0
        return level_db(np.fft.irfft(spectrum))

    assert tone_db(2.5) > max(tone_db(0.5), tone_db(4.5)) + 30
    keys = {
        mix_sound.key((), bed, 6.0, parts)
        for parts in ((), (part,), (part.model_copy(update={"volume": 0.5}),), (part.model_copy(update={"from_s": 0}),))
    }
    assert len(keys) == 4


async def test_a_song_takes_the_place_of_the_bed(kept):
    asset = kept(song(120, 8), "song.wav")
    bed = await loop_bed.body(asset, await hear_music.body(asset), 24)
    sound = await mix_sound.body((), bed, 12.0)
    assert sound.loudness_lufs == pytest.approx(-14, abs=0.2)


def test_footage_lies_under_its_shots():
    asset = Asset(sha256="0" * 64, media_type="video/mp4", size_bytes=1)
    clip = Clip(asset=asset, duration_ms=500, voice="v", pace=1, words=())

    def shot(number, media):
        frame = Frame(asset=asset, width=16, height=16, footage=media)
        return Shot(
            segment=f"s{number}", beats=4, motion="hold", transition="cut", transition_frames=0, lead_ms=300,
            caption="c", frame=frame, clip=clip,
        )  # fmt: skip

    shots = (
        shot(1, None),
        shot(2, Media(asset=asset, start_s=1.5, volume=0.5)),
        shot(3, Media(asset=asset)),
        shot(4, Media(asset=asset, volume=1)),
    )
    timeline = Timeline(width=16, height=16, fps=30, bpm=97, language="en", shots=shots)
    first, second = footage_in(timeline)
    assert first == Footage(
        asset=asset,
        from_s=1.5,
        start_s=timeline.cut(1) / 30,
        seconds=(timeline.cut(2) - timeline.cut(1)) / 30,
        volume=0.5,
    )
    assert (second.start_s, second.volume) == (timeline.cut(3) / 30, 1)
