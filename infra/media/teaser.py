"""A few silent seconds of a film as an animated picture, GIF or WebP, small enough to be shown anywhere."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import av
import cv2
import numpy as np
from PIL import Image

from infra.errors import BadInput
from infra.media.encode import planes_of
from infra.media.planes import shrunk, to_rgb
from infra.media.probe import frames_at, opened
from infra.store import fresh_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from infra.engines import Pixels

Format = Literal["gif", "webp"]
MOST_S, EXCERPTS = 6.0, 4
FPS = Fraction(25, 2)
"""A GIF counts in hundredths of a second: 8 of them are exact."""
HALF_MS = 0.0005
"""Times in files are rounded to the millisecond."""
LIMITS = {"gif": 5_000_000, "webp": 2_000_000}


@dataclass(frozen=True)
class Take:
    """How a teaser is written: *finish* is the colours of a GIF's palette, or the quality of a WebP, 0 to 100."""

    width: int
    fps: Fraction
    finish: int


SLOW, SLOWEST = Fraction(25, 3), Fraction(5)
TAKES: dict[str, tuple[Take, ...]] = {
    "gif": (
        Take(480, FPS, 256),
        Take(480, FPS, 96),
        Take(480, SLOW, 96),
        Take(360, SLOW, 64),
        Take(240, SLOWEST, 48),
    ),
    "webp": (
        Take(480, FPS, 80),
        Take(480, FPS, 65),
        Take(480, FPS, 45),
        Take(360, FPS, 40),
        Take(320, SLOW, 25),
        Take(240, SLOWEST, 15),
    ),
}
"""From the finest to the smallest: the first that fits its limit is kept."""


@dataclass(frozen=True)
class Span:
    """A part of the film in seconds, from which an excerpt may be taken."""

    start_s: float
    end_s: float


def moments(film: Path, spans: Sequence[Span], *, most_s: float = MOST_S) -> list[Span]:
    """The first seconds of the most vivid of *spans*, one from each quarter of them, in order; *most_s* in all.

    Raises:
        BadInput: there are no spans, or *film* cannot be read.
    """
    if not spans:
        raise BadInput("A teaser needs at least one shot.", "Give the film's shots.")
    seen = frames_at(film, [span.start_s + min(1.0, (span.end_s - span.start_s) / 2) for span in spans], width=160)
    scores = [vividness(frame) for frame in seen]
    groups = np.array_split(np.arange(len(spans)), min(EXCERPTS, len(spans)))
    chosen = [spans[max(group, key=scores.__getitem__)] for group in groups]
    return [Span(span.start_s, min(span.end_s, span.start_s + most_s / len(chosen))) for span in chosen]


def vividness(pixels: Pixels) -> float:
    """How colourful and rich in contrast a picture is (Hasler and Süsstrunk 2003, and the spread of luma)."""
    red, green, blue = np.moveaxis(pixels.astype(np.float32), 2, 0)
    across, along = red - green, (red + green) / 2 - blue
    colour = np.hypot(across.std(), along.std()) + 0.3 * np.hypot(across.mean(), along.mean())
    return float(colour + cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).std() / 2)


def export_teaser(
    film: Path, excerpts: Sequence[Span], out: Path, form: Format, *, limit_bytes: int | None = None
) -> Take:
    """Write the *excerpts* of *film*, one after the other and round again, to *out*; return how they were written.

    The finest take that stays within *limit_bytes* (5 MB for GIF, 2 MB for WebP) is kept.

    Raises:
        BadInput: *film* cannot be read, or no take is small enough.
        StoreFull: there is no room at *out*.
    """
    limit = limit_bytes or LIMITS[form]
    for take in TAKES[form]:
        frames = list(_frames(film, excerpts, take))
        data = _gif(frames, take) if form == "gif" else _webp(frames, take)
        if len(data) <= limit:
            with fresh_file(out.parent, f".{form}") as fresh:
                fresh.write_bytes(data)
                fresh.chmod(0o644)
                fresh.replace(out)
            return take
    raise BadInput(f"No {form} teaser of {film.name} fits {limit:,} bytes.", "Choose fewer or shorter excerpts.")


def _frames(film: Path, excerpts: Sequence[Span], take: Take) -> Iterator[Pixels]:
    """The excerpts' frames, (h, w, 3) sRGB, evenly *take.fps* to a second of each."""
    with opened(film) as source:
        video: Any = source.streams.video[0]
        for excerpt in excerpts:
            source.seek(max(0, int(excerpt.start_s / video.time_base)), stream=video, backward=True)
            taken, wanted = 0, max(1, int((excerpt.end_s - excerpt.start_s) * take.fps + 1e-6))
            for frame in source.decode(video):
                if taken < wanted and frame.time >= excerpt.start_s + taken / take.fps - HALF_MS:
                    yield to_rgb(shrunk(planes_of(frame), take.width))
                    taken += 1
                if taken == wanted:
                    break


def _gif(frames: Sequence[Pixels], take: Take) -> bytes:
    """One palette for all, made from what changes; only what changes is written; it begins anew for ever."""
    high, wide, _ = frames[0].shape
    target = io.BytesIO()
    with av.open(target, "w", format="gif", options={"loop": "0", "fflags": "+bitexact"}) as container:
        stream: Any = container.add_stream("gif", rate=take.fps)
        stream.width, stream.height, stream.pix_fmt = wide, high, "pal8"
        stream.time_base = Fraction(1, 100)
        for frame in _painted(frames, take):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def _painted(frames: Sequence[Pixels], take: Take) -> Iterator[av.VideoFrame]:
    """The frames in the palette that suits them together."""
    graph: Any = av.filter.Graph()
    high, wide, _ = frames[0].shape
    source = graph.add_buffer(width=wide, height=high, format="rgb24", time_base=Fraction(1, 100))
    split, sink = graph.add("split"), graph.add("buffersink")
    palette = graph.add("palettegen", f"max_colors={take.finish}:stats_mode=full:reserve_transparent=0")
    painter = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle")
    source.link_to(split)
    split.link_to(painter, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(painter, 0, 1)
    painter.link_to(sink)
    graph.configure()
    step = round(100 / take.fps)
    for index, pixels in enumerate(frames):
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame.pts, frame.time_base = index * step, Fraction(1, 100)
        source.push(frame)
    source.push(None)
    for _ in frames:
        yield sink.pull()


def _webp(frames: Sequence[Pixels], take: Take) -> bytes:
    first, *rest = [Image.fromarray(pixels) for pixels in frames]
    target = io.BytesIO()
    first.save(
        target, "WEBP", save_all=True, append_images=rest, duration=round(1000 / take.fps), loop=0,
        quality=take.finish, method=4, minimize_size=False,
    )  # fmt: skip
    return target.getvalue()
