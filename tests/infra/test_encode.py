"""Every encoder's files join by copied packets and decode frame by frame; one that is absent says what to do."""

import av
import numpy as np
import pytest

from infra.errors import PackageMissing, UnknownName
from infra.media import encode
from infra.media.encode import ENCODERS, Encoder, identity, new_frame, planes_of, require, writer
from infra.media.mux import join

SIZE = (160, 96)


def installed(encoder):
    try:
        require(encoder)
    except PackageMissing:
        return False
    return True


@pytest.fixture(params=list(ENCODERS))
def encoder(request):
    if not installed(request.param):
        pytest.skip(f"{request.param} cannot be opened on this machine")
    return request.param


def write(path, levels, encoder, quality="standard"):
    """One frame of each of the grey *levels*."""
    with writer(path, *SIZE, 30, quality, encoder) as taker:
        frame, planes = new_frame(*SIZE)
        for level in levels:
            for plane, grey in zip(planes, (level, 128, 128), strict=True):
                plane[:] = grey
            taker.write(frame)
    return path


def levels_of(path):
    with av.open(str(path)) as film:
        return [float(planes_of(frame)[0].mean()) for frame in film.decode(video=0)]


@pytest.mark.parametrize("quality", ["preview", "standard", "best"])
def test_joined_shots_decode_to_every_frame_in_order(tmp_path, encoder, quality):
    runs = [list(range(40, 160, 4)), [200], [90, 60, 180], list(range(220, 120, -5))]
    shots = [write(tmp_path / f"{index}.mp4", run, encoder, quality) for index, run in enumerate(runs)]
    frames = join(shots, 30, None, tmp_path / "film.mp4")
    wanted = [level for run in runs for level in run]
    seen = levels_of(tmp_path / "film.mp4")
    assert frames == len(seen) == len(wanted)
    assert np.abs(np.array(seen) - wanted).max() < 6
    with av.open(str(tmp_path / "film.mp4")) as film:
        times = [frame.time for frame in film.decode(video=0)]
    assert np.allclose(times, np.arange(frames) / 30, atol=1e-4)


def test_av1_is_decoded_in_the_order_in_which_it_is_shown(tmp_path):
    if not installed("svtav1"):
        pytest.skip("svtav1 cannot be opened on this machine")
    shots = [write(tmp_path / f"{index}.mp4", range(40, 100, 3), "svtav1") for index in range(2)]
    join(shots, 30, None, tmp_path / "film.mp4")
    for path in (*shots, tmp_path / "film.mp4"):
        with av.open(str(path)) as film:
            packets = [packet for packet in film.demux(video=0) if packet.size]
            assert all(packet.pts == packet.dts for packet in packets)
            assert packets[0].is_keyframe
            assert film.streams.video[0].codec_context.codec.canonical_name == "av1"


def test_the_same_frames_give_the_same_bytes(tmp_path, encoder):
    paths = [write(tmp_path / f"{name}.mp4", range(40, 200, 9), encoder) for name in "ab"]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_identities_tell_encoders_and_tiers_apart():
    found = {identity(name, quality) for name in ENCODERS for quality in ("preview", "standard", "best")}
    assert len(found) == 3 * len(ENCODERS)
    assert all(av.__version__ in one for one in found)


def test_an_encoder_that_cannot_be_opened_says_what_to_do(monkeypatch, tmp_path):
    lacking = Encoder("h264_absent", ENCODERS["x264"].tiers, "Ask for the encoder x264.")
    monkeypatch.setattr(encode, "ENCODERS", {"absent": lacking})
    with pytest.raises(PackageMissing, match=r"h264_absent.*Ask for the encoder x264"):
        write(tmp_path / "out" / "a.mp4", [16], "absent")
    assert not (tmp_path / "out").exists()


def test_nvenc_without_a_gpu_names_the_remedy():
    if installed("nvenc"):
        pytest.skip("this machine has NVENC")
    with pytest.raises(PackageMissing, match="NVIDIA GPU"):
        require("nvenc")


def test_unknown_names_are_answered_with_known_ones(tmp_path):
    with pytest.raises(UnknownName, match="svtav1"):
        write(tmp_path / "a.mp4", [16], "svtav2")
    with pytest.raises(UnknownName, match="best"):
        write(tmp_path / "a.mp4", [16], "x264", "beste")
