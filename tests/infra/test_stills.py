"""Anyone's picture becomes upright opaque sRGB, of the right colours; what cannot be read says why."""

import io
import random
import struct
import tracemalloc
import zlib

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from infra.errors import BadInput
from infra.media.develop import CHARCOAL, PAPER
from infra.media.stills import read_still

RED, BLUE = (200, 40, 30), (30, 60, 200)
ORIENTATION = 0x0112
LOSSY = {"jpg": 4, "webp": 4, "avif": 4}
DISPLAY_P3 = [(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)]
ADOBE_RGB = [(0.640, 0.330), (0.210, 0.710), (0.150, 0.060)]


def flag(mode="RGB"):
    """60 x 40: red above, blue below."""
    pixels = np.empty((40, 60, 3), np.uint8)
    pixels[:20], pixels[20:] = RED, BLUE
    return Image.fromarray(pixels).convert(mode)


def near(pixels, colour, within=1):
    return np.abs(np.asarray(pixels, int).reshape(-1, 3) - colour).max() <= within


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(pixels, *extra):
    """A 16-bit RGB PNG with those chunks."""
    high, wide = pixels.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 16, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(extra) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pq_code(nits):
    share = (np.asarray(nits) / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * share) / (1 + 18.6875 * share)) ** 78.84375


def srgb(light):
    return 255 * np.where(np.less(light, 0.0031308), light * 12.92, 1.055 * np.power(light, 1 / 2.4) - 0.055)


def grey_steps(code):
    """One column for each code, as 16-bit RGB."""
    row = np.rint(np.asarray(code) * 65535).astype(np.uint16)
    return np.repeat(np.repeat(row[None, :, None], 3, axis=2), 4, axis=0)


def profile(primaries, gamma=2.2):
    """A matrix profile (ICC v2) of those primaries, white D65, adapted to D50 by Bradford."""
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d65, d50 = np.array([0.95047, 1, 1.08883]), np.array([0.9642, 1, 0.8249])
    xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    xyz = xyz * np.linalg.solve(xyz, d65)
    xyz = np.linalg.inv(bradford) @ np.diag((bradford @ d50) / (bradford @ d65)) @ bradford @ xyz
    number = lambda v: struct.pack(">i", round(v * 65536))  # noqa: E731
    point = lambda p: b"XYZ " + bytes(4) + b"".join(map(number, p))  # noqa: E731
    curve = b"curv" + bytes(4) + struct.pack(">IHxx", 1, round(gamma * 256))
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78) + bytes(1)
    tags = {b"desc": text, b"wtpt": point(d50), b"cprt": b"text" + bytes(4) + b"none\0\0\0\0"}
    tags |= dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(point, xyz.T), strict=True))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, at = b"", b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(data))
        body += padded
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += bytes(12) + b"acsp" + bytes(28) + b"".join(map(number, d50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "gif", "tiff", "bmp"])
def test_every_format_is_read(tmp_path, suffix):
    flag().save(tmp_path / f"a.{suffix}")
    pixels = read_still(tmp_path / f"a.{suffix}")
    assert pixels.shape == (40, 60, 3)
    assert near(pixels[:14], RED, LOSSY.get(suffix, 1))
    assert near(pixels[34:], BLUE, LOSSY.get(suffix, 1))


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tiff"])
@pytest.mark.parametrize(
    ("orientation", "corners"),  # upper left, upper right, lower left, of a picture stored as R G / B W
    [(1, "RGB"), (2, "GRW"), (3, "WBG"), (4, "BWR"), (5, "RBG"), (6, "BRW"), (7, "WGB"), (8, "GWR")],
)
def test_it_stands_upright(tmp_path, suffix, orientation, corners):
    colours = {"R": RED, "G": (20, 160, 40), "B": BLUE, "W": (240, 240, 240)}
    stored = np.empty((40, 80, 3), np.uint8)
    stored[:20, :40], stored[:20, 40:], stored[20:, :40], stored[20:, 40:] = (colours[c] for c in "RGBW")
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    Image.fromarray(stored).save(tmp_path / f"a.{suffix}", exif=exif)
    pixels = read_still(tmp_path / f"a.{suffix}")
    assert pixels.shape == ((40, 80, 3) if orientation < 5 else (80, 40, 3))
    for place, name in zip((np.s_[4:8, 4:8], np.s_[4:8, -8:-4], np.s_[-8:-4, 4:8]), corners, strict=True):
        assert near(pixels[place], colours[name], 6)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "I;16", "I", "F", "CMYK", "LAB"])
