"""A film's frames are found at their times, in their colours."""

import hashlib

import cv2
import numpy as np
import pytest

from infra.errors import BadInput
from infra.media.audio import encode_aac
from infra.media.mux import join
from infra.media.probe import Starts, frame_at, frames_at, probe, starts
from infra.media.shots import ShotSpec, Still, render_shot

COLOURS = [(220, 30, 30), (30, 200, 40), (40, 40, 220)]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Half a second each of red, green and blue, at 30 frames per second."""
    folder, shots = tmp_path_factory.mktemp("film"), []
    for index, colour in enumerate(COLOURS):
        path = folder / f"{index}.png"
        cv2.imwrite(str(path), np.full((90, 160, 3), colour[::-1], np.uint8))
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        shots.append(folder / f"{index}.mp4")
        render_shot(ShotSpec(160, 90, 30, 15, Still(sha, "push", 15)), {sha: path}, shots[-1])
    join(shots, 30, None, folder / "film.mp4")
    return folder / "film.mp4"


@pytest.mark.parametrize(("seconds", "shot"), [(0, 0), (14 / 30, 0), (0.5, 1), (0.9999, 2), (1.0, 2), (9, 2)])
def test_the_frame_at_a_time_is_the_one_shown_then(film, seconds, shot):
    pixels = frame_at(film, seconds)
    assert pixels.shape == (90, 160, 3)
    assert np.abs(pixels.reshape(-1, 3).mean(0) - COLOURS[shot]).max() < 5


def test_frames_come_in_the_order_asked_for(film):
    found = [pixels.reshape(-1, 3).mean(0) for pixels in frames_at(film, [1.2, 0.2, 0.7], width=80)]
    assert all(np.abs(seen - COLOURS[shot]).max() < 5 for seen, shot in zip(found, (2, 0, 1), strict=True))


def test_frames_are_counted(film):
    facts = probe(film)
    assert facts.frames == 45
    assert facts.duration_s == pytest.approx(1.5, abs=0.001)
    assert facts.audio_codec is None


def test_pictures_and_sound_begin_where_a_player_begins(film, tmp_path):
    assert starts(film) == Starts(0.0, None)
    encode_aac([np.zeros((72_000, 2), np.float32)], tmp_path / "sound.m4a")
    join([film], 30, tmp_path / "sound.m4a", tmp_path / "film.mp4")
    assert starts(tmp_path / "film.mp4") == Starts(0.0, 0.0)


def test_a_file_that_is_no_film_is_refused(tmp_path):
    (tmp_path / "note.mp4").write_text("no film")
    for path in (tmp_path / "note.mp4", tmp_path / "absent.mp4"):
        with pytest.raises(BadInput, match=path.name):
            probe(path)
