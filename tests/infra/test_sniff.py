"""A file is what its bytes say, whatever its name."""

import av
import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput
from infra.media import encode
from infra.media.encode import new_frame
from infra.media.sniff import media_type


def test_pictures_by_their_bytes(tmp_path):
    for suffix in ("jpeg", "png", "webp", "avif", "gif", "tiff", "bmp"):
        Image.new("RGB", (8, 8), (200, 40, 30)).save(tmp_path / "mislabelled.mp4", suffix)
        assert media_type(tmp_path / "mislabelled.mp4") == f"image/{suffix}"


def test_clips_and_sounds_by_their_bytes(tmp_path):
    clip = tmp_path / "clip.jpg"
    with encode.writer(clip, 32, 32, 30, "preview") as writer:
        frame, planes = new_frame(32, 32)
        for plane in planes:
            plane[:] = 128
        writer.write(frame)
    assert media_type(clip) == "video/mp4"
    for container, codec, kind in (("wav", "pcm_s16le", "wav"), ("mp3", "libmp3lame", "mpeg"), ("flac", "flac", "flac"),
                                   ("ogg", "libopus", "ogg"), ("ipod", "aac", "mp4")):  # fmt: skip
        write_sound(tmp_path / "sound", container, codec)
        assert media_type(tmp_path / "sound") == f"audio/{kind}"


def write_sound(path, container, codec, cover=None):
    with av.open(str(path), "w", format=container) as target:
        track = target.add_stream(codec, rate=48000, layout="stereo")
        if cover:
            picture = target.add_stream("mjpeg")
            picture.width, picture.height, picture.pix_fmt = 32, 32, "yuvj420p"
            picture.disposition = av.stream.Disposition.attached_pic
        resampler = av.AudioResampler(format=track.format, layout="stereo", frame_size=track.frame_size or 1024)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 4096), np.float32), "fltp", "stereo")
        silence.sample_rate = 48000
        if cover:
            target.mux(picture.encode(av.VideoFrame(32, 32, "yuvj420p")))
        for frame in resampler.resample(silence):
            target.mux(track.encode(frame))
        target.mux(track.encode(None))


def test_a_song_with_a_cover_is_a_song(tmp_path):
    write_sound(tmp_path / "song", "mp3", "libmp3lame", cover=True)
    with av.open(str(tmp_path / "song")) as song:
        assert song.streams.video
    assert media_type(tmp_path / "song") == "audio/mpeg"


def test_what_it_is_not_is_said(tmp_path):
    (tmp_path / "notes.txt").write_text("just words")
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(100))
    with pytest.raises(BadInput, match=r"notes\.txt"):
        media_type(tmp_path / "notes.txt")
    with pytest.raises(BadInput, match=r"phone\.jpg is a HEIC picture.*Save it as JPEG"):
        media_type(tmp_path / "phone.jpg")
    with pytest.raises(BadInput, match="is a folder"):
        media_type(tmp_path)
