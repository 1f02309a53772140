"""Anyone's clip becomes frames of the right time, place and colour; what cannot be read says why."""

import os
import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from infra.errors import BadInput, UnknownName
from infra.media.develop import CHARCOAL, PAPER
from infra.media.footage import Footage, clip_of, fill
from infra.media.planes import BT709, blank, to_rgb
from infra.media.recording import Recording

RED, GREEN, BLUE, WHITE = (200, 40, 30), (20, 160, 40), (30, 60, 200), (235, 235, 235)
LEVELS = [20 + 20 * k for k in range(10)]
LOSSLESS = {"crf": "1", "preset": "ultrafast"}


def write_clip(
    path, frames, codec="libx264", pix_fmt="yuv444p", *, fps=30, times_ms=None, options=LOSSLESS, prepare=None,
    matrix="bt709", sound=None, **context,
):  # fmt: skip
    """A real file of *frames*, (h, w, 3 or 4) RGB of 8 or 16 bits; *context* sets fields of the codec context."""
    with av.open(str(path), "w", options={"movflags": "+faststart"} if path.suffix == ".mp4" else {}) as target:
        stream = target.add_stream(codec, rate=fps, options=options if codec == "libx264" else {})
        stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0], pix_fmt
        for name, value in {"colorspace": 1, "color_primaries": 1, "color_trc": 1, "color_range": 1, **context}.items():
            setattr(stream.codec_context, name, value)
        if times_ms:
            stream.codec_context.time_base = Fraction(1, 1000)
        if prepare:
            prepare(stream)
        track = target.add_stream("aac", rate=48000, layout=sound) if sound else None
        for index, pixels in enumerate(frames):
            layout = {(3, 1): "rgb24", (4, 1): "rgba", (3, 2): "rgb48le"}[pixels.shape[2], pixels.itemsize]
            frame = av.VideoFrame.from_ndarray(pixels, format=layout)
            full = context.get("color_range") == 2
            frame = converted(frame, pix_fmt, matrix, full=full)
            frame.pts = times_ms[index] if times_ms else index
            frame.time_base = Fraction(1, 1000) if times_ms else Fraction(1, fps)
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
        if track:
            channels = len(track.layout.channels)
            for start in range(0, 48000, 1024):
                silence = av.AudioFrame.from_ndarray(np.zeros((channels, 1024), np.float32), "fltp", sound)
                silence.sample_rate, silence.pts, silence.time_base = 48000, start, Fraction(1, 48000)
                target.mux(track.encode(silence))
            target.mux(track.encode(None))
    return path


def converted(frame, pix_fmt, matrix, *, full=False):
    """The frame in that format by ffmpeg's own conversion."""
    graph = av.filter.Graph()
    steps = [
        graph.add_buffer(template=frame, time_base=Fraction(1, 1000)),
        graph.add("scale", f"out_color_matrix={matrix}:out_range={'full' if full else 'limited'}:flags=accurate_rnd"),
        graph.add("format", pix_fmt),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*steps).configure()
    graph.vpush(frame)
    return graph.vpull()


def plain(colour, width=64, height=48):
    return np.full((height, width, len(colour)), colour, np.uint8)


def greys(count, width=64, height=48):
    """Frames that tell their number by their brightness."""
    return [plain((20 + 20 * k,) * 3, width, height) for k in range(count)]


def quarters(width=96, height=64):
    """Red, green / blue, white."""
    pixels = plain(RED, width, height)
    pixels[: height // 2, width // 2 :], pixels[height // 2 :, : width // 2] = GREEN, BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return pixels


def pictures(path, count=1, *, start_s=0.0, effects=(), width=64, height=48, fps=30):
    footage = Footage(path, start_s=start_s, effects=effects, width=width, height=height, fps=fps)
    try:
        return [footage.picture(index).astype(int) for index in range(count)]
    finally:
        footage.close()


def numbers(frames):
    """Which of `greys` each frame is."""
    return [int(np.argmin(np.abs(np.array(LEVELS) - frame.mean()))) for frame in frames]


def near(pixels, colour, within=3):
    return np.abs(np.asarray(pixels, int).reshape(-1, 3) - colour).max() <= within


def pq_code(nits):
    share = (np.asarray(nits) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * share) / (1 + 18.6875 * share)) ** 78.84375


