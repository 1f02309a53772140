"""A teaser shows the film's liveliest moments in few bytes, and begins again for ever."""

import hashlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput
from infra.media.mux import join
from infra.media.probe import frames_at
from infra.media.shots import ShotSpec, Still, render_shot
from infra.media.teaser import LIMITS, Span, export_teaser, moments, vividness

SHOT_S, SIZE = 2.0, (640, 360)
VIVID = (1, 2, 4, 7)
"""Of the eight shots those that are colourful: one in each quarter."""


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Eight shots of two seconds, in grey but for some, with a moving edge in each."""
    folder, shots = tmp_path_factory.mktemp("teaser"), []
    for index in range(8):
        picture = np.full((SIZE[1], SIZE[0], 3), 90 + 5 * index, np.uint8)
        if index in VIVID:
            picture[:, : SIZE[0] // 2] = cv2.applyColorMap(np.array([[index * 32]], np.uint8), cv2.COLORMAP_HSV)[0, 0]
        path = folder / f"{index}.png"
        cv2.imwrite(str(path), picture)
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        shots.append(folder / f"{index}.mp4")
        frames = round(SHOT_S * 25)
        render_shot(
            ShotSpec(*SIZE, 25, frames, Still(sha, "pan_right", frames), quality="preview"), {sha: path}, shots[-1]
        )
    join(shots, 25, None, folder / "film.mp4")
    return folder / "film.mp4"


@pytest.fixture(scope="module")
def spans():
    return [Span(index * SHOT_S, (index + 1) * SHOT_S) for index in range(8)]


def test_the_liveliest_of_each_quarter_is_chosen(film, spans):
    chosen = moments(film, spans)
    assert [round(span.start_s / SHOT_S) for span in chosen] == list(VIVID)
    assert sum(span.end_s - span.start_s for span in chosen) <= 6
    assert moments(film, spans) == chosen
    assert [span.start_s for span in moments(film, spans[:2])] == [0, 2]
    with pytest.raises(BadInput, match="at least one"):
        moments(film, [])


def test_colour_is_livelier_than_grey():
    grey = np.full((40, 40, 3), 128, np.uint8)
    bright = grey.copy()
    bright[:20] = (250, 40, 40)
    assert vividness(bright) > vividness(grey) + 20


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_a_teaser_loops_evenly_and_shows_the_film(film, spans, tmp_path, form):
    chosen, out = moments(film, spans), tmp_path / f"teaser.{form}"
    take = export_teaser(film, chosen, out, form)
    assert (take.width, take.fps) == (480, Fraction(25, 2))
    assert out.stat().st_size <= LIMITS[form]
    with Image.open(out) as picture:
        assert picture.format == form.upper()
        assert picture.size == (480, 270)
        assert picture.info["loop"] == 0
        frames, delays = [], []
        for index in range(picture.n_frames):
            picture.seek(index)
            frames.append(np.asarray(picture.convert("RGB")).astype(int))
            delays.append(picture.info["duration"])
    assert set(delays) == {80}
    assert sum(delays) <= 6000
    assert len(frames) == 4 * 18
    for number, span in enumerate(chosen):
        wanted = cv2.resize(next(frames_at(film, [span.start_s])), (480, 270), interpolation=cv2.INTER_AREA)
        assert np.abs(frames[number * 18] - wanted).mean() < 5


def test_the_same_film_gives_the_same_teaser(film, spans, tmp_path):
    for form in ("gif", "webp"):
        for name in "ab":
            export_teaser(film, spans[1:3], tmp_path / f"{name}.{form}", form)
        assert (tmp_path / f"a.{form}").read_bytes() == (tmp_path / f"b.{form}").read_bytes()


@pytest.mark.parametrize("form", ["gif", "webp"])
def test_what_is_too_large_is_made_coarser_until_it_fits(film, spans, tmp_path, form):
    out = tmp_path / f"teaser.{form}"
    first = export_teaser(film, spans[1:2], out, form)
    size = out.stat().st_size
    second = export_teaser(film, spans[1:2], out, form, limit_bytes=size - 1)
    assert out.stat().st_size < size
    assert second != first
    with pytest.raises(BadInput, match="fits 100 bytes"):
        export_teaser(film, spans[1:2], out, form, limit_bytes=100)
    assert out.stat().st_size < size
