"""The user's own media become frames of the storyboard; each is taken once."""

import io

import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput, UnknownName
from infra.media import encode
from infra.media.encode import new_frame
from infra.media.stills import read_still
from tasks import media as own
from tasks.assets import keep, path_of
from tasks.media import keep_media, take_media
from tasks.schema import Media

RED, BLUE = (200, 40, 30), (30, 60, 200)
SIZE = (160, 90)


def picture(path, width=64, height=48, **options):
    pixels = np.full((height, width, 3), BLUE, np.uint8)
    pixels[: height // 2] = RED
    Image.fromarray(pixels).save(path, **options)
    return path


def clip(path, frames=20):
    """Frames that grow lighter."""
    with encode.writer(path, 96, 64, 30, "best") as writer:
        for index in range(frames):
            frame, (luma, blue, red) = new_frame(96, 64)
            luma[:], blue[:], red[:] = 40 + 8 * index, 128, 128
            writer.write(frame)
    return path


def taken(media, size=SIZE):
    return own._taken(media, size)


def near(pixels, colour, within=4):
    return np.abs(np.asarray(pixels, int).reshape(-1, 3) - colour).max() <= within


def test_it_is_kept_by_what_it_is(home, tmp_path):
    assert keep_media(picture(tmp_path / "a.mp4", format="PNG")).media_type == "image/png"
    kept = keep_media(clip(tmp_path / "b.mp4"))
    assert kept.media_type == "video/mp4"
    assert path_of(kept).read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_what_is_damaged_is_refused_by_its_own_name(home, tmp_path):
    whole = io.BytesIO()
    picture(whole, format="JPEG")
    (tmp_path / "holiday.jpg").write_bytes(whole.getvalue()[:500])
    with pytest.raises(BadInput, match=r"holiday\.jpg is damaged"):
        keep_media(tmp_path / "holiday.jpg")
    whole = clip(tmp_path / "whole.mov").read_bytes()
    (tmp_path / "dance.mov").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=r"dance\.mov cannot be read as a clip"):
        keep_media(tmp_path / "dance.mov")
    assert not list((home / "store").glob("??/*"))


def test_a_picture_becomes_a_frame(home, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 3
    media = Media(asset=keep_media(picture(tmp_path / "a.jpg", exif=exif, quality=95)))
    frame = taken(media)
    pixels = read_still(path_of(frame.asset))
    assert (frame.width, frame.height) == (64, 48) == pixels.shape[1::-1]  # never larger than it was
    assert near(pixels[:18], BLUE)
    assert near(pixels[30:], RED)
    assert frame.footage is None
    assert frame.layers == frame.shows == ()


def test_a_large_picture_is_brought_to_what_the_camera_needs(home, tmp_path):
    media = Media(asset=keep_media(picture(tmp_path / "a.png", 2000, 3000)))
    frame = taken(media)
    assert frame.width == round(160 * 1.178)
    assert abs(frame.height - frame.width * 1.5) <= 1
    assert read_still(path_of(frame.asset)).shape == (frame.height, frame.width, 3)


def test_the_focus_is_where_the_thing_is(home, tmp_path):
    pixels = np.full((900, 600, 3), 120, np.uint8)
    pixels[620:700, 380:460] = (230, 80, 40)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    frame = taken(Media(asset=keep_media(tmp_path / "a.png")))
    assert np.abs(np.subtract(frame.focus, (0.7, 0.733))).max() < 0.05


def test_effects_are_applied_to_pictures(home, tmp_path):
    asset = keep_media(picture(tmp_path / "a.png"))
    inverted = read_still(path_of(taken(Media(asset=asset, effects=("invert",))).asset))
    assert near(inverted[:18], 255 - np.array(RED))
    with pytest.raises(BadInput, match="no time for 'slow_motion'"):
        taken(Media(asset=asset, effects=("slow_motion",)))
    with pytest.raises(BadInput, match=r"A picture cannot be shown from 2 s on"):
        taken(Media(asset=asset, start_s=2))


def test_a_clip_becomes_its_first_frame(home, tmp_path):
    media = Media(asset=keep_media(clip(tmp_path / "a.mp4")), start_s=10 / 30, volume=0.5, effects=("mirror",))
    frame = taken(media)
    pixels = read_still(path_of(frame.asset))
    assert frame.footage == media
    assert (frame.width, frame.height) == SIZE == pixels.shape[1::-1]
    assert near(pixels, ((40 + 80 - 16) * 255 / 219,) * 3)


def test_a_clip_that_is_over_says_how_long_it_was(home, tmp_path):
    asset = keep_media(clip(tmp_path / "a.mp4"))
    with pytest.raises(BadInput, match=r"lasts 0\.67 s and cannot be shown from 3 s on"):
        taken(Media(asset=asset, start_s=3))


def test_a_clip_that_breaks_off_is_named_before_it_is_rendered(home, tmp_path, caplog):
    import av

    whole = tmp_path / "whole.mp4"
    noise = np.random.default_rng(1)
    with av.open(str(whole), "w", options={"movflags": "+faststart"}) as target:
        stream = target.add_stream("libx264", rate=10, options={"g": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(30):
            pixels = noise.integers(0, 255, (48, 64, 3), np.uint8)
            target.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        target.mux(stream.encode(None))
    data = whole.read_bytes()
    (tmp_path / "half.mp4").write_bytes(data[: len(data) // 2])
    taken(Media(asset=keep_media(tmp_path / "half.mp4")))
    assert "half.mp4 should last 3.00 s and ends at 1." in caplog.text


def test_a_song_is_not_shown(home, tmp_path):
    (tmp_path / "a").write_bytes(b"sound")
    with pytest.raises(BadInput, match="A file of audio cannot be shown"):
        taken(Media(asset=keep(tmp_path / "a", "audio/mpeg")))


def test_an_unknown_effect_is_refused_by_name():
    from infra.media.effects import on_picture

    with pytest.raises(UnknownName, match="'sepia'"):
        on_picture(np.zeros((4, 4, 3), np.uint8), ("sepia",))


def test_every_effect_of_the_schema_exists(home, tmp_path):
    from typing import get_args

    from infra.media import effects
    from tasks.schema import Effect

    assert set(get_args(Effect)) == {*effects.LOOKS, *effects.SPEEDS}


def test_the_key_names_what_decides(home, tmp_path):
    asset = keep_media(picture(tmp_path / "a.png"))
    keys = {
        take_media.key(Media(asset=asset), SIZE),
        take_media.key(Media(asset=asset), (90, 160)),
        take_media.key(Media(asset=asset, effects=("invert",)), SIZE),
    }
    assert len(keys) == 3
    for library in ("pillow-", "av-", "moviepy-", "cv2-", "hdr-1"):
        assert library in take_media.recipe


async def test_it_is_taken_once(prefect_server, tmp_path, caplog):
    from prefect import flow

    from infra import events

    asset = keep_media(picture(tmp_path / "a.png", 64, 50))

    @flow
    async def twice():
        return [await take_media(Media(asset=asset), SIZE) for _ in range(2)]

    kinds = []
    with events.listening(lambda event: kinds.append(event.kind)):
        one, two = await twice()
    assert one == two
    assert kinds.count("frame.taken") == 1