def test_planes_are_what_the_encoder_expects():
    rng, ramp = np.random.default_rng(3), np.linspace(0, 1, 64)
    colours = rng.integers(0, 255, (2, 3))
    pixels = np.rint(colours[0] * (1 - ramp[None, :, None]) + colours[1] * ramp[None, :, None]).astype(np.uint8)
    pixels = np.repeat(pixels, 48, 0)
    frame = blank(64, 48)
    fill(frame, pixels)
    assert np.abs(to_rgb(frame).astype(int) - pixels)[:, 4:-4].max() <= 3
    yuv = pixels.astype(float) @ BT709.T
    assert np.abs(frame[0] - (16 + yuv[..., 0] * 219 / 255)).max() <= 0.51
    for plane, exact in zip(frame[1:], (yuv[..., 1], yuv[..., 2]), strict=True):  # sample k belongs to pixel 2 k
        assert np.abs(plane - (128 + exact[::2, ::2] * 224 / 255))[:, 2:-2].mean() < 0.6


@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "libx264"), ("mkv", "ffv1"), ("avi", "mpeg4"), ("ts", "libx264")]
)
def test_frame_k_is_frame_k(tmp_path, suffix, codec):
    pix_fmt = "yuv420p" if codec == "mpeg4" else "yuv444p"
    path = write_clip(tmp_path / f"a.{suffix}", greys(10), codec, pix_fmt)
    assert numbers(pictures(path, 10)) == list(range(10))
    assert numbers(pictures(path, 4, start_s=5 / 30)) == [5, 6, 7, 8]


def test_it_may_be_wound_back(tmp_path):
    path = write_clip(tmp_path / "a.mp4", greys(10), prepare=lambda s: setattr(s.codec_context, "gop_size", 4))
    footage = Footage(path, start_s=0, effects=(), width=64, height=48, fps=30)
    order = [7, 2, 2, 9, 0, 5, 4]
    assert numbers([footage.picture(index) for index in order]) == order
    footage.close()


