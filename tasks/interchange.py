"""A film as an OpenTimelineIO timeline, for editors: pictures, narration, music, captions. `conform` reads it back.

Every part carries `metadata["flywheel"]`; names and file names say the same, for editors that lose metadata.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import opentimelineio as otio

from infra.errors import AssetMissing, BadInput, StoreError
from infra.folders import fresh_folder
from infra.media.cutting import cut_shots
from infra.media.packets import digest_of
from infra.store import fresh_file, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasks.schema import Asset, Film, Manifest, RenderedShot, Shot

FORMAT = "flywheel-otio/1"
KEY = "flywheel"
MEDIA = "-media"
"""How the name of a timeline's media folder ends; it begins with the timeline's."""
FILES = re.compile(r"(?:(?:narration_)?s[0-9]{1,5}\.(?:mp4|flac)|music\.flac|\.DS_Store|Thumbs\.db)\Z")
"""What may lie in it: our files, and those that file managers leave."""
PICTURES, NARRATION, MUSIC = "Pictures", "Narration", "Music"
NAMED = 40
"""Characters of a caption that are in its clip's name."""


@dataclass(frozen=True)
class Interchange:
    """What was written: the timeline, its media, and what could not be had as it was made."""

    timeline: Path
    media: Path
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Folder:
    """Where media lie, and what the folder is called in the timeline."""

    path: Path
    name: str


def export_otio(manifest: Manifest, master: Path, out: Path) -> Interchange:
    """Write *out* (`NAME.otio`) and its media in `NAME-media/` beside it, each whole or not at all.

    Shots come from the store; what it no longer has is cut from *master* by packets, and said in the notes.

    Raises:
        BadInput: *master* is not the film of the manifest, or the media folder holds files of the user's own.
        StoreFull: there is no room.
    """
    media = out.parent / f"{out.stem}{MEDIA}"
    if own := own_files(media):
        raise BadInput(
            f"{media} holds {own[0]}, which no export wrote; the folder would be replaced.",
            "Move your files out of it, or choose another place with --out.",
        )
    with fresh_folder(media) as fresh:
        notes = [*_shot_files(manifest.film, master, fresh), *_sound_files(manifest.film, fresh)]
        timeline = timeline_otio(manifest, fresh, media.name)
    with fresh_file(out.parent, ".otio") as file:
        file.write_text(timeline.to_json_string(indent=1) + "\n", "utf-8")
        file.chmod(0o644)
        file.replace(out)
    return Interchange(out, media, tuple(notes))


def own_files(media: Path) -> list[str]:
    """What lies in a media folder that no export writes, sorted."""
    return sorted(path.name for path in media.iterdir() if not FILES.match(path.name)) if media.is_dir() else []


def timeline_otio(manifest: Manifest, media: Path, called: str = "") -> Any:
    """The film as an `otio.schema.Timeline`; a reference is missing where *media* lacks the file.

    Files are named `FOLDER/FILE`, as URLs are; FOLDER is *called*, else as *media* is.
    """
    film, urls = manifest.film, _Folder(media, called or media.name)
    timeline = otio.schema.Timeline(film.title, global_start_time=_time(0, film.timeline.fps))
    timeline.metadata[KEY] = {
        "format": FORMAT,
        "film": film.master.sha256,
        "order": [shot.segment for shot in film.timeline.shots],
        "bpm": film.timeline.bpm,
        "fps": film.timeline.fps,
        "size": [film.timeline.width, film.timeline.height],
        "language": film.timeline.language,
    }
    timeline.tracks.extend([_pictures(film, urls), _narration(film, urls), _music(film, urls)])
    return timeline


def shot_file(shot: Shot) -> str:
    """The file name of a shot's pictures."""
    return f"{shot.segment}.mp4"


def voice_file(shot: Shot) -> str:
    """The file name of a shot's narration."""
    return f"narration_{shot.segment}.flac"


def clip_name(shot: Shot) -> str:
    """The name of a shot's clip: its segment, and how its caption begins."""
    text = shot.caption if len(shot.caption) <= NAMED else shot.caption[: NAMED - 1].rstrip() + "…"
    return f"{shot.segment} · {text}"


def _pictures(film: Film, media: _Folder) -> Any:
    line = film.timeline
    track = _track(PICTURES, otio.schema.TrackKind.Video)
    for index, shot in enumerate(line.shots):
        if shot.transition != "cut" and index:
            track.append(_transition(shot, line.fps))
        frames = line.cut(index + 1) - line.cut(index)
        clip = _clip(clip_name(shot), media, shot_file(shot), frames, line.fps)
        clip.metadata[KEY] = {
            "segment": shot.segment,
            "beats": shot.beats,
            "frames": frames,
            "motion": shot.motion,
            "transition": shot.transition,
            "caption": shot.caption,
            "visual": next((s.visual for s in film.script.segments if s.id == shot.segment), ""),
        }
        clip.markers.append(_caption(shot, line.fps))
        track.append(clip)
    return track


