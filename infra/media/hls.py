"""HTTP Live Streaming (RFC 8216) from a finished film: its packets in segments, nothing encoded again.

Every segment begins with a key frame and can be decoded alone. The AAC encoder's priming packet is left out and no
edit list is written: pictures and sound begin at the same time stamp, so that they meet in every player.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import av

from infra.errors import BadInput
from infra.folders import fresh_folder
from infra.media import boxes
from infra.media.probe import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Container = Literal["ts", "fmp4"]
SEGMENT_S = 6
"""What a segment lasts at most, where the key frames allow it."""
CLOCK = 90_000
"""Ticks per second of the time stamps that WebVTT is tied to."""
NAMES = {"en": "English", "zh": "中文"}


@dataclass(frozen=True)
class Track:
    """A playlist of segments: for each its file's name and length in seconds; *bits* per second, peak and mean."""

    name: str
    segments: tuple[tuple[str, float], ...]
    peak: int
    mean: int
    head: str = ""


@dataclass(frozen=True)
class _Plan:
    """What is known of a film before it is cut: frames where segments begin, and how late time stamps begin."""

    film: Path
    cuts: tuple[int, ...]
    frames: int
    fps: Fraction
    lead: Fraction
    codecs: tuple[str, ...]
    size: tuple[int, int]

    @property
    def lengths(self) -> list[float]:
        return [float((after - this) / self.fps) for this, after in pairwise((*self.cuts, self.frames))]


def export_hls(film: Path, folder: Path, container: Container, *, captions: str = "", language: str = "en") -> Path:
    """Write *film* as a stream into *folder*, whole or not at all; return its `master.m3u8`.

    `ts` holds pictures and sound together; `fmp4` (CMAF) holds them apart. *captions* is a WebVTT file's text, which
    becomes a rendition that can be selected.

    Raises:
        BadInput: *film* is no film, or holds AV1 and *container* is `ts`, which cannot carry it.
        StoreFull: there is no room in *folder*.
    """
    plan = _plan(film)
    if container == "ts" and not plan.codecs[0].startswith("avc1"):
        raise BadInput(
            f"{film.name} is {plan.codecs[0].split('.')[0]}, which MPEG-TS cannot carry.",
            "Export it with --hls-fmp4 instead.",
        )
    with fresh_folder(folder) as fresh:
        tracks = [_transport(plan, fresh)] if container == "ts" else _fragmented(plan, fresh)
        for track in tracks:
            _write(fresh / f"{track.name}.m3u8", _media(track))
        if captions:
            _write(fresh / "captions.vtt", _tied(captions, plan.lead))
            length = float(plan.frames / plan.fps)
            _write(fresh / "captions.m3u8", _media(Track("captions", (("captions.vtt", length),), 0, 0)))
        _write(fresh / "master.m3u8", _master(plan, tracks, language, captions=bool(captions)))
    return folder / "master.m3u8"


def _plan(film: Path) -> _Plan:
    with opened(film) as source:
        video: Any = source.streams.video[0]
        fps, keys, frames, lead = Fraction(video.average_rate), [], 0, Fraction(0)
        for packet in source.demux(video):
            if not packet.size:
                continue
            lead = max(lead, -Fraction(packet.dts) * packet.time_base)
            frames += 1
            if packet.is_keyframe:
                keys.append(round(packet.pts * packet.time_base * fps))
        tracks = [video, *source.streams.audio[:1]]
        size = (video.codec_context.width, video.codec_context.height)
        if not keys:
            raise BadInput(f"{film.name} holds no frame that can be read.", "Give the whole MP4 file.")
        codecs = tuple(_codec(track.codec_context) for track in tracks)
    return _Plan(film, tuple(_cuts(keys, frames, int(SEGMENT_S * fps))), frames, fps, lead, codecs, size)


def _cuts(keys: Sequence[int], frames: int, most: int) -> list[int]:
    """Of the key frames those where segments begin, so that each is as long as it can be within *most* frames."""
    cuts = [keys[0]]
    for key, after in pairwise((*keys[1:], frames)):
        if after - cuts[-1] > most:
            cuts.append(key)
    return cuts


def _codec(context: Any) -> str:
    """The codec as RFC 6381 names it.

    Raises:
        BadInput: it is none that films are made in.
    """
    name, extra = context.codec.canonical_name, bytes(context.extradata or b"")
    if name == "h264":
        return f"avc1.{extra[1:4].hex()}"
    if name == "av1":
        tier, depth = "MH"[extra[2] >> 7], 10 if extra[2] & 0x40 else 8
        return f"av01.{extra[1] >> 5}.{extra[1] & 31:02d}{tier}.{depth:02d}"
    if name == "aac":
        return "mp4a.40.2"
    raise BadInput(f"A film in {name} cannot be streamed.", "Give a film made by flywheel: H.264 or AV1, and AAC.")


def _transport(plan: _Plan, folder: Path) -> Track:
    """Pictures and sound in MPEG-TS."""
    options = {
        "segment_format": "mpegts",
        "segment_format_options": "mpegts_copyts=1",
        "segment_frames": ",".join(map(str, plan.cuts[1:])) or str(plan.frames),
        "individual_header_trailer": "0",
        "fflags": "+bitexact",
    }
    _copy(plan, folder / "film_%04d.ts", "segment", options, ("video", "audio"))
    return _track("film", sorted(folder.glob("film_*.ts")), plan.lengths)


