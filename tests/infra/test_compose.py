"""A finished film and the frames of a shot are moviepy clips: exact, and good for composing on."""

import re
from pathlib import Path

import av
import numpy as np
import pytest
from moviepy import ColorClip, CompositeVideoClip

from infra.errors import BadInput
from infra.media import encode
from infra.media.audio import encode_aac
from infra.media.compose import WRITING, film_clip, scene_clip
from infra.media.encode import new_frame, planes_of
from infra.media.mux import join
from infra.media.planes import to_rgb
from infra.media.probe import probe

FPS, FRAMES = 30, 49


@pytest.fixture
def film(tmp_path):
    """49 frames of a moving edge over a tone, made as every master is."""
    with encode.writer(tmp_path / "shot.mp4", 96, 64, FPS, "standard") as writer:
        for index in range(FRAMES):
            frame, (luma, blue, red) = new_frame(96, 64)
            luma[:], blue[:], red[:] = 60 + index, 110, 150
            luma[:, : 8 + index] = 180
            writer.write(frame)
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(round(FRAMES / FPS * 48000)) / 48000)
    encode_aac([np.repeat(tone[:, None], 2, 1).astype(np.float32)], tmp_path / "sound.m4a")
    join([tmp_path / "shot.mp4"], FPS, tmp_path / "sound.m4a", tmp_path / "film.mp4")
    return tmp_path / "film.mp4"


def decoded(path):
    with av.open(str(path)) as opened:
        return [to_rgb(planes_of(frame)).astype(int) for frame in opened.decode(video=0)]


def test_frame_k_is_the_films_frame_k(film):
    wanted = decoded(film)
    with film_clip(film) as clip:
        assert clip.size == (96, 64)
        assert clip.fps == FPS
        assert clip.n_frames == FRAMES
        seen = [frame.astype(int) for frame in clip.iter_frames()]
        assert len(seen) == FRAMES
        assert max(np.abs(a - b).max() for a, b in zip(seen, wanted, strict=True)) <= 1
        for index in (40, 3, 17):  # in any order
            assert np.abs(clip.get_frame(index / FPS) - wanted[index]).max() <= 1


def test_the_sound_comes_along(film):
    with film_clip(film) as clip:
        times = np.arange(12000, 36000) / 48000
        sound = clip.audio.get_frame(times)
        assert clip.audio.fps == 48000
        assert abs(clip.audio.duration - FRAMES / FPS) < 1e-9
        assert np.abs(sound[:, 0] - 0.3 * np.sin(2 * np.pi * 440 * times)).max() < 0.02


def test_a_film_without_sound_is_silent(film):
    with film_clip(film.parent / "shot.mp4") as clip:
        assert clip.audio is None
        assert clip.n_frames == FRAMES


def test_one_composes_on_in_moviepy(film, tmp_path):
    wanted = decoded(film)
    with film_clip(film) as clip:
        label = ColorClip((20, 10), color=(250, 240, 20)).with_duration(clip.duration).with_position((70, 50))
        both = CompositeVideoClip([clip, label])
        both.write_videofile(str(tmp_path / "both.mp4"), logger=None, bitrate="4000k", **WRITING)
    with av.open(str(tmp_path / "both.mp4")) as made:
        sound = np.concatenate([block.to_ndarray() for block in made.decode(audio=0)], axis=1)
    frames = decoded(tmp_path / "both.mp4")
    facts = probe(tmp_path / "both.mp4")
    assert (facts.matrix, facts.primaries, facts.transfer, facts.limited_range) == (1, 1, 1, True)
    assert facts.audio_codec == "aac"
    assert len(frames) == FRAMES
    assert np.abs(frames[30][4:40, 4:30] - wanted[30][4:40, 4:30]).mean() < 2  # colours stay
    assert np.abs(frames[30][53:57, 74:86] - (250, 240, 20)).mean() < 12
    edge = np.argmax(wanted[30][10, :, 1] < wanted[30][10, 0, 1] - 40)
    assert abs(np.argmax(frames[30][10, :, 1] < frames[30][10, 0, 1] - 40) - edge) <= 1
    assert 0.15 < np.sqrt(np.mean(sound[0, 12000:36000] ** 2)) < 0.27


def test_the_example_of_the_docs_runs(film, tmp_path, monkeypatch):
    page = Path(__file__).parents[2] / "docs" / "own-media.md"
    [code] = re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    (tmp_path / "films" / "bees").mkdir(parents=True)
    film.rename(tmp_path / "films" / "bees" / "film.mp4")
    monkeypatch.chdir(tmp_path)
    exec(compile(code, str(page), "exec"), {})
    assert probe(tmp_path / "films" / "bees" / "titled.mp4").frames == 2 * FPS  # the title outlasts this film


def test_a_scene_is_a_clip_without_encoding():
    class Ramp:
        def draw(self, index, frame):
            frame[0][:], frame[1][:], frame[2][:] = 16 + 4 * index, 128, 128

    clip = scene_clip(Ramp(), 32, 16, fps=24, frames=25)
    assert (clip.size, clip.fps, clip.n_frames) == ((32, 16), 24, 25)
    grey = [frame.mean() for frame in clip.iter_frames()]
    assert np.allclose(grey, np.rint(np.arange(25) * 4 * 255 / 219), atol=1)


def test_what_is_no_film_is_refused(tmp_path):
    (tmp_path / "notes.mp4").write_text("just words")
    with pytest.raises(BadInput, match=r"notes\.mp4"):
        film_clip(tmp_path / "notes.mp4")
