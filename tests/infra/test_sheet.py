"""The contact sheet shows each shot's frame in reading order, with room for its label."""

import hashlib
import io

import cv2
import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput
from infra.media.mux import join
from infra.media.sheet import Entry, contact_sheet, poster, timecode
from infra.media.shots import ShotSpec, Still, render_shot

COLOURS = [(220, 30, 30), (30, 200, 40), (40, 40, 220), (200, 200, 40), (40, 200, 200)]


@pytest.fixture(scope="module", params=[(192, 108), (108, 192)])
def film(request, tmp_path_factory):
    folder, shots = tmp_path_factory.mktemp("sheet"), []
    width, height = request.param
    for index, colour in enumerate(COLOURS):
        path = folder / f"{index}.png"
        cv2.imwrite(str(path), np.full((height, width, 3), colour[::-1], np.uint8))
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        shots.append(folder / f"{index}.mp4")
        render_shot(ShotSpec(width, height, 30, 6, Still(sha, "hold", 6)), {sha: path}, shots[-1])
    join(shots, 30, None, folder / "film.mp4")
    return folder / "film.mp4", (width, height)


def test_each_shot_is_there_in_order(film):
    path, (width, height) = film
    entries = [Entry(0.2 * k + 0.1, 0.2 * k, f"Shot {k}, a caption that is long " * 4) for k in range(5)]
    image = np.asarray(Image.open(io.BytesIO(contact_sheet(path, entries, width=800)))).astype(int)
    assert image.shape[1] == 800
    centres = []
    for colour in COLOURS:
        rows, columns = np.nonzero((np.abs(image - colour) < 25).all(2))
        assert len(rows) > 2000
        across, down = np.ptp(columns) + 1, np.ptp(rows) + 1
        assert across / down == pytest.approx(width / height, rel=0.05)
        centres.append((round(rows.mean() / 20), columns.mean()))
    assert centres == sorted(centres)
    assert (image.min(2) > 190).sum() > 100  # the labels


def test_the_poster_is_a_frame_in_full_size(film):
    path, size = film
    image = Image.open(io.BytesIO(poster(path, 0.5)))
    assert image.size == size
    assert image.format == "JPEG"
    assert np.abs(np.asarray(image).reshape(-1, 3).mean(0) - COLOURS[2]).max() < 6


def test_timecodes():
    assert [timecode(s) for s in (0, 5.25, 65.44, 599.96)] == ["0:00.0", "0:05.3", "1:05.4", "10:00.0"]


def test_an_empty_sheet_is_refused(film):
    with pytest.raises(BadInput, match="at least one"):
        contact_sheet(film[0], [])
