"""`flywheel create`: a topic becomes a film, watched as it is made."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from flows import live, running
from flows.commands import given
from flows.naming import film_folder
from infra.errors import Interrupted, ModelMissing
from infra.settings import ENGINE_KINDS, settings
from tasks.anchor import choose_voice
from tasks.schema import Brief, Edits, Film
from tasks.writing.languages import language_of

Out = Annotated[Path | None, typer.Option(help="Folder for the film's files. [default: films/TOPIC-HASH]")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object for each event, on standard output.")]


def create(
    topic: Annotated[str, typer.Argument(help="What the film is about.")],
    style: Annotated[str, typer.Option(help="Look and tone, in words.")] = "warm documentary",
    seconds: Annotated[float, typer.Option(help="Length, 5 to 600; kept within 10 %.")] = 30,
    language: Annotated[str | None, typer.Option(help="en or zh. [default: the topic's]")] = None,
    aspect: Annotated[str, typer.Option(help="16:9, 9:16 or 1:1.")] = "16:9",
    height: Annotated[int, typer.Option(help="Pixels of the shorter side: 480, 540, 720 or 1080.")] = 1080,
    fps: Annotated[int, typer.Option(help="24, 25, 30 or 60.")] = 30,
    voice: Annotated[str | None, typer.Option(help="A voice's name. [default: the language's first]")] = None,
    bpm: Annotated[float | None, typer.Option(help="Tempo, 40 to 220. [default: the mood's]")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another film.")] = 1,
    caption_style: Annotated[str, typer.Option(help="clean, bold, documentary or children.")] = "clean",
    transition: Annotated[str, typer.Option(help="Between shots: crossfade, cut, dip or wipe.")] = "crossfade",
    quality: Annotated[str, typer.Option(help="preview, standard or best.")] = "standard",
    encoder: Annotated[str, typer.Option(help="x264, nvenc or svtav1, where present.")] = "x264",
    music: Annotated[Path | None, typer.Option(help="A song of your own.")] = None,
    media: Annotated[
        list[str] | None,
        typer.Option(help="A picture or clip of your own for a shot: 2=FILE[,start=S][,volume=0…1][,effects=A+B]."),
    ] = None,
    engine: Annotated[str | None, typer.Option(help="sketch: tiny engines everywhere, for trying out.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Make a film of TOPIC."""
    choose_engines(engine)
    asked = {
        "topic": topic, "style": style, "seconds": seconds, "language": language or None, "aspect": aspect,
        "height": height, "fps": fps, "voice": voice, "bpm": bpm, "seed": seed, "caption_style": caption_style,
        "transition": transition, "quality": quality, "encoder": encoder, "music": given.song(music),
        "media": given.numbered(media, "s{}".format, given.media, given.MEDIA_EXAMPLE),
    }  # fmt: skip
    brief = given.checked(Brief, asked, "create")
    make_film(brief, Edits(), out or film_folder(brief), as_json=as_json)


def choose_engines(engine: str | None) -> None:
    """Use one engine for every modality, e.g. `sketch`."""
    import os

    from infra import engines

    if engine is None:
        return
    for name, kind in ENGINE_KINDS.items():
        engines.engine_class(kind, engine)  # type: ignore[arg-type]
        os.environ[f"FLYWHEEL_{name.upper()}"] = engine
    settings.cache_clear()


def make_film(brief: Brief, edits: Edits, folder: Path, *, as_json: bool) -> Film:
    """Make the film in front of the user's eyes and put its files into *folder*."""
    from infra.media import encode

    encode.require(brief.encoder)
    weights_at_hand()
    choose_voice(edits.voice or brief.voice, brief.language or language_of(brief.topic))
    running.writable_folder(folder)
    begun, spent = time.monotonic(), time.process_time()
    with live.view(as_json=as_json) as view:
        try:
            film = run_to_end(brief, edits)
        except BaseException:
            with suppress(OSError):  # what is not empty stays
                folder.rmdir()
            raise
        files = running.deliver(film, folder)
        view.finish(film, files, seconds=time.monotonic() - begun, cpu_seconds=time.process_time() - spent)
    return film


def weights_at_hand() -> None:
    """Refuse to begin a film that would want for weights at its end.

    Raises:
        ModelMissing: an engine's weights are not on this machine.
    """
    from infra import catalogue

    missing = [model.name for model in catalogue.needed() if catalogue.standing(model) == "missing"]
    if missing:
        raise ModelMissing(f"Weights are missing: {', '.join(missing)}.", "Run: flywheel models pull")


def run_to_end(brief: Brief, edits: Edits) -> Film:
    """The film, or Interrupted when the user pressed Ctrl-C."""
    try:
        return asyncio.run(running.make(brief, edits))
    except (KeyboardInterrupt, asyncio.CancelledError):
        stopped = Interrupted("Stopped.", "The same command goes on from here: what was finished is kept.")
        raise stopped from None