def test_another_rate_keeps_the_time(tmp_path):
    path = write_clip(tmp_path / "a.mp4", greys(10), fps=10)
    assert numbers(pictures(path, 30)) == [k // 3 for k in range(30)]
    path = write_clip(tmp_path / "b.mp4", greys(10), fps=60)
    assert numbers(pictures(path, 5)) == [0, 2, 4, 6, 8]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_a_variable_rate_is_read_by_time(tmp_path, suffix):
    times = [0, 40, 200, 233, 500, 900]
    path = write_clip(tmp_path / f"a.{suffix}", greys(6), times_ms=times)
    wanted = [max(i for i, time in enumerate(times) if time <= k * 1000 / 30 + 1) for k in range(32)]
    assert len(set(wanted)) == 6
    assert numbers(pictures(path, 32)) == wanted
    assert numbers(pictures(path, 1, start_s=0.45)) == [3]


def test_the_last_frame_stays(tmp_path, caplog):
    path = write_clip(tmp_path / "a.mp4", greys(5))
    assert numbers(pictures(path, 12)) == [0, 1, 2, 3, 4] + [4] * 7
    assert not caplog.text


def test_a_start_beyond_the_end_names_the_length(tmp_path):
    path = write_clip(tmp_path / "a.mp4", greys(10), fps=10)
    with pytest.raises(BadInput, match=r"a.mp4 lasts 1.00 s and cannot be shown from 1.5 s on. Choose an earlier"):
        pictures(path, start_s=1.5)
    assert numbers(pictures(path, start_s=0.95)) == [9]


@pytest.mark.parametrize(
    ("degrees", "flips", "corners"),  # upper left, upper right, lower left of red, green / blue, white
    [(0, {}, "RGB"), (90, {}, "GWR"), (180, {}, "WBG"), (270, {}, "BRW"), (0, {"hflip": True}, "GRW")],
)
def test_it_stands_upright(tmp_path, degrees, flips, corners):
    path = write_clip(tmp_path / "a.mp4", [quarters()] * 3, prepare=lambda s: s.set_display_rotation(degrees, **flips))
    turned = degrees in {90, 270}
    seen = pictures(path, width=64 if turned else 96, height=96 if turned else 64)[0]
    colours = dict(zip("RGBW", (RED, GREEN, BLUE, WHITE), strict=True))
    for place, name in zip((np.s_[4:12, 4:12], np.s_[4:12, -12:-4], np.s_[-12:-4, 4:12]), corners, strict=True):
        assert near(seen[place], colours[name], 4)


def test_it_is_cropped_to_cover(tmp_path):
    wide = plain(BLUE, 160, 40)
    wide[:, 60:100] = RED
    path = write_clip(tmp_path / "a.mp4", [wide] * 2)
    assert near(pictures(path, width=48, height=48)[0][:, 3:-3], RED, 4)
    tall = plain(BLUE, 40, 160)
    tall[60:100] = RED
    path = write_clip(tmp_path / "b.mp4", [tall] * 2)
    assert near(pictures(path, width=48, height=48)[0][3:-3], RED, 4)


def test_pixels_need_not_be_square(tmp_path):
    stored = plain(BLUE, 48, 64)
    stored[16:48, 16:32] = RED  # 16 x 32 pixels of 2:1 are a square in the middle
    path = write_clip(tmp_path / "a.mp4", [stored] * 2, sample_aspect_ratio=Fraction(2, 1))
    red = pictures(path, width=96, height=64)[0][..., 0] > 120
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
    assert abs(len(rows) - 32) <= 1
    assert abs(len(columns) - 32) <= 2
    assert abs(columns.mean() - 47.5) <= 1


@pytest.mark.parametrize("size", [(63, 47), (2, 2), (17, 301)])
def test_odd_sizes_are_read(tmp_path, size):
    path = write_clip(tmp_path / "a.mkv", [plain(RED, *size)] * 2, "ffv1")
    assert near(pictures(path)[0], RED)


def test_making_smaller_does_not_alias(tmp_path):
    fine = plain((0, 0, 0), 640, 480)
    fine[:, ::2] = 255
    path = write_clip(tmp_path / "a.mp4", [fine] * 2)
    assert np.ptp(pictures(path)[0][4:-4, 4:-4]) < 12


@pytest.mark.parametrize(
    ("matrix", "code", "size"), [("bt709", 1, (64, 48)), ("bt601", 6, (64, 48)), ("bt601", 5, (64, 48)),
                                 ("bt601", 2, (64, 48)), ("bt709", 2, (1280, 720))],
)  # fmt: skip
@pytest.mark.parametrize("full", [False, True])
def test_colours_are_decoded_as_they_were_coded(tmp_path, matrix, code, size, full):
    path = write_clip(
        tmp_path / "a.mp4", [np.tile(quarters(*size), (1, 1, 1))] * 2, matrix=matrix, colorspace=code,
        color_range=2 if full else 1, color_primaries=2, color_trc=2,
    )  # fmt: skip
    seen = pictures(path, width=64, height=48 if size[0] == 64 else 36)[0]
    assert near(seen[4:14, 4:28], RED)
    assert near(seen[4:14, -28:-4], GREEN)
    assert near(seen[-14:-4, 4:28], BLUE)
    assert near(seen[-14:-4, -28:-4], WHITE)


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_tone_mapped(tmp_path, transfer):
    nits = np.array([5, 20, 60, 203, 1000.0])
    if transfer == 16:
        code, wanted = pq_code(nits), [43, 88, 147, 229, 255]
    else:
        code, wanted = np.array([0.25, 0.5, 0.75, 0.9, 1.0]), [61, 137, 229, 253, 255]  # 9.6, 51, 203, 522, 1000 cd/m²
    row = np.repeat(np.rint(code * 65535).astype(np.uint16), 16)
    pixels = np.repeat(np.repeat(row[None, :, None], 3, 2), 32, 0)
    path = write_clip(
        tmp_path / "a.mkv", [pixels] * 2, "ffv1", "yuv420p10le", matrix="bt2020", colorspace=9, color_primaries=9,
        color_trc=transfer,
    )  # fmt: skip
    seen = pictures(path, width=80, height=32)[0][16, 8::16]
    assert np.ptp(seen, axis=1).max() <= 2
    assert np.abs(seen.mean(1) - wanted).max() <= 3


def test_a_wide_gamut_is_brought_in(tmp_path):
    pixels = np.full((32, 64, 3), (30000, 52000, 20000), np.uint16)
    path = write_clip(
        tmp_path / "a.mkv", [pixels] * 2, "ffv1", "yuv444p10le", matrix="bt2020", colorspace=9, color_primaries=9,
        color_trc=14,
    )  # fmt: skip
    light = ((pixels[0, 0] / 65535 + 0.055) / 1.055) ** 2.4
    inside = light @ np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]).T
    assert inside.min() < 0  # BT.709 has no such green
    seen = pictures(path, width=64, height=32)[0][10, 10]
    assert seen[0] <= 4
    assert seen[1] > 180
    assert seen[1] > 2 * seen[2]


