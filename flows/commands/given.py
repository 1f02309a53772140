"""What a person gives on the command line, as values: numbered texts, files of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from infra.errors import BadInput
from tasks.schema import Media, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tasks.schema import Asset

V = TypeVar("V", bound=Value)
T = TypeVar("T")

OPTION = re.compile(r",(start|volume|effects)=([^,]*)$")
SONG = "Give a song as WAV, FLAC, Ogg, MP3, M4A or MP4."
MEDIA_EXAMPLE = "For example: --media 3=beach.mp4,start=2.5,volume=0.4 or --media 1=photo.jpg,effects=paint+mirror"


def checked(kind: type[V], given: dict[str, object], command: str) -> V:
    """*given* as a value.

    Raises:
        BadInput: a field cannot be what was given; the message names it.
    """
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        fault = error.errors()[0]
        field, said = ".".join(str(part) for part in fault["loc"]), str(fault["msg"]).removeprefix("Value error, ")
        what = f"{field}: {said} (given: {str(fault['input'])[:60]!r})."
        raise BadInput(what, f"flywheel {command} --help shows what is allowed.") from error


def numbered(
    texts: Sequence[str] | None, name_of: Callable[[int], str], read: Callable[[str], T], example: str
) -> dict[str, T]:
    """`3=words` of every option, by segment; *name_of* says which segment is shown as shot 3.

    Raises:
        BadInput: an option has another form, or its words cannot be read.
    """
    found = {}
    for text in texts or []:
        number, equals, words = text.partition("=")
        if not equals or not number.strip().isdigit() or not words.strip():
            raise BadInput(f"{text!r} is not NUMBER=VALUE.", example)
        found[name_of(int(number))] = read(words.strip())
    return found


def whole(text: str) -> int:
    """A positive whole number.

    Raises:
        BadInput: it is none.
    """
    if not text.isdigit() or not int(text):
        raise BadInput(f"{text!r} is not a number of beats.", "For example: --beats 3=8")
    return int(text)


def song(path: Path | None) -> Asset | None:
    """A music file, kept in the store.

    Raises:
        BadInput: it has no sound that can be read.
    """
    if path is None:
        return None
    try:
        asset = kept(path)
    except BadInput as error:
        raise BadInput(f"{path.name} is no song that can be read.", SONG) from error
    if asset.media_type.startswith("image/"):
        raise BadInput(f"{path.name} is a picture, not a song.", SONG)
    return asset


def media(text: str) -> Media:
    """`FILE`, or `FILE,start=2.5,volume=0.4,effects=paint+mirror`, kept in the store.

    Raises:
        BadInput: the file cannot be used, or an option has a value that cannot be.
    """
    options: dict[str, object] = {}
    while option := OPTION.search(text):
        name, value = option.groups()
        options["start_s" if name == "start" else name] = value.split("+") if name == "effects" else value
        text = text[: option.start()]
    try:
        return Media.model_validate({"asset": kept(Path(text)), **options})
    except ValidationError as error:
        fault = error.errors()[0]
        raise BadInput(f"{fault['loc'][0]}: {fault['msg']} (given: {fault['input']!r}).", MEDIA_EXAMPLE) from error


def kept(path: Path) -> Asset:
    """A file of the user's own, in the store.

    Raises:
        BadInput: it is no picture, clip or sound that can be read.
    """
    from tasks.media import keep_media

    return keep_media(path.expanduser())
