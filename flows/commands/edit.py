"""`flywheel edit`: change a finished film; only what depends on the change is made again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.commands import given
from flows.commands.create import Json, Out, choose_engines, make_film
from flows.naming import revision_folder
from flows.running import read_manifest
from infra.engines import choosing, setting_identity
from infra.errors import BadInput
from tasks.schema import Edits, Manifest, Timing

TEXT_EXAMPLE = 'For example: --caption 3="Bees see ultraviolet."'


def edit(
    film: Annotated[Path, typer.Argument(help="A film's folder, its manifest or its MP4.")],
    caption: Annotated[list[str] | None, typer.Option(help='New words for a shot: 3="…".')] = None,
    visual: Annotated[list[str] | None, typer.Option(help='Another picture for a shot: 3="…".')] = None,
    redo: Annotated[list[int] | None, typer.Option(help="Draw a shot's picture anew.")] = None,
    move: Annotated[tuple[int, int] | None, typer.Option(help="Move a shot to another place: 5 2.")] = None,
    drop: Annotated[list[int] | None, typer.Option(help="Leave a shot out.")] = None,
    voice: Annotated[str | None, typer.Option(help="Another voice.")] = None,
    bpm: Annotated[float | None, typer.Option(help="Another tempo, 40 to 220.")] = None,
    mood: Annotated[str | None, typer.Option(help="Another mood for the music.")] = None,
    aspect: Annotated[str | None, typer.Option(help="16:9, 9:16 or 1:1.")] = None,
    otio: Annotated[Path | None, typer.Option(help="The film's timeline as an editor changed it.")] = None,
    beats: Annotated[list[str] | None, typer.Option(help="How many beats a shot lasts: 3=8.")] = None,
    motion: Annotated[list[str] | None, typer.Option(help="Another camera move for a shot: 3=push.")] = None,
    transition: Annotated[list[str] | None, typer.Option(help="How a shot comes in: 3=wipe.")] = None,
    caption_style: Annotated[str | None, typer.Option(help="clean, bold, documentary or children.")] = None,
    quality: Annotated[str | None, typer.Option(help="preview, standard or best.")] = None,
    music: Annotated[Path | None, typer.Option(help="A song of your own.")] = None,
    media: Annotated[list[str] | None, typer.Option(help="A picture or clip of your own for a shot: 2=FILE.")] = None,
    engine: Annotated[str | None, typer.Option(help="The engine the film was made with, if not the default.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Change FILM and make it again; shots are numbered as they are shown, from 1."""
    choose_engines(engine)
    manifest = read_manifest(film)
    same_engines(manifest)
    line, before = manifest.film.timeline, conformed(otio, manifest) if otio else manifest.edits
    shown = list(before.order or (shot.segment for shot in line.shots))

    def texts(option: list[str] | None) -> dict[str, str]:
        return given.numbered(option, lambda n: _at(shown, n), str, TEXT_EXAMPLE)

    changed: dict[str, Any] = before.model_dump() | {
        "captions": before.captions | texts(caption),
        "visuals": before.visuals | texts(visual),
        "redo": before.redo | {_at(shown, n): before.redo.get(_at(shown, n), 0) + 1 for n in redo or []},
        "order": _ordered(shown, move, drop) or before.order,
        "voice": voice or before.voice,
        "bpm": bpm or before.bpm,
        "mood": mood or before.mood,
        "aspect": aspect or before.aspect,
        "beats": before.beats | given.numbered(beats, lambda n: _at(shown, n), given.whole, "For example: --beats 3=8"),
        "motions": before.motions | texts(motion),
        "transitions": before.transitions | texts(transition),
        "caption_style": caption_style or before.caption_style,
        "quality": quality or before.quality,
        "music": given.song(music) or before.music,
        "media": before.media | given.numbered(media, lambda n: _at(shown, n), given.media, given.MEDIA_EXAMPLE),
    }
    edits = given.checked(Edits, changed, "edit")
    if edits == manifest.edits:
        raise BadInput("Nothing was changed.", "flywheel edit --help shows what can be.")
    timing = Timing(bpm=line.bpm, beats={shot.segment: shot.beats for shot in line.shots})
    edits = edits.model_copy(update={"timing": timing})
    make_film(manifest.brief, edits, out or revision_folder(film, edits), as_json=as_json)


def conformed(timeline: Path, manifest: Manifest) -> Edits:
    """The edits that an editor's timeline shows.

    Raises:
        BadInput: it cannot be read, or shows what a film cannot.
    """
    from tasks.conform import edits_from, read_otio

    folder = timeline if timeline.is_dir() else timeline.parent
    return edits_from(read_otio(timeline), manifest, folder, given.kept)


def same_engines(manifest: Manifest) -> None:
    """Refuse to edit a film with other engines than made it: its script and shots would be others.

    Raises:
        BadInput: an engine is another now; the setting to change is named.
    """
    with choosing(manifest.brief.engines):
        today = {name: setting_identity(name) for name in manifest.engines}
    for name, made_by in manifest.engines.items():
        if (now := today[name]) != made_by:
            hint = "--engine sketch" if "sketch" in made_by else f"FLYWHEEL_{name.upper()}, or make the film anew"
            raise BadInput(f"This film's {name} engine was {made_by}; it is {now} now.", f"Use {hint}.")


def _at(shown: list[str], number: int) -> str:
    """The segment shown as shot *number*."""
    if not 1 <= number <= len(shown):
        raise BadInput(f"There is no shot {number}.", f"This film has shots 1 to {len(shown)}.")
    return shown[number - 1]


def _ordered(shown: list[str], move: tuple[int, int] | None, drop: list[int] | None) -> tuple[str, ...] | None:
    """The segments in their new order; None when neither moved nor dropped."""
    if move is None and not drop:
        return None
    order = list(shown)
    if move is not None:
        segment = _at(shown, move[0])
        _at(shown, move[1])
        order.remove(segment)
        order.insert(move[1] - 1, segment)
    gone = {_at(shown, number) for number in drop or []}
    left = tuple(segment for segment in order if segment not in gone)
    if not left:
        raise BadInput("No shot would be left.", "Keep at least one.")
    return left