def test_light_that_is_not_for_showing_is_named(tmp_path):
    path = write_clip(tmp_path / "a.mkv", greys(2), "ffv1", color_trc=9)
    with pytest.raises(BadInput, match=r"a.mkv is recorded in logarithmic light.*Rec. 709"):
        pictures(path)


@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt"),
    [("webm", "libvpx-vp9", "yuva420p"), ("mov", "prores_ks", "yuva444p10le"), ("mov", "qtrle", "argb")],
)
@pytest.mark.parametrize(("ink", "ground"), [((30, 40, 60), PAPER), ((240, 230, 220), CHARCOAL)])
def test_transparency_is_flattened(tmp_path, suffix, codec, pix_fmt, ink, ground):
    pixels = np.zeros((48, 64, 4), np.uint8)
    pixels[..., :3] = ink  # beneath the transparency, too, as encoders do
    pixels[:, 32:, 3] = 255
    pixels[:, :8, 3] = 128
    path = write_clip(tmp_path / f"a.{suffix}", [pixels] * 3, codec, pix_fmt)
    seen = pictures(path)[0]
    assert near(seen[8:-8, 12:28], ground, 6)
    assert near(seen[8:-8, 38:-4], ink, 6)
    assert near(seen[8:-8, :5], (np.array(ink) + ground) / 2, 8)


def test_fields_are_woven_out(tmp_path):
    """A bar that moves between the fields of each frame leaves no comb."""
    frames = []
    for k in range(8):
        pixels = plain((20, 20, 20), 96, 64)
        pixels[::2, 4 + 8 * k : 20 + 8 * k] = 220
        pixels[1::2, 8 + 8 * k : 24 + 8 * k] = 220
        frames.append(pixels)

    def interlaced(stream):
        stream.codec_context.flags |= av.codec.context.Flags.interlaced_dct

    options = {"x264-params": "tff=1", "crf": "1"}
    path = write_clip(tmp_path / "a.mp4", frames, pix_fmt="yuv420p", prepare=interlaced, options=options)
    with av.open(str(path)) as clip:
        assert next(clip.decode(video=0)).interlaced_frame
    seen = pictures(path, 8, width=96, height=64)
    assert len(seen) == 8
    comb = [np.abs(np.diff(frame[16:-16, :, 0], axis=0)).mean() for frame in seen[2:6]]
    stored = np.abs(np.diff(frames[3][16:-16, :, 0].astype(int), axis=0)).mean()
    assert max(comb) < 0.35 * stored
    lefts = [np.flatnonzero(frame[32, :, 0] > 120)[0] for frame in seen[1:7]]
    assert all(abs(b - a - 8) <= 3 for a, b in pairwise(lefts))  # and every frame is at its own time


