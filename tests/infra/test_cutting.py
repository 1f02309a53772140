"""Shots cut from a film are, packet for packet, the shots it was joined from."""

import av
import pytest
from flashes import flash_film

from infra.errors import BadInput
from infra.media.cutting import cut_shots
from infra.media.packets import digest_of

LENGTHS = (15, 1, 160, 2, 20)


@pytest.mark.parametrize("quality", ["preview", "standard"])
def test_the_shots_come_back(tmp_path, quality):
    film, _ = flash_film(tmp_path, 24, LENGTHS, quality)
    outs = [tmp_path / f"cut{n}.mp4" for n in range(len(LENGTHS))]
    cut_shots(film, LENGTHS, outs)
    for number, (out, frames) in enumerate(zip(outs, LENGTHS, strict=True)):
        assert digest_of(out) == digest_of(tmp_path / f"shot{number}.mp4")
        with av.open(str(out)) as cut:
            assert [round(frame.time * 24) for frame in cut.decode(video=0)] == list(range(frames))


def test_only_what_is_asked_for_is_cut(tmp_path):
    film, _ = flash_film(tmp_path, 24, LENGTHS)
    cut_shots(film, LENGTHS, [None, None, None, tmp_path / "cut.mp4", None])
    assert digest_of(tmp_path / "cut.mp4") == digest_of(tmp_path / "shot3.mp4")


@pytest.mark.parametrize("lengths", [(14, 2), (15, 1, 160, 2, 21)])
def test_another_film_is_refused(tmp_path, lengths):
    film, _ = flash_film(tmp_path, 24, LENGTHS)
    with pytest.raises(BadInput, match="not the film of this manifest"):
        cut_shots(film, lengths, [tmp_path / "out" / f"{n}.mp4" if n else None for n in range(len(lengths))])
