"""WebM has every frame at its time, the film's colours, and sound and captions in step."""

from fractions import Fraction

import av
import numpy as np
import pytest
from flashes import apart_ms, av1_film, clicks_of, flash_film, flashes_of, played

from infra.errors import BadInput, PackageMissing, UnknownName
from infra.media.packets import digest_of
from infra.media.probe import frames_at, probe
from infra.media.webm import export_webm

VTT = """WEBVTT Bees

1
00:00:00.500 --> 00:00:01.500
Bees &amp; <00:00:01.000>flowers

2
00:00:02.000 --> 00:00:03.000
花
"""
LENGTHS = (15, 3, 40, 3, 20)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return flash_film(tmp_path_factory.mktemp("webm"), 30, LENGTHS)


@pytest.mark.parametrize("encoder", ["libsvtav1", "libvpx-vp9"])
def test_every_frame_is_there_and_meets_its_sound(film, tmp_path, encoder):
    source, times = film
    out = tmp_path / "film.webm"
    assert export_webm(source, out, quality="preview", encoders=("absent", encoder)) == encoder
    for way in (out, played(out, tmp_path)):
        frames, flashes = flashes_of(way)
        assert [round(at * 30) for at in frames] == list(range(sum(LENGTHS)))
        assert flashes == pytest.approx(times, abs=1e-3)
        assert max(map(abs, apart_ms(way))) < 2
        assert clicks_of(way)[1] == pytest.approx(sum(LENGTHS) * 1600, abs=1024)


def test_colours_and_tags_are_the_films(film, tmp_path):
    export_webm(film[0], tmp_path / "film.webm", language="zh", title="蜜蜂 & bees")
    facts = probe(tmp_path / "film.webm")
    assert (facts.video_codec, facts.audio_codec, facts.audio_rate) == ("av1", "opus", 48000)
    assert (facts.width, facts.height, facts.fps, facts.frames) == (160, 96, Fraction(30), sum(LENGTHS))
    assert (facts.matrix, facts.primaries, facts.transfer, facts.limited_range) == (1, 1, 1, True)
    assert facts.tags["title"] == "蜜蜂 & bees"
    times = [0.1, 0.52, 1.5, 2.4]
    for before, after in zip(frames_at(film[0], times), frames_at(tmp_path / "film.webm", times), strict=True):
        assert np.abs(before.astype(int) - after.astype(int)).mean() < 4
    with av.open(str(tmp_path / "film.webm")) as read:
        assert read.streams.audio[0].metadata["language"] == "zho"


def test_captions_are_a_track(film, tmp_path):
    export_webm(film[0], tmp_path / "film.webm", quality="preview", captions=VTT)
    with av.open(str(tmp_path / "film.webm")) as read:
        track = read.streams.subtitles[0]
        assert (track.codec_context.name, track.metadata["language"]) == ("webvtt", "eng")
        cues = [(p.pts * p.time_base, p.duration * p.time_base, bytes(p).decode()) for p in read.demux(track) if p.size]
    assert cues == [
        (Fraction(1, 2), 1, "Bees &amp; <00:00:01.000>flowers"),
        (2, 1, "花"),
    ]


def test_av1_is_copied(film, tmp_path):
    source = av1_film(film[0], tmp_path / "av1.mp4")
    assert export_webm(source, tmp_path / "film.webm", encoders=()) == "copied"
    assert digest_of(tmp_path / "film.webm") == digest_of(source)
    assert max(map(abs, apart_ms(tmp_path / "film.webm"))) < 2


def test_what_cannot_be_is_told_and_leaves_nothing(film, tmp_path):
    out = tmp_path / "out" / "film.webm"
    with pytest.raises(UnknownName, match="quality tier"):
        export_webm(film[0], out, quality="fine")
    with pytest.raises(PackageMissing, match="absent"):
        export_webm(film[0], out, encoders=("absent",))
    (tmp_path / "words.mp4").write_text("words")
    with pytest.raises(BadInput, match="not a film"):
        export_webm(tmp_path / "words.mp4", out)
    assert not out.parent.exists() or not list(out.parent.iterdir())


def test_frames_are_told_as_they_are_done(film, tmp_path):
    told = []
    export_webm(film[0], tmp_path / "film.webm", quality="preview", on_frame=told.append)
    assert told == list(range(sum(LENGTHS)))
