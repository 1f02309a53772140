"""What exports need of a film on disk: its whole MP4, its captions, its shots in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from infra.errors import BadInput, StoreError
from infra.media.probe import probe
from infra.media.sheet import Entry
from infra.media.teaser import Span
from infra.store import open_store

if TYPE_CHECKING:
    from tasks.schema import Asset, Manifest, Timeline

FILM, CAPTIONS = "film.mp4", "captions.vtt"


def master_of(film: Path, manifest: Manifest) -> Path:
    """The MP4 of a film, given its folder, its manifest or the MP4 itself: in its folder, else in the store.

    Raises:
        BadInput: it is in neither, or does not hold all of the film.
    """
    path = film if film.suffix == ".mp4" else folder_of(film) / FILM
    master = path if path.is_file() else _stored(manifest.film.master, path)
    frames, wanted = probe(master).frames, manifest.film.timeline.frames
    if frames != wanted:
        raise BadInput(
            f"{master} has {frames} frames; the film has {wanted}.", "Restore the file, or make the film again."
        )
    return master


def captions_of(film: Path, manifest: Manifest) -> str:
    """The film's captions as WebVTT.

    Raises:
        BadInput: they are neither in its folder nor in the store, or are no WebVTT in UTF-8.
    """
    path = folder_of(film) / CAPTIONS
    source = path if path.is_file() else _stored(manifest.film.captions_vtt, path)
    remedy = "Restore the file, or move it away: the store's is used then."
    try:
        text = source.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{source} is not UTF-8: {error.reason} at byte {error.start}.", remedy) from error
    if not text.startswith("WEBVTT"):
        raise BadInput(f"{source} is not WebVTT: it does not begin with WEBVTT.", remedy)
    return text


def folder_of(film: Path) -> Path:
    """The folder of a film that is named by it, its manifest or its MP4."""
    return film if film.is_dir() else film.parent


def sheet_entries(timeline: Timeline) -> list[Entry]:
    """The middle of each shot, for a contact sheet."""
    edges = [timeline.cut(index) / timeline.fps for index in range(len(timeline.shots) + 1)]
    return [
        Entry(at_s=(start + end) / 2, start_s=start, caption=shot.caption)
        for shot, start, end in zip(timeline.shots, edges, edges[1:], strict=False)
    ]


def clear_spans(timeline: Timeline) -> list[Span]:
    """Of each shot the seconds in which it alone is seen."""
    return [
        Span((timeline.cut(i) + shot.transition_frames) / timeline.fps, timeline.cut(i + 1) / timeline.fps)
        for i, shot in enumerate(timeline.shots)
    ]


def _stored(asset: Asset, path: Path) -> Path:
    try:
        return open_store().path(asset.sha256)
    except StoreError as error:
        raise BadInput(
            f"{path} does not exist, and the store no longer has it.", "Make the film again, with the same command."
        ) from error