@pytest.mark.parametrize("layout", [None, "mono", "stereo", "5.1"])
def test_its_sound_does_not_matter(tmp_path, layout):
    path = write_clip(tmp_path / "a.mp4", greys(10), sound=layout)
    assert numbers(pictures(path, 10)) == list(range(10))


def test_effects_are_moviepys(tmp_path):
    path = write_clip(tmp_path / "a.mp4", [quarters(64, 48)] * 3)
    (plain_one,) = pictures(path)
    seen = {name: pictures(path, effects=(name,))[0] for name in ("mirror", "invert", "black_and_white", "paint")}
    assert near(seen["mirror"][4:20, 4:28], GREEN)
    assert (seen["invert"] == 255 - plain_one).all()
    assert np.ptp(seen["black_and_white"], axis=2).max() == 0
    assert near(seen["black_and_white"][4:20, 4:28], (0.2125 * 200 + 0.7154 * 40 + 0.0721 * 30,) * 3)
    assert np.abs(seen["paint"] - plain_one).mean() > 10
    (brighter,), (darker,) = (pictures(path, effects=(name,)) for name in ("brighten", "darken"))
    assert brighter.mean() > plain_one.mean() + 10
    assert darker.mean() < plain_one.mean() - 10
    (both,) = pictures(path, effects=("mirror", "invert"))
    assert (both == 255 - seen["mirror"]).all()


def test_effects_in_time(tmp_path):
    path = write_clip(tmp_path / "a.mp4", greys(10))
    assert numbers(pictures(path, 8, effects=("slow_motion",), start_s=2 / 30)) == [2, 2, 3, 3, 4, 4, 5, 5]
    assert numbers(pictures(path, 6, effects=("speed_up",))) == [0, 2, 4, 6, 8, 9]


def test_an_unknown_effect_is_named(tmp_path):
    path = write_clip(tmp_path / "a.mp4", greys(2))
    with pytest.raises(UnknownName, match=r"'slowmotion'.*slow_motion"):
        pictures(path, effects=("slowmotion",))


def test_it_agrees_with_moviepys_own_reader(tmp_path):
    from moviepy import VideoFileClip

    frames = [np.roll(quarters(64, 48), 3 * k, axis=1) for k in range(10)]
    path = write_clip(tmp_path / "a.mp4", frames)
    ours = Recording(path, 64, 48)
    theirs = VideoFileClip(str(path), audio=False)
    pipes = theirs.reader.proc.stdout, theirs.reader.proc.stderr
    clip = clip_of(ours, 0.0, ())
    assert clip.size == (64, 48)
    assert abs(clip.duration - theirs.duration) < 0.05
    for k in (0, 4, 8):
        assert np.abs(clip.get_frame(k / 30).astype(int) - theirs.get_frame(k / 30)).mean() < 2
    theirs.close()
    for pipe in pipes:  # moviepy leaves them open where ffmpeg has ended by itself
        pipe.close()
    ours.close()