def test_every_mode_keeps_its_brightness(tmp_path, mode):
    ramp = np.repeat(np.repeat(np.arange(16, 240, 14, dtype=np.uint8)[None], 8, 0), 8, 1)
    wanted = np.repeat(ramp[..., None], 3, 2).astype(int)
    match mode:
        case "I;16":
            picture = Image.fromarray(ramp.astype(np.uint16) * 257)
        case "I":
            picture = Image.fromarray(ramp.astype(np.int32) * 257)
        case "F":
            picture = Image.fromarray(ramp.astype(np.float32) / 255)
        case "LAB":
            to_lab = ImageCms.buildTransform(
                ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"
            )
            picture = ImageCms.applyTransform(Image.fromarray(ramp).convert("RGB"), to_lab)
        case _:
            picture = Image.fromarray(ramp).convert(mode)
    if mode == "1":
        wanted = np.repeat(np.asarray(picture, int)[..., None] * 255, 3, 2)
    name = "a.png" if mode in {"L", "1", "P", "LA", "I;16"} else "a.tiff"
    picture.save(tmp_path / name)
    assert np.abs(read_still(tmp_path / name).astype(int) - wanted).max() <= 2


def test_deep_colour_is_rounded_not_cut(tmp_path):
    (tmp_path / "a.png").write_bytes(png(np.full((4, 4, 3), (51400, 10280, 7710), np.uint16)))
    assert near(read_still(tmp_path / "a.png"), RED)


def test_transparency_lies_on_what_sets_it_off(tmp_path):
    for name, ink, ground in (("dark", (20, 20, 20), PAPER), ("light", (250, 250, 240), CHARCOAL)):
        pixels = np.zeros((40, 40, 4), np.uint8)
        pixels[10:30, 10:30] = (*ink, 255)
        pixels[:, 38:] = (*ink, 128)
        for suffix in ("png", "webp"):
            Image.fromarray(pixels).save(tmp_path / f"{name}.{suffix}", lossless=True)
            flat = read_still(tmp_path / f"{name}.{suffix}")
            assert near(flat[:8, :30], ground)
            assert near(flat[12:28, 12:28], ink)
            assert near(flat[:, 39], (np.array(ink) + ground) / 2, 2)


def test_a_transparent_palette_is_flattened(tmp_path):
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:20] = (*BLUE, 255)
    Image.fromarray(pixels).save(tmp_path / "a.gif")
    flat = read_still(tmp_path / "a.gif")
    assert near(flat[2:18], BLUE, 30)
    assert near(flat[22:], PAPER)


@pytest.mark.parametrize("primaries", [DISPLAY_P3, ADOBE_RGB])
def test_profiles_are_converted(tmp_path, primaries):
    stored = np.full((8, 24, 3), 128, np.uint8)
    stored[:, 8:16], stored[:, 16:] = (150, 110, 90), (90, 140, 100)
    Image.fromarray(stored).save(tmp_path / "a.png", icc_profile=profile(primaries))
    pixels = read_still(tmp_path / "a.png")

    def to_xyz(points):
        xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in points]).T
        return xyz * np.linalg.solve(xyz, [0.95047, 1, 1.08883])

    bt709 = [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]
    matrix = np.linalg.solve(to_xyz(bt709), to_xyz(primaries))
    wanted = srgb(((stored[0] / 255.0) ** 2.2) @ matrix.T)
    assert np.abs(wanted[12] - stored[0, 12]).max() > 4  # the profile matters
    assert np.abs(pixels[0] - wanted).max() <= 2


def test_a_profile_and_transparency_go_together(tmp_path):
    stored = np.zeros((8, 8, 4), np.uint8)
    stored[:4] = (110, 20, 20, 255)
    Image.fromarray(stored).save(tmp_path / "a.png", icc_profile=profile(DISPLAY_P3))
    Image.fromarray(stored[:4, :, :3]).save(tmp_path / "b.png", icc_profile=profile(DISPLAY_P3))
    assert near(read_still(tmp_path / "a.png")[:4], read_still(tmp_path / "b.png")[0, 0])
    assert near(read_still(tmp_path / "a.png")[4:], PAPER)


def test_a_broken_profile_is_named(tmp_path, caplog):
    flag().save(tmp_path / "a.png", icc_profile=b"no profile at all")
    assert near(read_still(tmp_path / "a.png")[:18], RED)
    assert "a.png has a colour profile that cannot be used" in caplog.text


def test_hdr_is_tone_mapped(tmp_path):
    nits = np.array([0.1, 1, 5, 20, 60, 90, 120, 203, 400, 1000])
    cicp = chunk(b"cICP", bytes((9, 16, 0, 1)))
    (tmp_path / "a.png").write_bytes(png(grey_steps(pq_code(nits)), cicp))
    seen = read_still(tmp_path / "a.png")[0].astype(int)
    assert (np.ptp(seen, axis=1) == 0).all()  # grey stays grey
    grey = seen[:, 0]
    assert np.abs(grey[:6] - srgb(nits[:6] / 203)).max() <= 1  # shadows and mid-tones as bright as they were
    assert (np.diff(grey) > 0).all()
    assert 220 < grey[7] < 240  # paper white stays light, with room for lights above it
    assert grey[-1] == 255