def _fragmented(plan: _Plan, folder: Path) -> list[Track]:
    """Pictures and sound apart, in fragmented MP4."""
    tracks = []
    for kind in ("video", "audio")[: len(plan.codecs)]:
        whole = folder / f"{kind}.mp4"
        options = {"movflags": "empty_moov+default_base_moof", "use_editlist": "0", "fflags": "+bitexact"}
        if kind == "video":
            options["movflags"] += "+frag_keyframe"
        else:
            options["frag_duration"] = str(SEGMENT_S * 1_000_000)
        end = _copy(plan, whole, "mp4", options, (kind,))
        tracks.append(_sliced(plan, whole, end, folder, kind))
        whole.unlink()
    return tracks


def _sliced(plan: _Plan, whole: Path, end_s: Fraction, folder: Path, kind: str) -> Track:
    """The fragments of *whole* as files: those of the pictures between two cuts together, those of the sound each."""
    head, fragments, rate = boxes.fragments(whole)
    (folder / f"{kind}_init.mp4").write_bytes(head)
    edges = [round(cut / plan.fps * rate) for cut in plan.cuts] if kind == "video" else [f.begin for f in fragments]
    late = round(plan.lead * rate) if kind == "audio" else 0  # the pictures' own offsets say how late they are
    files, lengths = [], []
    for number, (begin, end) in enumerate(pairwise((*edges, round(end_s * rate)))):
        files.append(folder / f"{kind}_{number:04d}.m4s")
        files[-1].write_bytes(b"".join(f.starting_at(f.begin + late) for f in fragments if begin <= f.begin < end))
        lengths.append((end - begin) / rate)
    return _track(kind, files, lengths, f"{kind}_init.mp4")


def _copy(plan: _Plan, out: Path, form: str, options: dict[str, str], kinds: tuple[str, ...]) -> Fraction:
    """Write the tracks of those *kinds*; return when they end, in seconds of the film."""
    end = Fraction(0)
    with opened(plan.film) as source, av.open(str(out), "w", format=form, options=options) as target:
        tracks = [track for kind in kinds for track in source.streams.get({kind: 0})]
        copies = {track.index: target.add_stream_from_template(track, opaque=True) for track in tracks}
        for packet in _shifted(source.demux(tracks), plan.lead):
            end = max(end, (packet.pts + packet.duration) * packet.time_base)
            packet.stream = copies[packet.stream.index]
            target.mux(packet)
    return end - plan.lead


def _shifted(packets: Iterator[Any], lead: Fraction) -> Iterator[Any]:
    """The packets that are shown or heard, later by *lead*, so that no time stamp is negative."""
    for packet in packets:
        if packet.size and packet.pts >= 0:
            ticks = round(lead / packet.time_base)
            packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
            yield packet


def _track(name: str, files: Sequence[Path], lengths: Sequence[float], head: str = "") -> Track:
    sizes = [file.stat().st_size * 8 for file in files]
    peak = max(bits / length for bits, length in zip(sizes, lengths, strict=True))
    named = tuple((file.name, length) for file, length in zip(files, lengths, strict=True))
    return Track(name, named, math.ceil(peak), math.ceil(sum(sizes) / sum(lengths)), head)


def _media(track: Track) -> str:
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{7 if track.head else 6}",
        f"#EXT-X-TARGETDURATION:{math.ceil(max(length for _, length in track.segments))}",
        "#EXT-X-MEDIA-SEQUENCE:0",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        *([f'#EXT-X-MAP:URI="{track.head}"'] if track.head else []),
    ]
    for name, length in track.segments:
        lines += [f"#EXTINF:{length:.6f},", name]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def _master(plan: _Plan, tracks: Sequence[Track], language: str, *, captions: bool) -> str:
    said = f'NAME="{NAMES.get(language, language)}",LANGUAGE="{language}",AUTOSELECT=YES'
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    stream = [
        f"BANDWIDTH={sum(track.peak for track in tracks)}",
        f"AVERAGE-BANDWIDTH={sum(track.mean for track in tracks)}",
        f'CODECS="{",".join(plan.codecs)}"',
        f"RESOLUTION={plan.size[0]}x{plan.size[1]}",
        f"FRAME-RATE={float(plan.fps):.3f}",
        "VIDEO-RANGE=SDR",
        "CLOSED-CAPTIONS=NONE",
    ]
    if len(tracks) > 1:
        lines.append(f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",{said},DEFAULT=YES,CHANNELS="2",URI="audio.m3u8"')
        stream.append('AUDIO="sound"')
    if captions:
        lines.append(f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",{said},DEFAULT=NO,URI="captions.m3u8"')
        stream.append('SUBTITLES="captions"')
    return "\n".join([*lines, f"#EXT-X-STREAM-INF:{','.join(stream)}", f"{tracks[0].name}.m3u8", ""])


def _tied(captions: str, lead: Fraction) -> str:
    """WebVTT whose time 0 is the first frame's time stamp."""
    first, _, rest = captions.partition("\n")
    return f"{first}\nX-TIMESTAMP-MAP=MPEGTS:{round(lead * CLOCK)},LOCAL:00:00:00.000\n{rest}"


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")
