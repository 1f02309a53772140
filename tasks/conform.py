"""From a timeline that an editor gave back to the edits it means: order, captions, beats, transitions, media.

The picture track alone is read: its clips by their metadata, or, where an editor lost it, by their names. Lengths count
in seconds, so other frame rates and start times mean nothing; gaps and clips that are switched off are left out.
"""

from __future__ import annotations

import math
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import opentimelineio as otio
from pydantic import ValidationError

from infra.errors import BadInput
from infra.hashing import file_digest
from infra.media.packets import digest_of
from tasks.exports import FILM
from tasks.interchange import KEY, MEDIA, PICTURES, own_files, shot_file
from tasks.schema import Edits, Media

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tasks.schema import Asset, Film, Manifest, Shot, Transition

    Keep = Callable[[Path], Asset]

SEGMENT = re.compile(r"^\s*(?:[^/]*media/)?(s[0-9]{1,5})(?![0-9A-Za-z])")
WORDS: tuple[tuple[Transition, tuple[str, ...]], ...] = (
    ("dip", ("dip", "black")),
    ("wipe", ("wipe", "push", "slide")),
    ("crossfade", ("crossfade", "cross", "dissolve", "fade", "mix")),
    ("cut", ("cut",)),
)
"""What editors call the ways in which a shot comes in; the first that fits counts."""
MARKER_MS = 100
"""How far from where a caption begins its marker may stand where an editor lost the metadata."""
TIMELINE = "Export the timeline as OpenTimelineIO (.otio) again."


