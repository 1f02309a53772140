"""A picture of anyone's making as sRGB: upright, opaque, eight bits, whatever it was stored as."""

from __future__ import annotations

import io
import logging
import struct
import warnings
import zlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.error import FFmpegError
from PIL import Image, ImageCms, UnidentifiedImageError

from infra.errors import BadInput
from infra.media import hdr
from infra.media.containers import called
from infra.media.develop import BT2020, Developer, backdrop_for, transparent
from infra.media.sniff import picture_type

if TYPE_CHECKING:
    from pathlib import Path

    from infra.engines import Pixels

log = logging.getLogger(__name__)

IDENTITY = f"stills-1+pillow-{version('pillow')}+av-{av.__version__}+{hdr.IDENTITY}"
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP")
"""What is read. A JPEG that holds several pictures (MPO) shows the first."""
MOST_PIXELS = 50_000_000
"""What is decoded at once, about 150 MB; a larger JPEG is read at a half, a quarter or an eighth."""
SMALLER = "Save it smaller: 8,000 pixels along the longer side are more than any film shows."
FAULTS = (
    FFmpegError, OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError, StopIteration,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow and PyAV raise on a broken file."""
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
WIDE = ("PNG", "AVIF")
"""Formats that may hold HDR."""
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a picture is turned upright, by its EXIF orientation."""
DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")

Image.MAX_IMAGE_PIXELS = None  # MOST_PIXELS says it better: Pillow's own limit is of the stored size, and warns


def read_still(path: Path, least: tuple[int, int] | None = None) -> Pixels:
    """The picture at *path* as (h, w, 3) sRGB.

    With *least*, a width and a height, a large picture may come smaller, but never too small to cover that size.
    Transparent parts lie on white, or on charcoal where what is drawn is itself light. Of an animation the first
    picture is taken.

    Raises:
        BadInput: the file is no picture that can be read, is damaged, or too large.
    """
    if not path.is_file():
        raise BadInput(f"{path} is {'a folder' if path.is_dir() else 'not there'}.", "Give the path of one picture.")
    with path.open("rb") as file:
        try:
            return _read(file, called(path), least)
        except FAULTS as error:
            raise _refusal(path, error) from error


def _read(file: Any, name: str, least: tuple[int, int] | None) -> Pixels:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Pillow's remarks about metadata that nobody asked for
        picture = Image.open(file, formats=FORMATS)
        _draft(picture, name, least)
        wide = picture.format in WIDE and _wide(file, picture, name)
        flat = wide or _flat(_srgb(_eight_bits(picture), picture.info.get("icc_profile"), name))
        turned = ORIENTATION not in picture.getexif() or picture.format == "TIFF"  # Pillow turns a TIFF by itself
        turn = None if turned else TURNS.get(picture.getexif()[ORIENTATION])
    return np.array(flat if turn is None else flat.transpose(turn))


def _draft(picture: Image.Image, name: str, least: tuple[int, int] | None) -> None:
    """Have a JPEG decoded no larger than needed, and refuse what would still be too large."""
    wide, high = picture.size
    if picture.format in {"JPEG", "MPO"} and not picture.info.get("progressive"):
        across, down = least or picture.size
        if picture.getexif().get(ORIENTATION, 1) > 4:
            across, down = down, across
        factor = next(f for f in (8, 4, 2, 1) if (wide >= f * across and high >= f * down) or f == 1)
        while wide * high > MOST_PIXELS * factor**2 and factor < 8:
            factor *= 2
        picture.draft(None, (max(1, wide // factor), max(1, high // factor)))
    if picture.width * picture.height > MOST_PIXELS:
        raise BadInput(f"{name} is {wide:,} x {high:,} pixels large, too much to be read.", SMALLER)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """L, RGB, RGBA, CMYK or LAB, of eight bits."""
    if picture.mode in DEEP:
        values = np.asarray(picture, np.float64)
        top = 255.0 if picture.mode == "I" and values.max(initial=0) < 256 else 65535.0
        top = 1.0 if picture.mode == "F" and values.max(initial=0) <= 1 else top
        return Image.fromarray(np.rint(np.clip(values / top, 0, 1) * 255).astype(np.uint8))
    if picture.has_transparency_data:
        return picture.convert("RGBA")
    if picture.mode in {"1", "LA"}:
        return picture.convert("L")
    return picture if picture.mode in {"L", "RGB", "CMYK", "LAB"} else picture.convert("RGB")


def _srgb(picture: Image.Image, profile: bytes | None, name: str) -> Image.Image:
    """RGB or RGBA, its colours brought from its profile to sRGB."""
    if picture.mode == "LAB":
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        return _transformed(picture, source)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "srgb" in ImageCms.getProfileDescription(source).lower():
                return _coloured(picture)
            return _transformed(picture, source)
        except (ImageCms.PyCMSError, OSError, ValueError) as error:
            log.warning("%s has a colour profile that cannot be used (%s); it is taken as sRGB.", name, error)
    return _coloured(picture)


def _transformed(picture: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    """Through lcms, relative colorimetric with black point compensation; alpha passes by."""
    alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
    space = source.profile.xcolor_space.strip()
    body = picture.convert("RGB") if alpha else picture
    if {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}.get(space) != body.mode:
        raise ValueError(f"a {space} profile on a {body.mode} picture")
    made = ImageCms.profileToProfile(
        body,
        source,
        SRGB,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    if made is None:
        raise ValueError("it converts nothing")
    if alpha:
        made.putalpha(alpha)
    return made


def _coloured(picture: Image.Image) -> Image.Image:
    return picture if picture.mode in {"RGB", "RGBA"} else picture.convert("RGB")


def _flat(picture: Image.Image) -> Image.Image:
    """Without transparency."""
    if picture.mode == "RGB":
        return picture
    small = picture.resize((min(64, picture.width), min(64, picture.height)), Image.Resampling.BOX)
    ground = Image.new("RGB", picture.size, backdrop_for(np.asarray(small)))
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _wide(file: Any, picture: Image.Image, name: str) -> Image.Image | None:
    """A picture of more than sRGB holds, brought into it; None where it is none."""
    found = _cicp(file, picture) if picture.format == "PNG" else None
    if picture.format == "PNG" and not found:
        return None
    file.seek(0)
    with av.open(file, options={"format_whitelist": "png_pipe,mov"}, metadata_errors="ignore") as container:
        coded = container.streams.video[0].codec_context
        transfer, primaries = found or (coded.color_trc, coded.color_primaries)
        if not hdr.needed(transfer, primaries):
            return None
        frame = next(container.decode(video=0))
    frame.color_trc, frame.color_primaries = transfer, primaries
    if transparent(frame):
        raise BadInput(f"{name} has both HDR or wide colours and transparency.", "Save it as an ordinary sRGB PNG.")
    if (frame.width, frame.height) != picture.size:
        raise BadInput(f"{name} is an HDR picture in tiles, which cannot be read.", "Save it as JPEG.")
    return Image.fromarray(Developer(name, frame.width, frame.height).as_stored(frame))


def _cicp(file: Any, picture: Image.Image) -> tuple[int, int] | None:
    """What a PNG says of its transfer and primaries (ITU-T H.273): in its chunk cICP, or by the name of its profile."""
    profile = picture.info.get("icc_profile") or b""
    for named, transfer in ((b"ITUR_2100_PQ", hdr.PQ), (b"ITUR_2100_HLG", hdr.HLG)):
        if named in profile or named.decode().encode("utf-16-be") in profile:
            return transfer, BT2020
    file.seek(8)
    while (head := file.read(8)) and head[4:] not in {b"IDAT", b"IEND"}:
        body = file.read(int.from_bytes(head[:4], "big") + 4)
        if head[4:] == b"cICP":
            return body[1], body[0]
    return None


def _refusal(path: Path, error: Exception) -> BadInput:
    """What is wrong with a file that Pillow does not read."""
    if not path.stat().st_size:
        return BadInput(f"{called(path)} is empty.", "Give another copy of the picture.")
    if not isinstance(error, UnidentifiedImageError):
        return BadInput(f"{called(path)} is damaged and cannot be read: {error}.", "Give another copy of the picture.")
    picture_type(path)
    return BadInput(f"{called(path)} is not a picture that can be read.", "Save it as JPEG or PNG.")
