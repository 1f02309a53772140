"""The user's own song: its beat is heard, its tag is checked, and it fills any number of beats."""

import numpy as np
import pytest
from sounds import RATE, song, speech, written

from infra.errors import BadInput
from infra.media import audio
from tasks.assets import keep, path_of
from tasks.certify import certify
from tasks.music import Tempo, hear_music, loop_bed, tagged_bpm

KINDS = {".wav": "audio/wav", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg"}


@pytest.fixture
def given(home, tmp_path):
    def make(sound, name="song.wav", **tags):
        path = written(tmp_path / name, sound, **tags)
        return keep(path, KINDS[path.suffix])

    return make


async def heard(asset) -> Tempo:
    return await hear_music.body(asset)


@pytest.mark.parametrize("name", ["song.wav", "song.mp3", "song.m4a", "song.ogg"])
async def test_a_song_without_a_tag_is_tracked(given, name):
    tempo = await heard(given(song(112, 20, first_s=0.2), name))
    assert (tempo.source, tempo.beats_per_bar) == ("tracked", 4)
    assert tempo.bpm == pytest.approx(112, rel=0.002)
    assert tempo.first_beat_s % (60 / 112) == pytest.approx(0.2, abs=0.05 if name == "song.mp3" else 0.015)
    assert tempo.duration_ms == pytest.approx(20_000, abs=60)
    assert tempo.confidence > 0.6


@pytest.mark.parametrize(
    ("tag", "source", "bpm"),
    [("112", "tag", 112), ("113", "tag", 112), ("56", "tag", 56), ("140", "tracked", 112), ("fast", "tracked", 112)],
)
async def test_a_tag_is_checked_against_the_sound(given, tag, source, bpm):
    tempo = await heard(given(song(112, 20), "song.mp3", TBPM=tag))
    assert tempo.source == source
    assert tempo.bpm == pytest.approx(bpm, rel=0.002)


async def test_without_a_beat_the_tag_or_the_mood_decides(given):
    noise = np.repeat(0.3 * np.random.default_rng(1).standard_normal((20 * RATE, 1)), 2, axis=1).astype(np.float32)
    tagged = await heard(given(noise, "song.mp3", TBPM="97"))
    assert (tagged.source, tagged.bpm) == ("tag", 97)
    alone = await heard(given(noise))
    assert alone.source == "assumed"
    assert alone.confidence <= 0.5
    assert alone.assuming(84).bpm == 84
    assert tagged.assuming(84).bpm == 97


async def test_what_cannot_be_a_song_is_refused(given, home, tmp_path):
    with pytest.raises(BadInput, match=r"lasts 1\.5 s"):
        await heard(given(song(120, 1.5)))
    with pytest.raises(BadInput, match="silent"):
        await heard(given(np.zeros((3 * RATE, 2), np.float32)))
    (tmp_path / "text.wav").write_text("la la la")
    with pytest.raises(BadInput, match="cannot be heard"):
        await heard(keep(tmp_path / "text.wav", "audio/wav"))


def test_tags_that_name_a_tempo():
    assert tagged_bpm({"bpm": "127,5"}) == 127.5
    assert tagged_bpm({"tmpo": "300"}) == 150
    assert tagged_bpm({"tbpm": "0"}) is None
    assert tagged_bpm({"title": "120"}) is None


@pytest.mark.parametrize(("bpm", "beats"), [(112.0, 20), (97.3, 101)])
async def test_a_bed_has_exactly_its_beats(given, bpm, beats):
    asset = given(song(bpm, 18, first_s=0.3), "song.mp3")
    tempo = await heard(asset)
    bed = await loop_bed.body(asset, tempo, beats)
    samples, rate = audio.read(path_of(bed.asset))
    assert rate == RATE
    assert samples.shape == (round(beats * 60 / tempo.bpm * RATE), 2)
    assert (bed.bpm, bed.beats) == (tempo.bpm, beats)
    assert np.abs(samples).max() <= 1
    again = await heard(bed.asset)
    assert again.bpm == pytest.approx(bpm, rel=0.002)
    assert again.first_beat_s == pytest.approx(0, abs=0.015)
    assert bed == await loop_bed.body(asset, tempo, beats)


async def test_overloud_songs_are_brought_down(given, home, tmp_path):
    import soundfile

    soundfile.write(tmp_path / "loud.wav", 3 * song(120, 8), RATE, subtype="FLOAT")
    asset = keep(tmp_path / "loud.wav", "audio/wav")
    bed = await loop_bed.body(asset, await heard(asset), 40)
    samples, _ = audio.read(path_of(bed.asset))
    assert 0.5 < np.abs(samples).max() < 1


async def test_speech_is_usable_too(given):
    asset = given(np.repeat(speech(6)[:, None], 2, axis=1))
    bed = await loop_bed.body(asset, (await heard(asset)).assuming(100), 30)
    samples, _ = audio.read(path_of(bed.asset))
    assert len(samples) == round(30 * 60 / bed.bpm * RATE)


def test_recipes_name_the_libraries_that_hear_and_write():
    for made_by in (hear_music, loop_bed):
        for library in ("av-", "soxr-", "scipy-", "soundfile-"):
            assert library in made_by.recipe
    for library in ("av-", "numpy-", "scipy-", "cv2-"):
        assert library in certify.recipe