def read_otio(path: Path) -> Any:
    """The `otio.schema.Timeline` in an `.otio`, `.otioz` or `.otiod` file.

    Raises:
        BadInput: there is no such file, or it holds no timeline.
    """
    if not path.exists():
        raise BadInput(f"There is no timeline at {path}.", "Name the .otio file that the editor wrote.")
    try:
        read = otio.adapters.read_from_file(str(path))
    except (otio.exceptions.OTIOError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise BadInput(f"{path.name} is not a timeline that can be read: {said[0]}.", TIMELINE) from error
    if isinstance(read, otio.schema.SerializableCollection):
        found = [item for item in read if isinstance(item, otio.schema.Timeline)]
        read = found[0] if len(found) == 1 else read
    if not isinstance(read, otio.schema.Timeline):
        raise BadInput(f"{path.name} holds no single timeline.", TIMELINE)
    return read


def edits_from(timeline: Any, manifest: Manifest, folder: Path, keep: Keep) -> Edits:
    """The film's edits, with those that *timeline* shows; those it was made with where nothing was changed.

    Args:
        timeline: what an editor made of `timeline_otio(manifest, …)`.
        manifest: the film that the timeline came from.
        folder: where media that are named relatively lie.
        keep: puts a file of the user's own into the store.

    Raises:
        BadInput: the timeline shows what a film cannot; the clip is named.
    """
    items = _items(timeline)
    shots = {shot.segment: shot for shot in manifest.film.timeline.shots}
    shown = [(_shot(clip, shots), clip, transition) for clip, transition in items]
    _once([shot.segment for shot, _, _ in shown])
    line, before = manifest.film.timeline, manifest.edits
    order = tuple(shot.segment for shot, _, _ in shown)
    changed = before.model_dump()
    if order != tuple(shots):
        changed["order"] = order
    for place, (shot, clip, transition) in enumerate(shown):
        _steady(clip)
        if (text := _caption(clip, shot)) is not None:
            changed["captions"][shot.segment] = text
        if (beats := _beats(clip, line.bpm)) != shot.beats:
            changed["beats"][shot.segment] = beats
        if (media := _media(clip, shot, manifest.film, folder, keep)) is not None:
            changed["media"][shot.segment] = media
        if place and (way := _way_in(order[place - 1], shot, transition, manifest)) is not None:
            changed["transitions"][shot.segment] = way
    try:
        return Edits.model_validate(changed)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise BadInput(
            f"The timeline asks for what cannot be: {where}: {fault['msg']}.", "Change that clip."
        ) from error


def _items(timeline: Any) -> list[tuple[Any, Any]]:
    """The clips of the picture track that are shown, each with the transition before it (or None)."""
    items, transition = [], None
    for item in _picture_track(timeline):
        if isinstance(item, otio.schema.Transition):
            transition = item
        elif isinstance(item, otio.schema.Gap):
            transition = None
        elif isinstance(item, otio.schema.Clip):
            if item.enabled:
                items.append((item, transition))
            transition = None
        else:
            raise BadInput(
                f"{item.name or type(item).__name__!r} on the picture track is a {type(item).__name__.lower()}.",
                "Take nested and compound clips apart, so that the track holds single clips.",
            )
    if not items:
        raise BadInput("The timeline shows no shot.", "Keep at least one clip on its picture track.")
    return items


def _picture_track(timeline: Any) -> Any:
    """The one track with pictures.

    Raises:
        BadInput: there are clips on more than one.
    """
    for child in timeline.tracks:
        if not isinstance(child, otio.schema.Track):
            raise BadInput(f"{child.name!r} stands where a track should be.", "Take nested timelines apart.")
    tracks = [t for t in timeline.tracks if t.kind != otio.schema.TrackKind.Audio and t.enabled and list(_solid(t))]
    if not tracks:
        raise BadInput("The timeline shows no shot.", "Keep at least one clip on its picture track.")
    main = next((track for track in tracks if track.name == PICTURES), tracks[0])
    for track in tracks:
        if track is not main:
            clip = next(_solid(track))
            raise BadInput(
                f"Clip {clip.name!r} lies on track {track.name!r}, above another.",
                f"Bring all clips onto one track, {main.name!r}.",
            )
    return main


def _solid(track: Any) -> Iterator[Any]:
    return (item for item in track if not isinstance(item, otio.schema.Gap | otio.schema.Transition))


def _shot(clip: Any, shots: dict[str, Shot]) -> Shot:
    """The shot that a clip shows, by its metadata, its name, or the name of its file."""
    told = [_ours(clip).get("segment"), *(_segment_in(text) for text in (clip.name, *_files(clip)))]
    segment = next((str(name) for name in told if name in shots), None)
    if segment is None:
        first = next(iter(shots))
        raise BadInput(
            f"Clip {clip.name or 'without a name'!r} is no shot of this film.",
            f"To show it in a shot's place, let its name begin with the shot's, e.g. “{first} ·”; else remove it.",
        )
    return shots[segment]


def _segment_in(text: str) -> str | None:
    found = SEGMENT.match(text)
    return found[1] if found else None


def _once(order: Sequence[str]) -> None:
    for segment, count in Counter(order).items():
        if count > 1:
            raise BadInput(
                f"Shot {segment} is shown by {count} clips.",
                "Join the parts, or remove all but one: a shot is shown once.",
            )


def _steady(clip: Any) -> None:
    """Refuse clips that run at another speed."""
    for effect in clip.effects:
        if isinstance(effect, otio.schema.TimeEffect) and getattr(effect, "time_scalar", 0) != 1:
            raise BadInput(
                f"Clip {clip.name!r} runs at another speed ({effect.name or effect.schema_name()}).",
                "Set it back to 100 % and make the clip longer or shorter instead.",
            )


def _caption(clip: Any, shot: Shot) -> str | None:
    """The caption's new words; None where they are the film's, or the marker is gone."""
    with _readable(clip):
        markers = [
            m for m in clip.markers if _ours(m).get("kind") == "caption" or (not _ours(clip) and _spoken(m, shot))
        ]
    told = [text for m in markers for text in (m.name, m.comment, _ours(m).get("text"))]
    new = {_folded(text) for text in (*told, _ours(clip).get("caption"))} - {"", _folded(shot.caption)}
    if len(new) > 1:
        both = " and ".join(f"“{text}”" for text in sorted(new))
        raise BadInput(f"Clip {clip.name!r} has two new captions: {both}.", "Change its marker in one place only.")
    return new.pop() if new else None


def _spoken(marker: Any, shot: Shot) -> bool:
    """Whether a marker without metadata stands where the caption does."""
    return abs(_seconds(marker.marked_range.start_time) * 1000 - shot.lead_ms) < MARKER_MS


def _folded(text: object) -> str:
    return " ".join(str(text or "").split())


def _beats(clip: Any, bpm: float) -> int:
    """The whole beats nearest to a clip's length."""
    with _readable(clip):
        return max(1, round(_seconds(clip.trimmed_range().duration) * bpm / 60))


def _seconds(time: Any) -> float:
    """Seconds of an `otio.opentime.RationalTime`; ValueError where its rate is none."""
    seconds = float(time.to_seconds())
    if not math.isfinite(seconds):
        raise ValueError(f"{time.value:g} at {time.rate:g} frames per second is no time")
    return seconds


@contextmanager
def _readable(clip: Any) -> Iterator[None]:
    """Turn what OpenTimelineIO, numbers and URLs raise of a clip's data into BadInput that names the clip."""
    try:
        yield
    except (otio.exceptions.OTIOError, ArithmeticError, ValueError, OSError) as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        raise BadInput(
            f"Clip {clip.name or 'without a name'!r} cannot be read: {said}.",
            "Give it a length and a file again, and export the timeline anew.",
        ) from error


def _media(clip: Any, shot: Shot, film: Film, folder: Path, keep: Keep) -> Media | None:
    """The file that now stands in for a shot's pictures; None where it is the film's own or unknown."""
    reference = clip.media_reference
    if isinstance(reference, otio.schema.MissingReference):
        return None
    if not isinstance(reference, otio.schema.ExternalReference):
        raise BadInput(f"Clip {clip.name!r} shows a {type(reference).__name__}.", "Let it show a file.")
    with _readable(clip):
        path = _path(reference.target_url, folder)
        there = path.is_file()
    if path.name in {shot_file(shot), FILM} and (not there or _exported(path, shot, film)):
        return None
    if not there:
        raise BadInput(
            f"Clip {clip.name!r} shows {path}, which does not exist.", "Put the file there, or relink the clip."
        )
    with _readable(clip):
        begins = reference.available_range.start_time if reference.available_range else None
        start_s = _seconds(clip.trimmed_range().start_time) - (_seconds(begins) if begins else 0)
    return Media(asset=keep(path), start_s=max(0.0, start_s))


def _exported(path: Path, shot: Shot, film: Film) -> bool:
    """Whether a file that is named as ours is: by the folder it lies in, else by what it holds."""
    home = path.resolve().parent
    if path.name == FILM:
        return (home / "manifest.json").is_file() or file_digest(path) == film.master.sha256
    if home.name.endswith(MEDIA) and not own_files(home):
        return True
    rendered = next(r for s, r in zip(film.timeline.shots, film.shots, strict=True) if s.segment == shot.segment)
    return file_digest(path) == rendered.asset.sha256 or _packets(path) == rendered.packets_sha256


def _packets(path: Path) -> str:
    """The digest of a film's pictures; empty where it is no film."""
    try:
        return digest_of(path)
    except BadInput:
        return ""


def _path(url: str, folder: Path) -> Path:
    return folder / unquote(urlsplit(url).path if url.lower().startswith("file:") else url)


def _files(clip: Any) -> list[str]:
    """The name of the file that a clip shows."""
    reference = clip.media_reference
    url = reference.target_url if isinstance(reference, otio.schema.ExternalReference) else reference.name
    return [unquote(url).replace("\\", "/").rsplit("/", 1)[-1]] if url else []


def _way_in(previous: str, shot: Shot, transition: Any, manifest: Manifest) -> Transition | None:
    """How a shot comes in where that is new; a shot after another than before keeps its way unless one stands there."""
    line, edits = manifest.film.timeline, manifest.edits
    order = [s.segment for s in line.shots]
    place = order.index(shot.segment)
    usual = shot.transition if place else edits.transitions.get(shot.segment, manifest.brief.transition)
    if transition is None:
        return "cut" if place and order[place - 1] == previous and usual != "cut" else None
    now = _kind(transition)
    return now if now != usual else None


def _kind(transition: Any) -> Transition:
    """The way a transition is: by its name, else its type; a type that says little leaves it as it was written."""
    written = _ours(transition).get("transition")
    if kind := _word(transition.name):
        return kind
    if (kind := _word(transition.transition_type)) or (written and not transition.name):
        return cast("Transition", written or kind)
    raise BadInput(
        f"The transition {transition.name or transition.transition_type!r} is none that a film can have.",
        "Use a cross dissolve, a dip to black, a wipe, or none.",
    )


def _word(text: str | None) -> Transition | None:
    said = (text or "").lower()
    return next((kind for kind, words in WORDS if any(word in said for word in words)), None)


def _ours(item: Any) -> Mapping[str, Any]:
    """What `interchange` wrote about an item; empty where an editor lost it."""
    found = item.metadata.get(KEY)
    return found if isinstance(found, Mapping) else {}
