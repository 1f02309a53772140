"""`flywheel edit`: change a finished film; only what depends on the change is made again."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Annotated, Any, Optional, cast

import typer

from flows.commands.create import Json, Out, checked, choose_engines, make_film
from flows.naming import revision_folder
from flows.running import read_manifest
from infra.engines import setting_identity
from infra.errors import BadInput
from tasks.schema import Asset, Edits, Manifest


def edit(
    film: Annotated[Path, typer.Argument(help="A film's folder, its manifest or its MP4.")],
    caption: Annotated[Optional[list[str]], typer.Option(help='New words for a shot: 3="…".')] = None,  # noqa: UP045
    visual: Annotated[Optional[list[str]], typer.Option(help='Another picture for a shot: 3="…".')] = None,  # noqa: UP045
    redo: Annotated[Optional[list[int]], typer.Option(help="Draw a shot's picture anew.")] = None,  # noqa: UP045
    move: Annotated[Optional[tuple[int, int]], typer.Option(help="Move a shot to another place: 5 2.")] = None,  # noqa: UP045
    drop: Annotated[Optional[list[int]], typer.Option(help="Leave a shot out.")] = None,  # noqa: UP045
    voice: Annotated[Optional[str], typer.Option(help="Another voice.")] = None,  # noqa: UP045
    bpm: Annotated[Optional[float], typer.Option(help="Another tempo, 40 to 220.")] = None,  # noqa: UP045
    mood: Annotated[Optional[str], typer.Option(help="Another mood for the music.")] = None,  # noqa: UP045
    aspect: Annotated[Optional[str], typer.Option(help="16:9, 9:16 or 1:1.")] = None,  # noqa: UP045
    otio: Annotated[Optional[Path], typer.Option(help="The film's timeline as an editor changed it.")] = None,  # noqa: UP045
    engine: Annotated[str | None, typer.Option(help="The engine the film was made with, if not the default.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Change FILM and make it again; shots are numbered as they are shown, from 1."""
    choose_engines(engine)
    manifest = read_manifest(film)
    same_engines(manifest)
    before = conformed(otio, manifest) if otio else manifest.edits
    shown = list(before.order or (shot.segment for shot in manifest.film.timeline.shots))
    changed: dict[str, Any] = before.model_dump() | {
        "captions": before.captions | _texts(caption, shown),
        "visuals": before.visuals | _texts(visual, shown),
        "redo": before.redo | {_at(shown, n): before.redo.get(_at(shown, n), 0) + 1 for n in redo or []},
        "order": _ordered(shown, move, drop) or before.order,
        "voice": voice or before.voice,
        "bpm": bpm or before.bpm,
        "mood": mood or before.mood,
        "aspect": aspect or before.aspect,
    }
    edits = checked(Edits, changed, "edit")
    if edits == manifest.edits:
        raise BadInput("Nothing was changed.", "flywheel edit --help shows what can be.")
    make_film(manifest.brief, edits, out or revision_folder(film, edits), as_json=as_json)


def conformed(timeline: Path, manifest: Manifest) -> Edits:
    """The edits that an editor's timeline shows.

    Raises:
        BadInput: it cannot be read, or shows what a film cannot.
    """
    from tasks.conform import edits_from, read_otio

    folder = timeline if timeline.is_dir() else timeline.parent
    return edits_from(read_otio(timeline), manifest, folder, kept)


def kept(path: Path) -> Asset:
    """A file of the user's own, in the store."""
    keep_media = importlib.import_module("tasks.media").keep_media
    return cast("Asset", keep_media(path))


def same_engines(manifest: Manifest) -> None:
    """Refuse to edit a film with other engines than made it: its script and shots would be others.

    Raises:
        BadInput: an engine is another now; the setting to change is named.
    """
    for name, made_by in manifest.engines.items():
        if (now := setting_identity(name)) != made_by:
            hint = "--engine sketch" if "sketch" in made_by else f"FLYWHEEL_{name.upper()}, or make the film anew"
            raise BadInput(f"This film's {name} engine was {made_by}; it is {now} now.", f"Use {hint}.")


def _texts(given: list[str] | None, shown: list[str]) -> dict[str, str]:
    """`3=words` of every option, by segment."""
    texts = {}
    for text in given or []:
        number, found, words = text.partition("=")
        if not found or not number.strip().isdigit() or not words.strip():
            raise BadInput(f"{text!r} is not NUMBER=words.", 'For example: --caption 3="Bees see ultraviolet."')
        texts[_at(shown, int(number))] = words.strip()
    return texts


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