def _transition(shot: Shot, fps: int) -> Any:
    """How a shot comes in; its pictures show it already."""
    kinds = otio.schema.TransitionTypes
    transition = otio.schema.Transition(
        shot.transition,
        kinds.SMPTE_Dissolve if shot.transition == "crossfade" else kinds.Custom,
        in_offset=_time(0, fps),
        out_offset=_time(shot.transition_frames, fps),
    )
    transition.metadata[KEY] = {"segment": shot.segment, "transition": shot.transition, "drawn": True}
    return transition


def _caption(shot: Shot, fps: int) -> Any:
    """The caption, while it is spoken; its name and its comment are its text."""
    start = round(shot.lead_ms * fps / 1000)
    marker = otio.schema.Marker(
        shot.caption,
        otio.opentime.TimeRange(_time(start, fps), _time(max(1, round(shot.clip.duration_ms * fps / 1000)), fps)),
        otio.schema.MarkerColor.YELLOW,
        comment=shot.caption,
    )
    marker.metadata[KEY] = {"kind": "caption", "segment": shot.segment, "text": shot.caption}
    return marker


def _narration(film: Film, media: _Folder) -> Any:
    line = film.timeline
    track, end = _track(NARRATION, otio.schema.TrackKind.Audio), 0
    for index, shot in enumerate(line.shots):
        start_ms = line.cut(index) * 1000 / line.fps + shot.lead_ms
        start, frames = round(start_ms * line.fps / 1000), max(1, round(shot.clip.duration_ms * line.fps / 1000))
        if start > end:
            track.append(otio.schema.Gap(source_range=_range(start - end, line.fps)))
        clip = _clip(f"narration {clip_name(shot)}", media, voice_file(shot), frames, line.fps)
        clip.metadata[KEY] = {
            "segment": shot.segment,
            "start_ms": round(start_ms),
            "duration_ms": shot.clip.duration_ms,
            "voice": shot.clip.voice,
        }
        track.append(clip)
        end = start + frames
    return track


def _music(film: Film, media: _Folder) -> Any:
    track = _track(MUSIC, otio.schema.TrackKind.Audio)
    clip = _clip("music", media, "music.flac", film.timeline.frames, film.timeline.fps)
    clip.metadata[KEY] = {"bpm": film.bed.bpm, "beats": film.bed.beats}
    track.append(clip)
    return track


def _track(name: str, kind: str) -> Any:
    track = otio.schema.Track(name, kind=kind)
    track.metadata[KEY] = {"kind": name.lower()}
    return track


def _clip(name: str, media: _Folder, file: str, frames: int, fps: int) -> Any:
    """A clip of the whole of a file; the reference is missing where the file is."""
    reference: Any = otio.schema.MissingReference(name=file)
    if (media.path / file).exists():
        reference = otio.schema.ExternalReference(quote(f"{media.name}/{file}"), _range(frames, fps))
        reference.name = file
    return otio.schema.Clip(name, reference, _range(frames, fps))


def _time(frames: int, fps: int) -> Any:
    return otio.opentime.RationalTime(frames, fps)


def _range(frames: int, fps: int) -> Any:
    return otio.opentime.TimeRange(_time(0, fps), _time(frames, fps))


def _shot_files(film: Film, master: Path, folder: Path) -> list[str]:
    """The pictures of each shot, as they were rendered; those the store lost come out of *master*."""
    lost: list[tuple[Shot, RenderedShot]] = []
    for shot, rendered in zip(film.timeline.shots, film.shots, strict=True):
        if not _copied(rendered.asset, folder / shot_file(shot)):
            lost.append((shot, rendered))
    if not lost:
        return []
    names = {shot.segment: folder / shot_file(shot) for shot, _ in lost}
    cut_shots(master, [shot.frames for shot in film.shots], [names.get(s.segment) for s in film.timeline.shots])
    _same(lost, names)
    return [f"cut from {master.name}, no longer in the store: {', '.join(path.name for path in names.values())}"]


def _same(lost: Sequence[tuple[Shot, RenderedShot]], files: dict[str, Path]) -> None:
    """Make sure that the pictures cut from the master are those that were rendered."""
    for shot, rendered in lost:
        if digest_of(files[shot.segment]) != rendered.packets_sha256:
            raise AssetMissing(
                f"Shot {shot.segment} is not in the store, and the MP4 shows other pictures.", "Make the film again."
            )


def _sound_files(film: Film, folder: Path) -> list[str]:
    """Narration and music, unmixed."""
    wanted = {voice_file(shot): shot.clip.asset for shot in film.timeline.shots} | {"music.flac": film.bed.asset}
    lost = [name for name, asset in wanted.items() if not _copied(asset, folder / name)]
    return [f"missing, no longer in the store: {', '.join(lost)}"] if lost else []


def _copied(asset: Asset, target: Path) -> bool:
    """Whether the store still has *asset*; then a copy is at *target*."""
    try:
        source = open_store().path(asset.sha256)
    except StoreError:
        return False
    target.write_bytes(source.read_bytes())
    target.chmod(0o644)
    return True
