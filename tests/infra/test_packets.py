import numpy as np

from infra.media import encode, packets
from infra.media.audio import encode_aac
from infra.media.encode import new_frame
from infra.media.mux import join


def made(path, frames, level):
    with encode.writer(path, 64, 48, 25, "preview") as writer:
        for index in range(frames):
            frame, planes = new_frame(64, 48)
            for plane in planes:
                plane[:] = np.uint8(level + index)
            writer.write(frame)
    return path


def test_a_master_holds_the_very_packets_of_its_shots(tmp_path):
    shots = [made(tmp_path / "a.mp4", 7, 20), made(tmp_path / "b.mp4", 1, 90), made(tmp_path / "c.mp4", 12, 120)]
    join(shots, 25, None, tmp_path / "film.mp4")
    assert packets.digests(tmp_path / "film.mp4", [7, 1, 12]) == [packets.digest_of(shot) for shot in shots]


def test_other_pictures_have_another_digest(tmp_path):
    same = [packets.digest_of(made(tmp_path / f"{n}.mp4", 5, 40)) for n in range(2)]
    assert same[0] == same[1] != packets.digest_of(made(tmp_path / "other.mp4", 5, 41))


def test_the_sound_of_a_master_is_that_of_its_file(tmp_path):
    noise = np.random.default_rng(1).normal(0, 0.1, (2, 24_000, 2)).astype(np.float32)
    for name, samples in zip("ab", noise, strict=True):
        encode_aac([samples], tmp_path / f"{name}.m4a")
        join([made(tmp_path / "shot.mp4", 12, 20)], 25, tmp_path / f"{name}.m4a", tmp_path / f"{name}.mp4")
    found = [packets.digest_of_sound(tmp_path / f"{name}.mp4") for name in "ab"]
    assert len(set(found)) == 2
    assert all(len(digest) == 64 for digest in found)
    assert packets.digest_of_sound(tmp_path / "shot.mp4") == ""