def test_hlg_is_tone_mapped(tmp_path):
    cicp = chunk(b"cICP", bytes((9, 18, 0, 1)))
    (tmp_path / "a.png").write_bytes(png(grey_steps([0, 0.25, 0.5, 0.75, 1]), cicp))
    grey = read_still(tmp_path / "a.png")[0, :, 0].astype(int)
    dim = (0.25**2 / 3) ** 1.2 * 1000 / 203
    assert grey[0] == 0
    assert abs(grey[1] - srgb(dim)) <= 1
    assert 222 < grey[3] < 238  # 75 % is reference white, 203 cd/m²
    assert grey[4] == 255


def test_a_wide_red_becomes_the_reddest_red(tmp_path):
    red = np.zeros((4, 4, 3), np.uint16)
    red[..., 0] = round(pq_code(100.0) * 65535)
    (tmp_path / "a.png").write_bytes(png(red, chunk(b"cICP", bytes((9, 16, 0, 1)))))
    pixels = read_still(tmp_path / "a.png")[0, 0].astype(int)
    assert pixels[0] > 120
    assert pixels.min() == 0
    assert pixels[0] > 3 * pixels[1:].max()


def test_an_hdr_avif_is_tone_mapped(tmp_path):
    nits = np.array([5, 60, 203, 1000])
    pixels = np.repeat(np.repeat(grey_steps(pq_code(nits)), 16, 0), 16, 1)
    path = tmp_path / "a.avif"
    with av.open(str(path), "w", format="avif") as target:
        stream = target.add_stream("libsvtav1", rate=1, options={"crf": "5"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = 9, 9, 16, 1
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb48le").reformat(format="yuv420p10le", dst_colorspace=9)
        frame.pts = 0
        target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    grey = read_still(path)[32, 8::16, 1].astype(int)
    assert np.abs(grey - [43, 147, 229, 255]).max() <= 3


def test_one_pixel_is_a_picture(tmp_path):
    for suffix in ("png", "jpg", "gif"):
        Image.new("RGB", (1, 1), RED).save(tmp_path / f"a.{suffix}")
        pixels = read_still(tmp_path / f"a.{suffix}")
        assert pixels.shape == (1, 1, 3)
        assert near(pixels, RED, 3)


def test_a_large_jpeg_is_read_smaller(tmp_path):
    flag().resize((3200, 2400), Image.Resampling.NEAREST).save(tmp_path / "a.jpg")
    assert read_still(tmp_path / "a.jpg").shape == (2400, 3200, 3)
    small = read_still(tmp_path / "a.jpg", (700, 500))
    assert small.shape == (600, 800, 3)
    assert near(small[:290], RED, 3)
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    flag().resize((3200, 1600), Image.Resampling.NEAREST).save(tmp_path / "b.jpg", exif=exif)
    assert read_still(tmp_path / "b.jpg", (400, 700)).shape == (800, 400, 3)


def test_a_gigantic_jpeg_takes_little_memory(tmp_path):
    Image.new("L", (20000, 20000), 90).save(tmp_path / "a.jpg")
    tracemalloc.start()
    pixels = read_still(tmp_path / "a.jpg", (1920, 1080))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert pixels.shape == (2500, 2500, 3)
    assert near(pixels[::50, ::50], (90, 90, 90))
    assert peak < 100e6


def test_what_is_too_large_is_refused_before_it_is_decoded(tmp_path):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 20000, 20000, 8, 2, 0, 0, 0))
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1 << 20))))
    with pytest.raises(BadInput, match=r"bomb.png is 20,000 x 20,000 pixels.*Save it smaller"):
        read_still(tmp_path / "bomb.png")


def test_what_is_no_picture_says_why(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "notes.png").write_text("just words, " * 50)
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(100))
    cases = {
        "empty.jpg": "is empty",
        "notes.png": "not a picture.*Save it as JPEG or PNG",
        "phone.jpg": "phone.jpg is a HEIC picture.*Save it as JPEG",
        ".": "is a folder",
        "none.jpg": "is not there",
    }
    for name, why in cases.items():
        with pytest.raises(BadInput, match=why):
            read_still(tmp_path / name)


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "avif", "tiff"])
def test_a_truncated_picture_is_damaged(tmp_path, suffix):
    noise = np.random.default_rng(1).integers(0, 255, (80, 80, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole", {"jpg": "jpeg"}.get(suffix, suffix))
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / f"half.{suffix}").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput, match=f"half.{suffix}.*(damaged|not a picture)"):
        read_still(tmp_path / f"half.{suffix}")


@pytest.mark.parametrize("suffix", ["jpeg", "png", "webp", "avif", "gif", "tiff", "bmp"])
def test_damage_anywhere_is_an_error_or_a_picture(tmp_path, suffix):
    dice, target = random.Random(7), io.BytesIO()
    flag("P" if suffix == "gif" else "RGB").save(target, suffix)
    whole = target.getvalue()
    for _ in range(60):
        broken = bytearray(whole)
        for _ in range(dice.randint(1, 12)):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        (tmp_path / "broken").write_bytes(bytes(broken))
        try:
            pixels = read_still(tmp_path / "broken")
        except BadInput as error:
            assert error.remedy  # noqa: PT017
        else:
            assert pixels.dtype == np.uint8
            assert pixels.shape[2] == 3