def test_what_is_no_clip_says_why(tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "notes.mp4").write_text("just words, " * 50)
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    (tmp_path / "script.mp4").write_text(f"ffconcat version 1.0\nfile '{tmp_path}/real.mp4'\n")
    write_clip(tmp_path / "real.mp4", greys(3))
    with av.open(str(tmp_path / "song.mp4"), "w") as target:
        track = target.add_stream("aac", rate=48000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 48000
        target.mux([*track.encode(silence), *track.encode(None)])
    with av.open(str(tmp_path / "nothing.mkv"), "w") as target:
        stream = target.add_stream("ffv1", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        target.start_encoding()
    with av.open(str(tmp_path / "nothing.mp4"), "w") as target:
        stream = target.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        target.start_encoding()
    cases = {
        "empty.mp4": "empty.mp4 cannot be read as a clip: it is empty",
        "notes.mp4": "notes.mp4 cannot be read as a clip.*Export it again",
        "list.mp4": "list.mp4 cannot be read as a clip",
        "script.mp4": "script.mp4 cannot be read as a clip",
        "song.mp4": "song.mp4 holds no moving pictures",
        "nothing.mkv": "nothing.mkv cannot be read as a clip",
        "nothing.mp4": "nothing.mp4 holds no moving pictures",
        ".": "is a folder",
        "none.mp4": "is not there",
    }
    for name, why in cases.items():
        with pytest.raises(BadInput, match=why):
            pictures(tmp_path / name)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_truncated_clip_is_right_up_to_its_fault(tmp_path, caplog, suffix):
    noise = np.random.default_rng(2)
    frames = [noise.integers(LEVELS[k] - 15, LEVELS[k] + 15, (48, 64, 3)).astype(np.uint8) for k in range(10)]
    whole = write_clip(tmp_path / f"whole.{suffix}", frames, fps=5).read_bytes()
    path = tmp_path / f"half.{suffix}"
    path.write_bytes(whole[: len(whole) * 6 // 10])
    seen = numbers(pictures(path, 10, fps=5))
    last = seen[-1]
    assert 3 <= last <= 7
    assert seen == [min(k, last) for k in range(10)]
    if suffix != "ts":  # a transport stream does not say how long it should be
        assert "half." in caplog.text
    with pytest.raises(BadInput, match=r"half.\w+ lasts \d.\d\d s and cannot be shown from 1.9 s on"):
        pictures(path, start_s=1.9)


def test_a_clip_without_its_index_is_refused(tmp_path):
    path = tmp_path / "late.mov"
    whole = write_clip(path, greys(10)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=r"late.mov cannot be read as a clip.*Export it again"):
        pictures(path)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "webm"])
def test_damage_anywhere_is_an_error_or_a_clip(tmp_path, suffix):
    dice = random.Random(5)
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(suffix, "libx264")
    whole = write_clip(tmp_path / f"whole.{suffix}", greys(8), codec, "yuv420p").read_bytes()
    shown = 0
    for _ in range(40):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 30)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        (tmp_path / f"broken.{suffix}").write_bytes(bytes(broken))
        try:
            seen = pictures(tmp_path / f"broken.{suffix}", 10)
        except BadInput as error:
            assert error.remedy  # noqa: PT017
        else:
            shown += 1
            assert len(seen) == 10
    assert shown


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_nothing_stays_open(tmp_path):
    path = write_clip(tmp_path / "a.mp4", greys(3))
    pictures(path)
    before = open_files()
    for _ in range(5):
        pictures(path, 3)
        with pytest.raises(BadInput):
            pictures(path, start_s=9)
    assert open_files() == before


def test_memory_does_not_grow_with_the_clip(tmp_path):
    def resident():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    frames = (greys(10, 960, 540) * 12)[:120]  # 93 MB as planes, 187 MB as RGB
    path = write_clip(tmp_path / "a.mp4", frames, pix_fmt="yuv420p")
    del frames
    footage = Footage(path, start_s=0, effects=(), width=960, height=540, fps=30)
    planes = blank(960, 540)
    for index in range(20):
        footage.draw(index, planes)
    before = resident()
    for index in range(20, 120):
        footage.draw(index, planes)
    assert resident() - before < 30e6
    footage.close()
