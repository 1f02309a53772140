import numpy as np

from infra.media import packets
from infra.media.encode import new_frame, writer
from infra.media.mux import join


def made(path, frames, level):
    with writer(path, 64, 48, 25, "preview") as taker:
        for index in range(frames):
            frame, planes = new_frame(64, 48)
            for plane in planes:
                plane[:] = np.uint8(level + index)
            taker.write(frame)
    return path


def test_a_master_holds_the_very_packets_of_its_shots(tmp_path):
    shots = [made(tmp_path / "a.mp4", 7, 20), made(tmp_path / "b.mp4", 1, 90), made(tmp_path / "c.mp4", 12, 120)]
    join(shots, 25, None, tmp_path / "film.mp4")
    assert packets.digests(tmp_path / "film.mp4", [7, 1, 12]) == [packets.digest_of(shot) for shot in shots]


def test_other_pictures_have_another_digest(tmp_path):
    same = [packets.digest_of(made(tmp_path / f"{n}.mp4", 5, 40)) for n in range(2)]
    assert same[0] == same[1] != packets.digest_of(made(tmp_path / "other.mp4", 5, 41))
